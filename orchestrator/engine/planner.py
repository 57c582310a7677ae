"""Look at every step, change nothing: the plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from orchestrator.engine.step import Step
from orchestrator.errors.root import OrchestratorError
from orchestrator.model.change import Change, Plan


def plan(subject: str, verb: str, steps: Iterable[Step], unchanged: int = 0) -> Plan:
    """Look at everything; `unchanged` counts the steps that hold besides what was given."""
    changes: list[Change] = []
    for step in steps:
        found = step.look()
        changes.extend(found)
        unchanged += not found
    return Plan(subject, verb, tuple(changes), unchanged)


def plan_all(verb: str, instances: Mapping[str, Sequence[Step]]) -> Plan:
    """Look at all instances of one tenant side by side; their changes stand in the order given.

    The plan of one instance is about that instance and of no thread's making; the plan of several
    is about the tenant, and each change names its instance. Raises the fault of the first instance
    that has one, when all were looked at.
    """
    if len(instances) == 1:
        ((name, steps),) = instances.items()
        return plan(name, verb, steps)
    found = _side_by_side(verb, instances)
    changes = [replace(change, instance=one.subject) for one in found for change in one.changes]
    tenant = found[0].subject.partition("/")[0]
    return Plan(tenant, verb, tuple(changes), sum(one.unchanged for one in found))


def _side_by_side(verb: str, instances: Mapping[str, Sequence[Step]]) -> list[Plan]:
    from orchestrator.engine.crew import Crew  # a plan of one instance needs no threads
    from orchestrator.engine.stop import StopRequest

    with Crew[Plan](StopRequest()) as crew:
        for name, steps in instances.items():
            crew.begin(name, partial(plan, name, verb, steps))
        for _ in instances:
            crew.next()
    for name in instances:
        if fault := crew.faults.get(name):
            if isinstance(fault, OrchestratorError) and not fault.place:
                fault.at(f"{verb} {name}, looking at what there is", run="")
            raise fault
    return [crew.results[name] for name in instances]
