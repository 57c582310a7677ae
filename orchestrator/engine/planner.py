"""Look at every step, change nothing: the plan."""

from __future__ import annotations

from collections.abc import Iterable

from orchestrator.engine.step import Step
from orchestrator.model.change import Change, Plan


def plan(subject: str, verb: str, steps: Iterable[Step], unchanged: int = 0) -> Plan:
    """Look at everything; `unchanged` counts the steps that hold besides what was given."""
    changes: list[Change] = []
    for step in steps:
        found = step.look()
        changes.extend(found)
        unchanged += not found
    return Plan(subject, verb, tuple(changes), unchanged)
