"""Carry out steps in order, journalling each, so that a killed run goes on where it stopped.

Looking again instead of trusting the journal is what makes a second run, and a run after a crash,
the same code path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from orchestrator.engine.events import Kind
from orchestrator.engine.journal import Journal
from orchestrator.engine.step import Step
from orchestrator.engine.stop import StopRequest
from orchestrator.engine.stopwatch import WAITED
from orchestrator.errors.engine import RunInterruptedError, StepDidNotHoldError
from orchestrator.errors.root import OrchestratorError
from orchestrator.errors.usage import ProductFaultError
from orchestrator.model.run import Outcome
from orchestrator.ports import Clock

Waited = Callable[[], Mapping[str, float]]
"""What was waited for since this was asked last, in seconds."""


def carry_out(
    steps: Sequence[Step], journal: Journal, clock: Clock, stop: StopRequest, waited: Waited = dict
) -> int:
    """Run each step that still has something to change; how many had.

    Raises StepDidNotHoldError when a step acted without effect, RunInterruptedError when a stop
    was asked for, and whatever a step raises, with the place in the run added.
    """
    started = clock.monotonic()
    acted = 0
    last = ""
    try:
        for number, step in enumerate(steps, start=1):
            if stop.requested:
                raise RunInterruptedError(journal.run.id, after=last)
            acted += _one(step, (number, len(steps)), journal, clock, waited)
            last = step.name
    except RunInterruptedError:
        journal.finish(Outcome.INTERRUPTED, seconds=round(clock.monotonic() - started, 3))
        raise
    except KeyboardInterrupt:
        journal.finish(Outcome.INTERRUPTED, seconds=round(clock.monotonic() - started, 3))
        raise
    except OrchestratorError as error:
        seconds = round(clock.monotonic() - started, 3)
        journal.finish(Outcome.FAILED, code=error.code, message=error.message, seconds=seconds)
        raise
    except Exception as error:
        # A fault of ours ends a run as others do; its text may hold anything, its kind does not.
        seconds = round(clock.monotonic() - started, 3)
        journal.finish(Outcome.FAILED, **_bug(error), seconds=seconds)
        raise
    outcome = Outcome.DONE if acted else Outcome.ALREADY_SO
    journal.finish(outcome, seconds=round(clock.monotonic() - started, 3))
    return acted


def _one(
    step: Step, place: tuple[int, int], journal: Journal, clock: Clock, waited: Waited
) -> bool:
    started = clock.monotonic()

    def spent() -> dict[str, float | Mapping[str, float]]:
        return {"seconds": round(clock.monotonic() - started, 3), WAITED: waited()}

    journal.record(Kind.STEP_STARTED, step.name, place)
    try:
        changes = step.look()
        if not changes:
            journal.record(Kind.STEP_ALREADY_SO, step.name, place, **spent())
            return False
        step.act(lambda text: journal.record(Kind.STEP_SAID, step.name, place, text=text))
        if not step.holds():
            raise StepDidNotHoldError(step.name, promise=step.promise, run=journal.run.id)
    except OrchestratorError as error:
        error.at(
            f"{journal.run.verb}, step {place[0]}/{place[1]} “{step.name}”, run {journal.run.id}",
            run=journal.run.id,
        )
        told = {"code": error.code, "message": error.message}
        journal.record(Kind.STEP_FAILED, step.name, place, **told, **spent())
        raise
    except Exception as error:
        journal.record(Kind.STEP_FAILED, step.name, place, **_bug(error), **spent())
        raise
    journal.record(Kind.STEP_DONE, step.name, place, changes=len(changes), **spent())
    return True


def _bug(error: Exception) -> dict[str, str]:
    return {"code": ProductFaultError.code, "message": type(error).__name__}
