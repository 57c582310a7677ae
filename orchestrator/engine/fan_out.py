"""Carry out the steps of several instances side by side, in one run with one journal.

An instance that fails does not stop the others. One that needs another waits until that one is
whole, and is not begun when it never will be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from graphlib import TopologicalSorter

from orchestrator.engine.crew import Crew
from orchestrator.engine.events import Kind
from orchestrator.engine.journal import Journal
from orchestrator.engine.runner import Ended, Waited, carry_out, closing, walk
from orchestrator.engine.step import Step
from orchestrator.engine.stop import StopRequest
from orchestrator.errors.engine import RunInterruptedError
from orchestrator.errors.instances import InstancesFailedError, PartlyDoneError
from orchestrator.errors.root import OrchestratorError
from orchestrator.errors.usage import ProductFaultError
from orchestrator.model.run import NOT_BEGUN, Outcome
from orchestrator.ports import Clock

LIMIT = 3
"""A tenant has at most one instance a product, so that by default none waits for a free thread."""


@dataclass(frozen=True)
class Work:
    """What one instance has to go through.

    `waited` tells what its steps waited for, since asked last. `after` names instances that must
    be whole before this one begins; those that are no part of the run count as whole.
    """

    instance: str
    steps: Sequence[Step]
    waited: Waited = dict
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tally:
    """How many steps acted, by instance; 0 where all was already so."""

    acted: Mapping[str, int]

    @property
    def total(self) -> int:
        """The steps that acted in all instances."""
        return sum(self.acted.values())


def carry_out_all(
    work: Sequence[Work],
    journal: Journal,
    clock: Clock,
    stop: StopRequest,
    limit: int = LIMIT,
) -> Tally:
    """Carry out each instance's steps in order, at most `limit` instances at once.

    One instance alone runs in this thread and raises as `runner.carry_out` does. Of several, raises
    PartlyDoneError when some are whole and some are not, InstancesFailedError when none is,
    RunInterruptedError when a stop was asked for and nothing failed, and at once what a signal
    raises here, after the threads have ended. Raises ValueError when instances need each other in
    a circle.
    """
    if len(work) == 1:
        only = work[0]
        acted = carry_out(only.steps, journal, clock, stop, only.waited)
        return Tally({only.instance: acted})
    return _FanOut(work, journal, clock, stop).run(limit)


class _FanOut:
    """The state of one such run; only the main thread touches it."""

    def __init__(
        self, work: Sequence[Work], journal: Journal, clock: Clock, stop: StopRequest
    ) -> None:
        self._work = {one.instance: one for one in work}
        self._journal = journal
        self._clock = clock
        self._stop = stop
        self._crew: Crew[int] = Crew(stop)
        self._begun: list[str] = []
        self._order = TopologicalSorter(
            {one.instance: [name for name in one.after if name in self._work] for one in work}
        )
        self._order.prepare()

    def run(self, limit: int) -> Tally:
        with closing(self._journal, self._clock, self._ended) as spent:
            try:
                with self._crew as crew:
                    self._manage(crew, limit)
            except OrchestratorError as error:  # a signal's, such as the end of the time given
                self._placed(error)
                raise
            self._raise_faults()
        acted = {name: self._crew.results[name] for name in self._work}
        self._journal.finish(
            Outcome.DONE if any(acted.values()) else Outcome.ALREADY_SO,
            seconds=spent(),
            instances=self._standings(),
        )
        return Tally(acted)

    def _manage(self, crew: Crew[int], limit: int) -> None:
        ready: list[str] = []
        running = 0
        while True:
            ready += self._order.get_ready()
            ready.sort(key=list(self._work).index)
            while ready and running < limit and not self._stop.requested:
                self._begin(crew, ready.pop(0))
                running += 1
            if not running:
                break
            name = crew.next()
            running -= 1
            if name in crew.results:
                self._order.done(name)
        for name in self._work:
            if name not in self._begun:
                reason = self._reason(name)
                self._journal.record(Kind.NOT_BEGUN, instance=name, text=reason)

    def _begin(self, crew: Crew[int], name: str) -> None:
        one = self._work[name]
        self._begun.append(name)
        crew.begin(
            name,
            partial(
                walk, one.steps, self._journal, self._clock, self._stop, one.waited, instance=name
            ),
        )

    def _raise_faults(self) -> None:
        run, faults = self._journal.run, self._crew.faults
        failed: dict[str, Exception] = {}
        left: dict[str, str] = {}
        for name in self._work:
            fault = faults.get(name)
            if isinstance(fault, RunInterruptedError):
                left[name] = fault.stopped
            elif isinstance(fault, Exception):
                failed[name] = fault
            elif fault is not None:
                raise fault
            elif name not in self._begun:
                left[name] = f"{NOT_BEGUN}: {self._reason(name)}"
        if not failed:
            if left:
                raise RunInterruptedError(run.id, details=_rows(left))
            return
        kind = PartlyDoneError if self._crew.results else InstancesFailedError
        told = {name: _told(fault) for name, fault in failed.items()}
        whole = tuple(name for name in self._work if name in self._crew.results)
        error = kind(run.id, whole=whole, failed=told, left=left)
        causes = ExceptionGroup("what ended the instances", list(failed.values()))
        raise self._placed(error) from causes

    def _placed(self, error: OrchestratorError) -> OrchestratorError:
        run = self._journal.run
        error.at(f"{run.verb} {run.subject}, run {run.id}", run=run.id)
        return error

    def _reason(self, name: str) -> str:
        lacking = [need for need in self._work[name].after if need in self._work]
        lacking = [need for need in lacking if need not in self._crew.results]
        return f"it needs {', '.join(lacking)}" if lacking else "the run was asked to stop"

    def _ended(self) -> Ended:
        outcome = Outcome.PARTLY_DONE if self._crew.results else Outcome.FAILED
        return Ended(outcome, self._standings())

    def _standings(self) -> dict[str, str]:
        return {name: self._standing(name) for name in self._work}

    def _standing(self, name: str) -> str:
        crew = self._crew
        if name in crew.results:
            return Outcome.DONE if crew.results[name] else Outcome.ALREADY_SO
        if name not in self._begun:
            return NOT_BEGUN
        fault = crew.faults.get(name)
        stopped = not isinstance(fault, Exception) or isinstance(fault, RunInterruptedError)
        return Outcome.INTERRUPTED if stopped else Outcome.FAILED


def _rows(texts: Mapping[str, str]) -> tuple[str, ...]:
    width = max(map(len, texts))
    return tuple(f"{name:<{width}}  {text}" for name, text in texts.items())


def _told(fault: Exception) -> OrchestratorError:
    if isinstance(fault, OrchestratorError):
        return fault
    return ProductFaultError(type(fault).__name__, text=str(fault))
