"""Erase one person from an instance, so that no restoration brings them back."""

from __future__ import annotations

from orchestrator.engine.step import Step
from orchestrator.flows.steps.erasing import ErasingOne
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox

VERB = "erase"


def steps(subject: AnySubject, tools: Toolbox, person: str, reference: str) -> list[Step]:
    """The runbook. Raises ErasureImpossibleError, PersonNotOpaqueError, PersonUnknownError."""
    one = ErasingOne(subject, tools, person, reference).possible()
    return [one.ledger(), one.account()]
