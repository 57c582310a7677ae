"""`orchestrator backup`: what is kept of instances, now and as it lies there."""

from __future__ import annotations

from typing import Any

import click

from orchestrator.cli import carry, options
from orchestrator.cli.session import Session
from orchestrator.cli.shape import Group

_INSTANCE = "TENANT[/PRODUCT]"


def _subject(function: options.Callback) -> options.Callback:
    complete = options.complete_tenant
    return click.argument("subject", metavar=_INSTANCE, shell_complete=complete)(function)


@click.group("backup", cls=Group)
def backup() -> None:
    r"""Back instances up, list and prove their recovery points, take away what is old.

    \b
    Examples:
      orchestrator backup run saint-martin
      orchestrator backup verify saint-martin/decidim
    """


@backup.command("run")
@_subject
@options.option(
    "--take",
    section=options.TARGET,
    type=click.Choice(["full", "diff", "incr"]),
    default=None,
    help="Make a base of the database as well; without, only where one is due.",
)
@options.mutating
@click.pass_obj
def run(session: Session, subject: str, *, take: Any, mutation: options.Mutation) -> None:
    r"""Make a recovery point now: database first, objects after, signed manifest last.

    \b
    Examples:
      orchestrator backup run saint-martin --yes
      orchestrator backup run saint-martin/decidim --take full
    """
    from orchestrator import wiring
    from orchestrator.ui import findings_view, progress

    with progress.listening(session.console) as listener:
        witness = carry.Witness(listener)
        found = wiring.open_backup(session.settings, subject, witness, take)
        findings_view.show(session.console, found.findings)
        carry.carry_out(session, found, mutation, witness)


@backup.command("list")
@_subject
@click.pass_obj
def list_(session: Session, subject: str) -> None:
    r"""List recovery points, the newest first, each with its signature tried.

    \b
    Examples:
      orchestrator backup list saint-martin
      orchestrator backup list saint-martin/decidim --json
    """
    from orchestrator import wiring
    from orchestrator.ui import points_view

    found = wiring.recovery_points(session.settings, subject)
    if session.json:
        session.console.document(points_view.document(found))
        return
    points_view.show(session.console, found)


@backup.command("show")
@click.argument("instance", metavar="TENANT/PRODUCT", shell_complete=options.complete_tenant)
@click.argument("point")
@click.pass_obj
def show(session: Session, instance: str, point: str) -> None:
    r"""Show everything that a recovery POINT names.

    \b
    Examples:
      orchestrator backup show saint-martin/decidim 20261126T015900Z-3fa2c1
      orchestrator backup show saint-martin/decidim 20261126T015900Z-3fa2c1 --json
    """
    from orchestrator import wiring
    from orchestrator.ui import points_view

    found = wiring.recovery_point(session.settings, instance, point)
    if session.json:
        session.console.document(found.document())
        return
    points_view.details(session.console, found)


@backup.command("policy")
@_subject
@click.pass_obj
def policy(session: Session, subject: str) -> None:
    r"""Hold what is kept against what the tenant file promises; a difference ends with 5.

    \b
    Examples:
      orchestrator backup policy saint-martin
      orchestrator backup policy saint-martin/decidim --json
    """
    from orchestrator import wiring
    from orchestrator.errors.backup import RetentionDiffersError
    from orchestrator.ui import points_view

    found = wiring.retention(session.settings, subject)
    if session.json:
        session.console.document(points_view.retention_document(found))
    else:
        points_view.retention(session.console, found)
    differences = {
        name: [one for one in items if one.fit.value != "ok"] for name, items in found.items()
    }
    if any(differences.values()):
        raise RetentionDiffersError(
            tuple(name for name, items in differences.items() if items),
            differences=tuple(
                f"{name}: {one.what}: {one.found}; promised {one.promised}"
                for name, items in differences.items()
                for one in items
            ),
        )


@backup.command("prune")
@_subject
@options.mutating
@click.pass_obj
def prune(session: Session, subject: str, *, mutation: options.Mutation) -> None:
    r"""Take away what is kept for longer than the tenant file promises, and sign for it.

    Whatever a recovery point needs whose time is not over stays, and what the store's lock holds.

    \b
    Examples:
      orchestrator backup prune saint-martin --dry-run
      orchestrator backup prune saint-martin/decidim --confirm saint-martin
    """
    from orchestrator import wiring
    from orchestrator.ui import findings_view, progress

    with progress.listening(session.console) as listener:
        witness = carry.Witness(listener)
        found = wiring.open_pruning(session.settings, subject, witness)
        findings_view.show(session.console, found.findings)
        carry.carry_out(session, found, mutation, witness)


@backup.command("verify")
@_subject
@options.option(
    "--point", section=options.TARGET, default="", metavar="ID", help="Not the newest, but this."
)
@click.pass_obj
def verify(session: Session, subject: str, *, point: str) -> None:
    r"""Read every byte that a recovery point needs, and hold it against what must be there.

    The exit status of no tool is believed. A point that is not whole ends with 4, and an older
    one that was not found bad is proposed.

    \b
    Examples:
      orchestrator backup verify saint-martin
      orchestrator backup verify saint-martin/decidim --point 20261126T015900Z-3fa2c1
    """
    from orchestrator import wiring
    from orchestrator.errors.backup import PointBrokenError
    from orchestrator.ui import points_view

    found = wiring.verified(session.settings, subject, point, session.console.say)
    if session.json:
        session.console.document(points_view.proofs_document(found))
    else:
        points_view.proofs(session.console, found)
    broken = [one for one in found if one.faults]
    if broken:
        raise PointBrokenError(
            {one.instance: one.point for one in broken},
            faults=tuple(f"{one.point}: {fault}" for one in broken for fault in one.faults),
            older={one.instance: one.older for one in broken if one.older},
        )
