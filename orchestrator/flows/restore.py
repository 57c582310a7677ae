"""Bring an instance back to a moment, in its own place.

What could forbid it is looked at first, while nothing has been touched. The present is kept as a
recovery point of its own. Then everything stops; the database comes back, its services after it,
the objects of the same moment; what came is held against what the point says; queues are emptied;
who was erased since is erased again; and only then is the site opened, and used as its people will.
"""

from __future__ import annotations

from orchestrator.engine.step import Step
from orchestrator.flows.steps.acceptance import accept
from orchestrator.flows.steps.base_backup import base_backup
from orchestrator.flows.steps.erased_again import Again
from orchestrator.flows.steps.recovery_point import recovery_point
from orchestrator.flows.steps.restoring_files import restoration
from orchestrator.model.restoration import Asked
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox

VERB = "restore"


def steps(
    subject: AnySubject, tools: Toolbox, asked: Asked, again: Again | None = None
) -> list[Step]:
    """The runbook, top to bottom; `again` is told how many were erased again."""
    one = restoration(subject, tools, asked).believed()
    one.again = again or one.again
    runbook = [
        one.present(),
        one.database(),
        one.services(),
        one.objects(),
        one.compared(),
        one.emptied(),
        one.erased(),
        one.opened(),
        accept(subject, tools),
        base_backup(subject, tools),
        recovery_point(subject, tools, reason="after restore", newer_than=one.began),
    ]
    return [step for step in runbook if step]
