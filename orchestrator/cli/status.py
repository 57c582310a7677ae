"""`orchestrator status`: how instances stand, looked at now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from orchestrator.cli import options
from orchestrator.cli.session import Session
from orchestrator.cli.shape import command

if TYPE_CHECKING:
    from orchestrator.model.standing import Standing
    from orchestrator.ui.console import Console


@command("status")
@options.tenant_argument(required=False)
@click.option("--apis", is_flag=True, help="List interfaces and the programs that use them.")
@click.pass_obj
def status(session: Session, tenant: str | None, *, apis: bool) -> None:
    r"""Show how the instances of TENANT stand, or those of every tenant.

    An instance is degraded as well when its store of backups lacks more of the database's log than
    its tenant file allows to be lost.

    \b
    Examples:
      orchestrator status
      orchestrator status saint-martin --json
      orchestrator status --apis
    """
    from orchestrator import wiring

    found = wiring.standings(session.settings, tenant)
    console = session.console
    if session.json:
        instances = [_document(one) for one in found]
        console.document({"format": "orchestrator/status/v1", "instances": instances})
    elif apis:
        _apis(console, found)
    elif tenant:
        for number, one in enumerate(found):
            if number:
                console.result("")
            _details(console, one)
        _contacts(console, found)
    else:
        _list(console, found)


def _list(console: Console, found: list[Standing]) -> None:
    from orchestrator.ui import backup_view
    from orchestrator.ui.tables import table

    if not found:
        console.say("No tenant yet. Make one with `orchestrator tenant new`.")
        return
    heading = ("instance", "state", "release", "address", "last point", "last drill")
    rows = [
        (one.instance, one.state, one.release, one.url, *backup_view.ages(one.backup))
        for one in found
    ]
    table(console, heading, rows)


def _apis(console: Console, found: list[Standing]) -> None:
    from orchestrator.ui.tables import table

    rows = [(one.instance, *interface) for one in found for interface in one.interfaces]
    table(console, ("instance", "interface", "address", "access"), rows)
    given = [
        (one.instance, each.name, each.may, f"{each.until}", each.state, each.lies_in, each.owner)
        for one in found
        for each in one.programs
    ]
    if given:
        console.result("")
        heading = ("instance", "program", "may", "until", "state", "credential", "owner")
        table(console, heading, given)


def _contacts(console: Console, found: list[Standing]) -> None:
    """Those of the one tenant, said once whatever the number of its instances."""
    from orchestrator.ui.tables import details

    if found:
        console.result("")
        details(console, list(found[0].contacts))


def _details(console: Console, one: Standing) -> None:
    from orchestrator.ui import backup_view
    from orchestrator.ui.durations import moment
    from orchestrator.ui.tables import details, table

    run = one.last_run
    last = f"{run.id}, {run.verb}, {run.outcome}, {moment(run.started)}" if run else "none"
    details(
        console,
        [
            ("instance", one.instance),
            ("state", one.state),
            ("release", one.release),
            ("address", one.url),
            ("last run", last),
        ],
    )
    if one.parts:
        console.result("")
        rows = [(name, "ready" if ready else "not ready", why) for name, ready, why in one.parts]
        table(console, ("part", "state", "detail"), rows)
    if one.backup:
        console.result("")
        table(console, ("backup", "state", "detail"), backup_view.rows(one.backup))


def _document(one: Standing) -> dict[str, Any]:
    from orchestrator.engine.journal import run_document
    from orchestrator.ui import backup_view

    return {
        "tenant": one.tenant,
        "instance": one.instance,
        "url": one.url,
        "release": one.release,
        "state": one.state.value,
        "parts": [
            {"name": name, "ready": ready, "detail": detail} for name, ready, detail in one.parts
        ],
        "last_run": run_document(one.last_run) if one.last_run else None,
        "interfaces": [
            {"name": name, "url": url, "access": access} for name, url, access in one.interfaces
        ],
        "programs": [
            {
                "name": each.name,
                "may": each.may,
                "until": each.until.isoformat(),
                "state": each.state,
                "credential": each.lies_in,
                "owner": each.owner,
            }
            for each in one.programs
        ],
        "contacts": dict(one.contacts),
        "backup": backup_view.document(one.backup) if one.backup else None,
    }
