"""Make a copy of an instance in which nobody can be recognised, until a day.

The instance is never touched. The clone has nothing of it but masked rows: its own namespace,
bucket, passwords, keys and certificate. Until nobody was found who was looked for, there is no way
in or out; then it is opened, and it writes to nobody.
"""

from __future__ import annotations

from orchestrator.engine.step import Step
from orchestrator.flows.steps.acceptance import accept
from orchestrator.flows.steps.bucket import bucket
from orchestrator.flows.steps.certificate import certificate
from orchestrator.flows.steps.cloning import Cloning
from orchestrator.flows.steps.copying import taken
from orchestrator.flows.steps.secrets import generate_secrets
from orchestrator.model.restoration import Asked
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox

VERB = "clone"


def steps(subject: AnySubject, tools: Toolbox, asked: Asked) -> list[Step]:
    """The runbook, top to bottom; `subject` is the clone. Raises CopyTakenError."""
    one = Cloning(subject, tools, asked)
    one.believed()
    taken(subject, tools, one)
    runbook = [
        generate_secrets(subject, tools),
        bucket(subject, tools),
        certificate(subject, tools),
        one.database(),
        one.services(),
        one.masked(),
        one.reloaded(),
        one.settled(),
        one.searched(),
        one.opened(),
        accept(subject, tools),
    ]
    return [step for step in runbook if step]
