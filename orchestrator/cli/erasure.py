"""`orchestrator erasure`: people who asked to be erased, and stay so."""

from __future__ import annotations

import click

from orchestrator.cli import carry, options
from orchestrator.cli.session import Session
from orchestrator.cli.shape import Group

FORMAT = "orchestrator/erasures/v1"
_INSTANCE = "TENANT/PRODUCT"


def _reference(ctx: click.Context, parameter: click.Parameter, value: str) -> str:
    """On whose word; fails without repeating what must not be written."""
    from orchestrator.model import act

    try:
        line = act.instruction(value)
    except ValueError as fault:
        raise click.BadParameter(str(fault), ctx, parameter) from fault
    if not line:
        message = "must name a ticket"
        raise click.BadParameter(message, ctx, parameter)
    return line


@click.group("erasure", cls=Group)
def erasure() -> None:
    r"""Erase people from instances, and list who was erased.

    \b
    Examples:
      orchestrator erasure run saint-martin/decidim 1742 --reference RGPD-2026-031
      orchestrator erasure list saint-martin/decidim
    """


@erasure.command("run")
@click.argument("instance", metavar=_INSTANCE, shell_complete=options.complete_tenant)
@click.argument("person")
@options.option(
    "--reference",
    section=options.TARGET,
    required=True,
    metavar="R",
    callback=_reference,
    help="On whose word, for the ledger: a ticket, never a person.",
)
@options.mutating
@click.pass_obj
def run(
    session: Session, instance: str, person: str, *, reference: str, mutation: options.Mutation
) -> None:
    r"""Erase PERSON from TENANT/PRODUCT, and from whatever is restored of it later.

    PERSON is what the product calls the account by, never a name or an address: of Decidim and of
    Grist the number of its row. First it is written into the ledger that lies beside the backups,
    then the product destroys the account, then its rows are looked at. What the person wrote
    stays, in a Decidim without a name. An account that its owner destroyed already is written into
    the ledger all the same.

    \b
    Examples:
      orchestrator erasure run saint-martin/decidim 1742 --reference RGPD-2026-031 --dry-run
      orchestrator erasure run saint-martin/decidim 1742 --reference RGPD-2026-031
    """
    from orchestrator import wiring
    from orchestrator.ui import findings_view, progress

    session.instruction = session.instruction or reference
    with progress.listening(session.console) as listener:
        witness = carry.Witness(listener)
        found = wiring.open_erasure(session.settings, instance, person, reference, witness)
        findings_view.show(session.console, found.findings)
        carry.carry_out(session, found, mutation, witness)


@erasure.command("list")
@click.argument("instance", metavar=_INSTANCE, shell_complete=options.complete_tenant)
@click.pass_obj
def list_(session: Session, instance: str) -> None:
    r"""List who was erased, each entry with its signature and its place tried.

    A ledger of which one entry is not believed, or missing, ends with 4 and is not shown.

    \b
    Examples:
      orchestrator erasure list saint-martin/decidim
      orchestrator erasure list saint-martin/decidim --json
    """
    from orchestrator import wiring
    from orchestrator.model.erasure import about
    from orchestrator.ui.durations import moment
    from orchestrator.ui.tables import table

    found = wiring.erased_people(session.settings, instance)
    if session.json:
        entries = [{**one.document(), "about": about(one.instance, one.person)} for one in found]
        session.console.document({"format": FORMAT, "erasures": entries})
        return
    if not found:
        session.console.say(f"Nobody was erased from {instance} yet.")
        return
    rows = [
        (
            *(str(one.number), moment(one.at), one.person, one.reference),
            about(one.instance, one.person),
        )
        for one in found
    ]
    table(session.console, ("number", "at", "person", "reference", "in the journal"), rows)
