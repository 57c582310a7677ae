"""`orchestrator onboard`: from a tenant file to live service."""

from __future__ import annotations

import click

from orchestrator.cli import carry, options
from orchestrator.cli.session import Session
from orchestrator.cli.shape import command


@command("onboard")
@options.tenant_argument()
@options.mutating
@click.pass_obj
def onboard(session: Session, tenant: str, *, mutation: options.Mutation) -> None:
    r"""Bring the instance of TENANT to live service, or show that it is already so.

    Every step looks before it acts: the same command goes on where an earlier one stopped.

    \b
    Examples:
      orchestrator onboard saint-martin
      orchestrator onboard saint-martin --yes --timeout 30min
    """
    from orchestrator import wiring
    from orchestrator.ui import findings_view, progress

    with progress.listening(session.console) as listener:
        witness = carry.Witness(listener)
        onboarding = wiring.open_onboarding(session.settings, tenant, witness)
        findings_view.show(session.console, onboarding.findings)
        carry.carry_out(session, onboarding, mutation, witness)
