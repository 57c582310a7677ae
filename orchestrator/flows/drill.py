"""A drill: the newest recovery point, read whole, brought back beside its instance, and used.

What each step promises is what the drill asserts. A step that fails ends the rehearsal and stays in
the record; whatever came of it, the copy is removed afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from orchestrator.engine.step import Say, Step
from orchestrator.errors.root import OrchestratorError
from orchestrator.flows import beside
from orchestrator.flows.steps.proving import proving
from orchestrator.model.drill import Assertion
from orchestrator.model.restoration import Asked
from orchestrator.ports import Clock
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox

VERB = "drill"


@dataclass
class Rehearsal:
    """What was asserted while the steps were carried out; `older` is a point to fall back to."""

    clock: Clock
    assertions: list[Assertion] = field(default_factory=list)
    older: str = ""

    def over(self, step: Step) -> Step:
        """The same step, with what came of it kept."""

        def act(say: Say) -> None:
            began = self.clock.monotonic()
            seen: list[str] = []

            def said(text: str) -> None:
                seen.append(text)
                say(text)

            try:
                step.act(said)
                held, what = step.holds(), (seen[-1] if seen else "done")
            except OrchestratorError as error:
                self._keep(step, began, held=False, seen="; ".join((error.message, *error.details)))
                raise
            self._keep(step, began, held=held, seen=what)

        return replace(step, act=act)

    def _keep(self, step: Step, began: float, *, held: bool, seen: str) -> None:
        seconds = round(self.clock.monotonic() - began, 1)
        self.assertions.append(Assertion(step.name, step.promise, held, seen[:500], seconds))


def steps(subject: AnySubject, tools: Toolbox, asked: Asked, kept: Rehearsal) -> list[Step]:
    """The runbook of a rehearsal; `subject` is the copy."""

    def older(point: str) -> None:
        kept.older = point

    runbook = [proving(subject, tools, asked.point, older), *beside.steps(subject, tools, asked)]
    return [kept.over(step) for step in runbook]
