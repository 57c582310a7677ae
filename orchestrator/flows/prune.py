"""Take away what is kept of an instance for longer than its tenant file promises."""

from __future__ import annotations

from orchestrator.engine.step import Step
from orchestrator.errors.backup import BackupImpossibleError
from orchestrator.flows.steps.pruning import pruning
from orchestrator.flows.steps.set_aside import set_aside
from orchestrator.products import registry
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox

VERB = "prune"


def steps(subject: AnySubject, tools: Toolbox) -> list[Step]:
    """The runbook. Raises BackupImpossibleError for a product whose parts we cannot name yet."""
    if subject.product.holdings(subject) is None:
        title = registry.facts(subject.names.product).title
        raise BackupImpossibleError(subject.names.instance, product=title)
    aside = set_aside(subject, tools)
    return [*pruning(subject, tools), *((aside,) if aside else ())]
