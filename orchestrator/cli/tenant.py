"""`orchestrator tenant`: the files, listed, shown, made, checked and compared."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from orchestrator.cli import options
from orchestrator.cli.difference import diff
from orchestrator.cli.session import Session
from orchestrator.cli.shape import Group

if TYPE_CHECKING:
    from orchestrator.model.tenant import Tenant
    from orchestrator.policy import Finding
    from orchestrator.settings import Settings

_KINDS = "commune intercommunality department region state association other"
_HEADING = ("tenant", "kind", "platform", "releases", "domains")


@click.group("tenant", cls=Group)
def tenant() -> None:
    r"""List, show, make, check and compare tenant files.

    \b
    Examples:
      orchestrator tenant validate
      orchestrator tenant show saint-martin
    """


@tenant.command("list")
@click.pass_obj
def list_(session: Session) -> None:
    r"""List the tenants; files with faults are named, see `tenant validate`.

    \b
    Examples:
      orchestrator tenant list
      orchestrator tenant list --json
    """
    from orchestrator import config
    from orchestrator.ui.tables import table

    found = config.survey(session.settings)
    rows = [_row(one) for one in found.tenants]
    bad = sorted({fault.file for fault in found.faults})
    if session.json:
        tenants = [_document(one) for one in found.tenants]
        body = {"tenants": tenants, "invalid": bad}
        session.console.document({"format": "orchestrator/tenants/v1", **body})
        return
    if rows:
        table(session.console, _HEADING, rows)
    elif not bad:
        session.console.say("No tenant yet. Make one with `orchestrator tenant new`.")
    if bad:
        session.console.say(f"With faults: {', '.join(bad)}; see `orchestrator tenant validate`.")


@tenant.command("show")
@options.tenant_argument()
@click.pass_obj
def show(session: Session, tenant: str) -> None:
    r"""Show TENANT as it counts: its file, with the defaults for what it leaves out.

    \b
    Examples:
      orchestrator tenant show saint-martin
      orchestrator tenant show saint-martin --json
    """
    from orchestrator import config
    from orchestrator.config.differences import effective
    from orchestrator.ui.tables import details

    found = config.load_tenant(session.settings, tenant)
    if session.json:
        body = found.model_dump(mode="json", by_alias=True)
        session.console.document({"format": "orchestrator/tenant/v1", "tenant": body})
    else:
        details(session.console, list(effective(found).items()))


@tenant.command("new")
@click.argument("slug")
@options.option("--name", section=options.TARGET, default="", help="Name in law.")
@options.option(
    "--kind",
    section=options.TARGET,
    type=click.Choice(_KINDS.split()),
    default="commune",
    show_default=True,
    help="Kind of body.",
)
@options.option("--siren", section=options.TARGET, default="", help="SIREN, nine digits.")
@options.option("--domain", section=options.TARGET, default="", help="Public host name.")
@options.option("--mail", section=options.TARGET, default="", help="Mail address to begin with.")
@options.option(
    "--kit",
    section=options.TARGET,
    default="",
    shell_complete=options.complete_kit,
    help="Choices that fit a purpose; `tenant kits` lists them.",
)
@options.option(
    "--platform", section=options.TARGET, default="sandbox", show_default=True, help="Platform."
)
@click.pass_obj
def new(  # noqa: PLR0913 - each is a flag
    session: Session,
    slug: str,
    *,
    name: str,
    kind: str,
    siren: str,
    domain: str,
    mail: str,
    kit: str,
    platform: str,
) -> None:
    r"""Write the file of a new tenant SLUG; asks for what is not given, deploys nothing.

    \b
    Examples:
      orchestrator tenant new val-clair
      orchestrator tenant new val-clair --name "Commune de Val-Clair" --siren 999001282 \\
        --domain participer.val-clair.example --mail mairie@val-clair.example
      orchestrator tenant new val-clair --kit consultation
    """
    from datetime import UTC, datetime

    from orchestrator import config
    from orchestrator.config import draft
    from orchestrator.products.releases import known
    from orchestrator.ui import ask

    console = session.console
    place = config.load_platform(session.settings, platform)
    chosen = config.load_kit(session.settings, kit) if kit else draft.PLAIN
    answers = draft.Answers(
        slug=slug,
        name=name or ask.answer(console, "Name in law", flag="--name"),
        kind=kind,
        siren=siren or ask.answer(console, "SIREN, nine digits", flag="--siren"),
        domain=domain or ask.answer(console, "Public host name", flag="--domain"),
        mail=mail or ask.answer(console, "Mail address", flag="--mail"),
        platform=platform,
        release=known("decidim")[-1],
        sub_processors=tuple(one.id for one in place.sub_processors),
        size="demo" if place.cluster.kind == "sandbox" else "small",
        kit=chosen,
        today=datetime.now(UTC).date(),
    )
    path = draft.write(session.settings, answers)
    if session.json:
        body = {"tenant": slug, "file": str(path)}
        console.document({"format": "orchestrator/tenant-new/v1", **body})
        return
    console.result(f"Written: {path}")
    if not console.manner.automated:
        console.result(f"Next:    say what is marked, then `orchestrator plan {slug}`")


@tenant.command("kits")
@click.pass_obj
def kits(session: Session) -> None:
    r"""List the kits that a new tenant's file can be made from.

    \b
    Examples:
      orchestrator tenant kits
      orchestrator tenant new val-clair --kit consultation
    """
    from orchestrator import config
    from orchestrator.ui.tables import table

    settings, console = session.settings, session.console
    found = [config.load_kit(settings, name) for name in config.kits(settings)]
    if session.json:
        listed = [{"kit": one.name, "serves": one.serves.model_dump()} for one in found]
        console.document({"format": "orchestrator/kits/v1", "kits": listed})
        return
    french = settings.spoken == "fr"
    rows = [(one.name, one.serves.fr if french else one.serves.en) for one in found]
    table(console, ("kit", "serves"), rows)


@tenant.command("validate")
@options.tenant_argument(required=False)
@click.option("--policy", is_flag=True, help="Judge by the policies too; 5 when they refuse.")
@click.pass_obj
def validate(session: Session, tenant: str | None, *, policy: bool) -> None:
    r"""Check the file of TENANT, or all files, and show every fault at once.

    \b
    Examples:
      orchestrator tenant validate
      orchestrator tenant validate saint-martin --policy
    """
    from orchestrator import config

    settings, console = session.settings, session.console
    found = (config.load_tenant(settings, tenant),) if tenant else config.load_all(settings)
    findings = [each for one in found for each in _judged(settings, one)] if policy else []
    if session.json:
        judged = [{**asdict(one), "blocking": one.blocking} for one in findings]
        body = {"valid": [one.slug for one in found], "findings": judged}
        console.document({"format": "orchestrator/tenant-validation/v1", **body})
    else:
        console.result(f"{len(found)} tenant {'file is' if len(found) == 1 else 'files are'} valid")
    if policy:
        from orchestrator.policy import refuse
        from orchestrator.ui import findings_view

        if not session.json:
            findings_view.listed(console, findings)
        refuse(findings)


tenant.add_command(diff)


@tenant.command("schema")
@click.pass_obj
def schema(session: Session) -> None:
    r"""Print the JSON Schema of tenant files, for editors.

    \b
    Examples:
      orchestrator tenant schema
      orchestrator tenant schema > tenants/.schema/tenant.schema.json
    """
    from orchestrator.config.schema import schema as made

    session.console.document(made())


def _row(one: Tenant) -> tuple[str, ...]:
    instances = one.instances.of()
    releases = ", ".join(f"{name} {each.release}" for name, each in instances.items())
    domains = ", ".join(each.domain for each in instances.values())
    return one.slug, one.organisation.kind, one.platform, releases, domains


def _document(one: Tenant) -> dict[str, Any]:
    """`release` and `domain` are those of the first instance; `instances` has all of them."""
    instances = [
        {"product": name, "release": each.release, "domain": each.domain}
        for name, each in one.instances.of().items()
    ]
    first = instances[0]
    return {
        "tenant": one.slug,
        "kind": one.organisation.kind,
        "platform": one.platform,
        "release": first["release"],
        "domain": first["domain"],
        "instances": instances,
    }


def _judged(settings: Settings, one: Tenant) -> tuple[Finding, ...]:
    from datetime import UTC, datetime

    from orchestrator import config
    from orchestrator.policy import gate_tenant

    platform = config.load_platform(settings, one.platform)
    return gate_tenant(settings, one, platform, today=datetime.now(UTC).date())
