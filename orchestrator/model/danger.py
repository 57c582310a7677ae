"""How dangerous a change of a resource is: computed from the plan, never from the command."""

from __future__ import annotations

from orchestrator.model.change import Operation, Risk

_HOLDS_DATA = frozenset({"Namespace", "StatefulSet", "PersistentVolumeClaim"})
_SERVES = frozenset({"StatefulSet", "Service", "Ingress", "NetworkPolicy"})
_RUNS_ONCE = frozenset({"Job"})


def risk_of(operation: Operation, kind: str) -> Risk:
    """The cost of a mistake: data lost, people interrupted, or neither."""
    removes = operation in {Operation.DELETE, Operation.REPLACE}
    if kind in _RUNS_ONCE:
        return Risk.MILD
    if removes:
        return Risk.DESTROYS if kind in _HOLDS_DATA else Risk.INTERRUPTS
    if operation is Operation.UPDATE and kind in _SERVES:
        return Risk.INTERRUPTS
    return Risk.MILD
