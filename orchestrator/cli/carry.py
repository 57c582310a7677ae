"""Plan, show, ask, carry out, close: what every changing command has in common."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Protocol

from orchestrator.cli.options import Mutation
from orchestrator.cli.session import Session
from orchestrator.errors.engine import ChangesExpectedNoneError, PlanMovedError
from orchestrator.errors.usage import (
    FileUnwritableError,
    InterruptedNowError,
    PlanUnreadableError,
    RunTimedOutError,
)

if TYPE_CHECKING:
    from orchestrator.engine.events import Event, Listener
    from orchestrator.engine.stop import StopRequest
    from orchestrator.model.change import Plan
    from orchestrator.model.report import RunReport


class Undertaking(Protocol):
    """What the wiring offers for a verb; see `orchestrator.wiring`."""

    def refuse_if_held(self) -> None:
        """Raises LeaseHeldError at once when another run changes the instance."""

    def plan(self, *, offline: bool = False) -> Plan:
        """Look at everything."""

    def carry_out(self, plan: Plan, stop: StopRequest, resume: str | None = None) -> RunReport:
        """Take the lease and run the steps."""


class Witness:
    """Passes events on and remembers which run they are about."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.run = ""

    def __call__(self, event: Event) -> None:
        """Take one event."""
        self.run = str((event.data or {}).get("run", self.run))
        self._listener(event)


def show_plan(session: Session, plan: Plan, *, fields: bool) -> None:
    """Show a plan as the result of the command."""
    if session.json:
        from orchestrator.engine.journal import plan_document

        session.console.document(plan_document(plan))
    else:
        from orchestrator.ui import plan_view

        session.console.result(plan_view.view(plan, fields=fields))


def write_plan(plan: Plan, file: Path) -> None:
    """Write the plan for review. Raises FileUnwritableError."""
    from orchestrator.engine.journal import plan_document

    text = json.dumps(plan_document(plan), indent=2, ensure_ascii=False)
    try:
        file.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise FileUnwritableError(str(file), reason=error.strerror or str(error)) from error


def refuse_moved(plan: Plan, file: Path) -> None:
    """Compare a plan with a saved one. Raises PlanUnreadableError, PlanMovedError."""
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
        saved = str(body["digest"])
    except OSError as error:
        raise PlanUnreadableError(str(file), reason=error.strerror or str(error)) from error
    except (ValueError, KeyError, TypeError) as error:
        reason = "it is not a document of the format orchestrator/plan/v1"
        raise PlanUnreadableError(str(file), reason=reason) from error
    if saved != plan.digest:
        raise PlanMovedError(plan.subject, saved=saved, now=plan.digest)


def refuse_changes(plan: Plan) -> None:
    """Raises ChangesExpectedNoneError when there is something to change."""
    if plan.changes:
        raise ChangesExpectedNoneError(plan.subject, count=len(plan.changes))


def carry_out(
    session: Session,
    undertaking: Undertaking,
    mutation: Mutation,
    witness: Witness,
    resume: str | None = None,
) -> None:
    """The whole way of a changing command, from the look to the last line."""
    from orchestrator.ui import ask, closing, plan_view

    undertaking.refuse_if_held()
    plan = undertaking.plan()
    if mutation.plan_out:
        write_plan(plan, mutation.plan_out)
    if mutation.dry_run:
        show_plan(session, plan, fields=False)
    if mutation.expect_no_changes:
        refuse_changes(plan)
    if mutation.plan_in:
        refuse_moved(plan, mutation.plan_in)
    if mutation.dry_run:
        return
    console = session.console
    console.say(plan_view.view(plan))
    console.say("")
    ask.confirm(
        console,
        f"{plan.verb} {plan.subject}",
        risk=plan.risk,
        name=plan.subject.partition("/")[0],
        consent=ask.Consent(yes=mutation.yes, name=mutation.confirm),
    )
    closing.show(console, _run(session, undertaking, plan, mutation, witness, resume))


def _run(
    session: Session,
    undertaking: Undertaking,
    plan: Plan,
    mutation: Mutation,
    witness: Witness,
    resume: str | None,
) -> RunReport:
    from orchestrator.engine.stop import StopRequest

    stop = StopRequest(session.console.insist)
    try:
        with stop.listening(), _within(mutation.timeout_s, stop):
            return undertaking.carry_out(plan, stop, resume)
    except KeyboardInterrupt as error:
        raise InterruptedNowError(witness.run) from error


@contextmanager
def _within(seconds: float, stop: StopRequest) -> Iterator[None]:
    if not seconds:
        yield
        return

    def over(_number: int, _frame: FrameType | None) -> None:
        stop.requested = True  # should a library swallow the fault, the run ends after the step
        raise RunTimedOutError(seconds)

    before = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
