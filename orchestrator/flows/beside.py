"""Bring an instance back beside itself: a copy with an address of its own, until a day.

The instance is never touched. The copy has its own namespace, bucket, passwords and certificate,
and the keys that the data was encrypted with; it keeps no backups, has no way to their store once
its database is back, and writes to nobody.
"""

from __future__ import annotations

from orchestrator.engine.step import Step
from orchestrator.flows.steps.acceptance import accept
from orchestrator.flows.steps.bucket import bucket
from orchestrator.flows.steps.certificate import certificate
from orchestrator.flows.steps.copying import keys, taken
from orchestrator.flows.steps.erased_again import Again
from orchestrator.flows.steps.restoring_files import restoration
from orchestrator.flows.steps.secrets import generate_secrets
from orchestrator.flows.steps.sign_in import sign_in
from orchestrator.model.restoration import Asked
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox

VERB = "restore-beside"


def steps(
    subject: AnySubject, tools: Toolbox, asked: Asked, again: Again | None = None
) -> list[Step]:
    """The runbook, top to bottom; `subject` is the copy. Raises CopyTakenError.

    `again` is told how many were erased again.
    """
    one = restoration(subject, tools, asked).believed()
    one.again = again or one.again
    taken(subject, tools, one)
    runbook = [
        keys(subject, tools, one),
        generate_secrets(subject, tools),
        bucket(subject, tools),
        certificate(subject, tools),
        sign_in(subject, tools),
        one.database(),
        one.services(),
        one.objects(),
        one.compared(),
        one.emptied(),
        one.erased(),
        one.opened(),
        accept(subject, tools),
    ]
    return [step for step in runbook if step]
