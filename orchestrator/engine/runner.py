"""Carry out steps in order, journalling each, so that a killed run goes on where it stopped.

Looking again instead of trusting the journal is what makes a second run, and a run after a crash,
the same code path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Ended:
    """What is recorded of a run that does not end well: its outcome, and how its instances stand.

    `instances` is empty for a run of one.
    """

    outcome: Outcome
    instances: Mapping[str, str]


def carry_out(
    steps: Sequence[Step], journal: Journal, clock: Clock, stop: StopRequest, waited: Waited = dict
) -> int:
    """Run each step that still has something to change; how many had.

    Raises StepDidNotHoldError when a step acted without effect, RunInterruptedError when a stop
    was asked for, and whatever a step raises, with the place in the run added.
    """
    with closing(journal, clock, lambda: Ended(Outcome.FAILED, {})) as spent:
        acted = walk(steps, journal, clock, stop, waited)
    journal.finish(Outcome.DONE if acted else Outcome.ALREADY_SO, seconds=spent())
    return acted


@contextmanager
def closing(
    journal: Journal, clock: Clock, failed: Callable[[], Ended]
) -> Iterator[Callable[[], float]]:
    """Close the journal when a fault or an interruption ends the block, and let that go on.

    `failed` is asked how the run then stands; after an interruption its outcome does not count.
    The block is given what tells the seconds since it began.
    """
    started = clock.monotonic()

    def spent() -> float:
        return round(clock.monotonic() - started, 3)

    def close(outcome: Outcome | None, fault: Mapping[str, str]) -> None:
        ended = failed()
        more = {"instances": ended.instances} if ended.instances else {}
        journal.finish(outcome or ended.outcome, **fault, seconds=spent(), **more)

    try:
        yield spent
    except (RunInterruptedError, KeyboardInterrupt):
        close(Outcome.INTERRUPTED, {})
        raise
    except OrchestratorError as error:
        close(None, {"code": error.code, "message": error.message})
        raise
    except Exception as error:
        # A fault of ours ends a run as others do; its text may hold anything, its kind does not.
        close(None, _bug(error))
        raise


def walk(
    steps: Sequence[Step],
    journal: Journal,
    clock: Clock,
    stop: StopRequest,
    waited: Waited = dict,
    instance: str = "",
) -> int:
    """Run the steps of one instance, leaving the journal open; raises as `carry_out` does.

    `instance` is named in each event, and is empty when the run has no other.
    """
    acted = 0
    last = ""
    for number, step in enumerate(steps, start=1):
        if stop.requested:
            raise RunInterruptedError(journal.run.id, after=last)
        acted += _one(step, (number, len(steps)), journal, clock, waited, instance)
        last = step.name
    return acted


def _one(
    step: Step,
    place: tuple[int, int],
    journal: Journal,
    clock: Clock,
    waited: Waited,
    instance: str,
) -> bool:
    started = clock.monotonic()

    def record(kind: Kind, **data: str | float | Mapping[str, float]) -> None:
        journal.record(kind, step.name, place, instance=instance, **data)

    def spent() -> dict[str, float | Mapping[str, float]]:
        return {"seconds": round(clock.monotonic() - started, 3), WAITED: waited()}

    record(Kind.STEP_STARTED)
    try:
        changes = step.look()
        if not changes:
            record(Kind.STEP_ALREADY_SO, **spent())
            return False
        step.act(lambda text: record(Kind.STEP_SAID, text=text))
        if not step.holds():
            raise StepDidNotHoldError(step.name, promise=step.promise, run=journal.run.id)
    except OrchestratorError as error:
        verb = f"{journal.run.verb} {instance}".rstrip()
        error.at(
            f"{verb}, step {place[0]}/{place[1]} “{step.name}”, run {journal.run.id}",
            run=journal.run.id,
        )
        record(Kind.STEP_FAILED, code=error.code, message=error.message, **spent())
        raise
    except Exception as error:
        record(Kind.STEP_FAILED, **_bug(error), **spent())
        raise
    record(Kind.STEP_DONE, changes=len(changes), **spent())
    return True


def _bug(error: Exception) -> dict[str, str]:
    return {"code": ProductFaultError.code, "message": type(error).__name__}
