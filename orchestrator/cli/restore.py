"""`orchestrator restore`: an instance as it was."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from orchestrator.cli import carry, options
from orchestrator.cli.session import Session
from orchestrator.cli.shape import command
from orchestrator.errors.usage import UsageFaultError


@command("restore")
@click.argument("instance", metavar="TENANT/PRODUCT", shell_complete=options.complete_tenant)
@options.option(
    "--point", section=options.TARGET, default="", metavar="ID", help="A recovery point."
)
@options.option(
    "--at",
    section=options.TARGET,
    default="",
    metavar="TIME",
    help="A second, such as 2026-11-26T14:03:20+01:00.",
)
@options.option(
    "--in-place",
    section=options.SAFETY,
    is_flag=True,
    help="Over what is there now; it is kept as a point first.",
)
@options.mutating
@click.pass_obj
def restore(
    session: Session,
    instance: str,
    *,
    point: str,
    at: str,
    in_place: bool,
    mutation: options.Mutation,
) -> None:
    r"""Bring TENANT/PRODUCT back to a recovery point or to a second.

    Database, objects and queues go back together. The plan says what will be lost, and the tenant's
    name has to be typed. What is there now is kept as a recovery point, so that it can be undone.

    \b
    Examples:
      orchestrator restore saint-martin/decidim --point 20261126T015900Z-3fa2c1 --in-place
      orchestrator restore saint-martin/decidim --at 2026-11-26T14:03:20+01:00 --in-place
    """
    from orchestrator import wiring
    from orchestrator.ui import findings_view, progress

    here = "orchestrator restore"
    if bool(point) == bool(at):
        raise UsageFaultError("give either --point or --at", command=here)
    if not in_place:
        raise UsageFaultError("say --in-place: nothing else is offered yet", command=here)
    moment = _moment(at) if at else None
    with progress.listening(session.console) as listener:
        witness = carry.Witness(listener)
        found = wiring.open_restoration(session.settings, instance, witness, point, moment)
        findings_view.show(session.console, found.findings)
        carry.carry_out(session, found, mutation, witness)


def _moment(text: str) -> datetime:
    """A moment; without a zone it is one of this machine's. Raises UsageFaultError."""
    here = "orchestrator restore"
    try:
        found = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as error:
        fault = f"{text!r} is no moment such as 2026-11-26T14:03:20+01:00"
        raise UsageFaultError(fault, command=here) from error
    if found > datetime.now(UTC):
        fault = f"{text} has not come yet"
        raise UsageFaultError(fault, command=here)
    return found
