"""`orchestrator plan`: look at everything, change nothing."""

from __future__ import annotations

from pathlib import Path

import click

from orchestrator.cli import carry, options
from orchestrator.cli.session import Session
from orchestrator.cli.shape import command


@command("plan")
@options.tenant_argument()
@options.expect_no_changes
@options.option(
    "--offline",
    section=options.TARGET,
    is_flag=True,
    help="Plan from the files alone, as if nothing existed yet.",
)
@options.diff
@options.plan_out
@click.pass_obj
def plan(
    session: Session,
    tenant: str,
    *,
    expect_no_changes: bool,
    offline: bool,
    diff: bool,
    plan_out: Path | None,
) -> None:
    r"""Show what `onboard` would change for TENANT, and change nothing.

    \b
    Examples:
      orchestrator plan saint-martin --diff
      orchestrator plan saint-martin --plan-out plan.json
    """
    from orchestrator import wiring
    from orchestrator.ui import findings_view, progress

    with progress.listening(session.console) as listener:
        onboarding = wiring.open_onboarding(session.settings, tenant, listener)
        findings_view.show(session.console, onboarding.findings)
        found = onboarding.plan(offline=offline)
    carry.show_plan(session, found, fields=diff)
    if plan_out:
        carry.write_plan(found, plan_out)
    if expect_no_changes:
        carry.refuse_changes(found)
