"""`orchestrator restore`: an instance as it was."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import click

from orchestrator.cli import carry, options
from orchestrator.cli.session import Session
from orchestrator.cli.shape import command
from orchestrator.errors.usage import UsageFaultError
from orchestrator.model.restoration import Wish

DEFAULT = "restored"
TRIAL = "rehearsal"
_HERE = "orchestrator restore"


@command("restore")
@click.argument("instance", metavar="TENANT[/PRODUCT]", shell_complete=options.complete_tenant)
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
@options.option(
    "--rehearse",
    section=options.SAFETY,
    is_flag=True,
    help="With --in-place: all of it beside, up to the swap.",
)
@options.option(
    "--alone",
    section=options.SAFETY,
    is_flag=True,
    help="Though a link asks for one instant with others.",
)
@options.option(
    "--as", "name", section=options.TARGET, default="", metavar="NAME", help="Name of the copy."
)
@options.until
@options.mutating
@click.pass_obj
def restore(
    session: Session, /, instance: str, *, mutation: options.Mutation, **asked: Any
) -> None:
    r"""Bring an instance back to a recovery point or to a second.

    Into a copy with its own address, beside the instance, which is left alone. With --in-place,
    over it: the plan says what will be lost, the tenant's name has to be typed, and what is there
    now is kept as a recovery point first, so that it can be undone. With --rehearse it is brought
    back and tried in a copy, the plan says what would be lost, and the instance stays as it is.

    Of a whole TENANT all instances come back in place, to one instant that each of them can reach:
    the last snapshot before the time, where one is kept as snapshots.

    \b
    Examples:
      orchestrator restore saint-martin/decidim --point 20261126T015900Z-3fa2c1 --as monday
      orchestrator restore saint-martin/decidim --at 2026-11-26T14:03:20+01:00 --in-place
      orchestrator restore saint-martin --at 2026-11-26T14:03:20+01:00 --in-place
    """
    from orchestrator import wiring
    from orchestrator.ui import findings_view, progress

    wish = _wish(instance, asked)
    with progress.listening(session.console) as listener:
        witness = carry.Witness(listener)
        found = wiring.open_restoration(session.settings, wish, witness)
        findings_view.show(session.console, found.findings)
        carry.carry_out(session, found, mutation, witness)


def _wish(instance: str, asked: Mapping[str, Any]) -> Wish:
    """The options as one value. Raises UsageFaultError."""
    point, at, name, until = asked["point"], asked["at"], asked["name"], asked["until"]
    in_place, rehearse = asked["in_place"], asked["rehearse"]
    fault = ""
    if bool(point) == bool(at):
        fault = "give either --point or --at"
    elif in_place and (name or until):
        fault = "--in-place makes no copy to name or to end"
    elif asked["alone"] and not in_place:
        fault = "--alone is for what is done with --in-place; a copy parts from nobody"
    elif rehearse and not in_place:
        fault = "--rehearse is for what is to be done with --in-place"
    elif not options.COPY_NAME.fullmatch(name or DEFAULT):
        fault = f"{name!r} is no name of a copy: up to 20 small letters and digits"
    if fault:
        raise UsageFaultError(fault, command=_HERE)
    moment = _moment(at) if at else None
    copy = "" if in_place else name or DEFAULT
    copy = TRIAL if rehearse else copy
    last = until.date() if until else None
    return Wish(instance, point, moment, copy, last, rehearse, asked["alone"])


def _moment(text: str) -> datetime:
    """A moment; without a zone it is one of this machine's. Raises UsageFaultError."""
    try:
        found = datetime.fromisoformat(text).astimezone(UTC)
    except ValueError as error:
        fault = f"{text!r} is no moment such as 2026-11-26T14:03:20+01:00"
        raise UsageFaultError(fault, command=_HERE) from error
    if found > datetime.now(UTC):
        fault = f"{text} has not come yet"
        raise UsageFaultError(fault, command=_HERE)
    return found
