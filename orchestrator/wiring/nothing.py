"""A world in which nothing exists yet, for plans that ask nobody.

Only what looks is answered; nothing acts on such a plan.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from orchestrator.products.toolbox import Toolbox
from orchestrator.tools.clock import SystemClock
from orchestrator.wiring.case import Case


class _Nothing:
    """Answers every look with: there is none."""

    def prepared(self) -> bool:
        return False

    def bucket(self, _name: str) -> None:
        return None

    def namespace_owner(self, _namespace: str) -> None:
        return None

    def ready(self, _namespace: str, _kind: str, _name: str) -> bool:
        return False

    def note(self, _namespace: str, _name: str) -> Mapping[str, str] | None:
        return None

    def read(self, _path: str) -> None:
        return None

    def knows(self, _email: str) -> bool:
        return False

    def client(self, _instance: str) -> None:
        return None

    def subjects_to(self, _address: str) -> Sequence[str]:
        return ()


def toolbox(case: Case) -> Toolbox:
    """The ports of that world; what a plan never asks for is not there at all."""
    nothing: Any = _Nothing()
    return Toolbox(
        secrets=nothing,
        certificates=cast("Any", None),
        identity=nothing,
        objects=nothing,
        history=nothing,
        keys=nothing,
        staged=cast("Any", None),
        stack=cast("Any", None),
        facts=case.facts,
        hosts=cast("Any", None),
        cluster=nothing,
        web=cast("Any", None),
        inbox=None,
        clock=SystemClock(),
        play_variables={},
    )
