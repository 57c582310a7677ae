"""`orchestrator doctor`: what is wrong with this machine and project, and what mends it."""

from __future__ import annotations

from dataclasses import asdict

import click

from orchestrator.cli.session import Session
from orchestrator.cli.shape import command
from orchestrator.errors.root import ExitStatus


@command("doctor")
@click.pass_context
def doctor(ctx: click.Context) -> None:
    r"""Check tools, project and platform, and say how to mend what is wrong.

    Ends with 1 when there is a fault; warnings do not count.

    \b
    Examples:
      orchestrator doctor
      orchestrator doctor --json
    """
    from orchestrator import wiring
    from orchestrator.model.check import CheckState
    from orchestrator.ui.tables import table

    session: Session = ctx.obj
    console = session.console
    checks = wiring.all_checks(session.machine)
    if session.json:
        found = [asdict(check) for check in checks]
        console.document({"format": "orchestrator/doctor/v1", "checks": found})
    else:
        rows = [(check.name, check.state, check.detail) for check in checks]
        table(console, ("check", "state", "detail"), rows)
        for check in checks:
            if check.hint and check.state is not CheckState.OK:
                console.say(f"hint: {check.name}: {check.hint}")
    if any(check.state is CheckState.FAULT for check in checks):
        ctx.exit(ExitStatus.FAILED)
