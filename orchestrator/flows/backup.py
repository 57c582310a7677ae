"""Back an instance up now: a base where one is due or asked for, and a recovery point."""

from __future__ import annotations

from orchestrator.engine.step import Step
from orchestrator.errors.backup import BackupImpossibleError
from orchestrator.flows.steps.backup_store import backup_store
from orchestrator.flows.steps.base_backup import Take, base_backup
from orchestrator.flows.steps.handed_keys import handed_keys
from orchestrator.flows.steps.recovery_point import recovery_point
from orchestrator.products import registry
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox

VERB = "backup"


def steps(
    subject: AnySubject, tools: Toolbox, take: Take | None = None, reason: str = "asked"
) -> list[Step]:
    """The runbook. Raises BackupImpossibleError for a product whose parts we cannot name yet."""
    if subject.product.holdings(subject) is None:
        title = registry.facts(subject.names.product).title
        raise BackupImpossibleError(subject.names.instance, product=title)
    since = tools.clock.now()
    runbook = [
        backup_store(subject, tools),
        handed_keys(subject, tools),
        base_backup(subject, tools, take),
        recovery_point(subject, tools, reason=reason, newer_than=since),
    ]
    return [step for step in runbook if step]
