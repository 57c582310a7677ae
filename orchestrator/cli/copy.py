"""`orchestrator copy`: what stands beside instances for a while."""

from __future__ import annotations

from dataclasses import asdict

import click

from orchestrator.cli import carry, options
from orchestrator.cli.session import Session
from orchestrator.cli.shape import Group

FORMAT = "orchestrator/copies/v1"


@click.group("copy", cls=Group)
def copy() -> None:
    r"""List and remove copies; `restore` and `clone` make them.

    \b
    Examples:
      orchestrator copy list
      orchestrator copy remove saint-martin/decidim monday
    """


@copy.command("list")
@options.tenant_argument(required=False)
@click.pass_obj
def list_(session: Session, tenant: str | None) -> None:
    r"""List the copies that stand, with their address and last day.

    \b
    Examples:
      orchestrator copy list
      orchestrator copy list saint-martin --json
    """
    from orchestrator import wiring
    from orchestrator.ui.tables import table

    found = wiring.standing_copies(session.settings, tenant)
    if session.json:
        session.console.document({"format": FORMAT, "copies": [asdict(one) for one in found]})
        return
    if not found:
        session.console.say("No copy stands anywhere.")
        return
    rows = [
        (one.instance, one.name, "masked" if one.masked else "real", one.until, one.address)
        for one in found
    ]
    table(session.console, ("instance", "copy", "data", "until", "address"), rows)


@copy.command("remove")
@click.argument("instance", metavar="TENANT/PRODUCT", shell_complete=options.complete_tenant)
@click.argument("name")
@options.mutating
@click.pass_obj
def remove(session: Session, instance: str, name: str, *, mutation: options.Mutation) -> None:
    r"""Remove a copy with its bucket, keys and secrets; the instance is not touched.

    \b
    Examples:
      orchestrator copy remove saint-martin/decidim monday
      orchestrator copy remove saint-martin/decidim monday --yes
    """
    from orchestrator import wiring
    from orchestrator.ui import findings_view, progress

    with progress.listening(session.console) as listener:
        witness = carry.Witness(listener)
        found = wiring.open_removal(session.settings, instance, name, witness)
        findings_view.show(session.console, found.findings)
        carry.carry_out(session, found, mutation, witness)
