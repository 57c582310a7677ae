"""Onboard an instance: from a tenant file to a verified service.

Secrets first, because everything else is given them; the bucket before the stack, because the
product starts with its key; the schema before the bootstrap, because what that makes are rows. A
product that only tells some of its secrets once it runs is started once to tell them, and then
locked down. A base of the database once it holds rows that somebody made. Then acceptance, because
it uses the instance as its people will; and at last the first recovery point, of what was accepted.
"""

from __future__ import annotations

from orchestrator.engine.step import Step
from orchestrator.flows.steps.acceptance import accept
from orchestrator.flows.steps.backup_store import backup_store
from orchestrator.flows.steps.base_backup import base_backup
from orchestrator.flows.steps.bootstrap import bootstrap
from orchestrator.flows.steps.bucket import bucket
from orchestrator.flows.steps.certificate import certificate
from orchestrator.flows.steps.first_start import first_start
from orchestrator.flows.steps.infrastructure import Convergence, infrastructure, lock_down
from orchestrator.flows.steps.migration import migration
from orchestrator.flows.steps.programs import programs
from orchestrator.flows.steps.recovery_point import recovery_point
from orchestrator.flows.steps.secrets import generate_secrets
from orchestrator.flows.steps.sign_in import sign_in
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox

VERB = "onboard"


def steps(subject: AnySubject, tools: Toolbox) -> list[Step]:
    """The runbook, top to bottom; what a product has no use for is left out."""
    seen = Convergence()
    runbook = [
        generate_secrets(subject, tools),
        bucket(subject, tools),
        backup_store(subject, tools),
        certificate(subject, tools),
        sign_in(subject, tools),
        infrastructure(subject, tools, seen),
        migration(subject, tools),
        first_start(subject, tools),
        lock_down(subject, tools, seen),
        bootstrap(subject, tools),
        programs(subject, tools),
        base_backup(subject, tools),
        accept(subject, tools),
        recovery_point(subject, tools, reason="onboarding"),
    ]
    return [step for step in runbook if step]
