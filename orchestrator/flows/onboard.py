"""Onboard an instance: from a tenant file to a verified service.

Secrets first, because everything else is given them; the bucket before the stack, because web and
worker start with its key; the schema before the bootstrap, because the organisation is a row; and
acceptance last, because it uses the site as its people will.
"""

from __future__ import annotations

from orchestrator.engine.step import Step
from orchestrator.flows.steps.acceptance import accept
from orchestrator.flows.steps.bootstrap import bootstrap
from orchestrator.flows.steps.bucket import bucket
from orchestrator.flows.steps.certificate import certificate
from orchestrator.flows.steps.infrastructure import infrastructure
from orchestrator.flows.steps.migration import migration
from orchestrator.flows.steps.secrets import generate_secrets
from orchestrator.flows.subject import Subject, Toolbox

VERB = "onboard"


def steps(subject: Subject, tools: Toolbox) -> list[Step]:
    """The runbook, top to bottom."""
    return [
        generate_secrets(subject, tools),
        bucket(subject, tools),
        certificate(subject, tools),
        infrastructure(subject, tools),
        migration(subject, tools),
        bootstrap(subject, tools),
        accept(subject, tools),
    ]
