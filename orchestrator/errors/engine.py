"""Faults of runs and steps."""

from __future__ import annotations

from orchestrator.errors.root import ExitStatus, OrchestratorError


class StepDidNotHoldError(OrchestratorError):
    """A step acted, and afterwards the world was not as the step promises."""

    code = "step-did-not-hold"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, step: str, *, promise: str, run: str, seen: tuple[str, ...] = ()) -> None:
        super().__init__(
            f"step “{step}” acted, but afterwards it is not true that {promise}",
            hints=(
                f"see what it did with `orchestrator run log {run}`",
                f"go on with `orchestrator run resume {run}`",
            ),
            details=seen,
        )


class RunInterruptedError(OrchestratorError):
    """Someone asked the run to stop, and it did after the step in hand."""

    code = "run-interrupted"
    exit_status = ExitStatus.INTERRUPTED

    def __init__(self, run: str, *, after: str = "", details: tuple[str, ...] = ()) -> None:
        where = f"after step “{after}”" if after else "before its first step"
        self.stopped = f"stopped {where}"
        super().__init__(
            f"the run was {'stopped' if details else self.stopped}; nothing is half done",
            hints=(f"go on with `orchestrator run resume {run}`",),
            details=details,
        )


class RunUnknownError(OrchestratorError):
    """No run of that id is recorded."""

    code = "run-unknown"
    exit_status = ExitStatus.NOT_FOUND

    def __init__(self, run: str, *, nearest: str = "") -> None:
        hints = (f"did you mean `{nearest}`?",) if nearest else ()
        super().__init__(
            f"no run `{run}` is recorded here",
            hints=(*hints, "list them with `orchestrator run list`"),
        )


class RunFinishedError(OrchestratorError):
    """A run that is done has nothing to resume."""

    code = "run-finished"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, run: str, *, outcome: str) -> None:
        super().__init__(
            f"run {run} has nothing left to resume: it is {outcome}",
            hints=(f"see it with `orchestrator run show {run}`",),
        )


class ChangesExpectedNoneError(OrchestratorError):
    """There is something to change although none was expected."""

    code = "changes-found"
    exit_status = ExitStatus.CHANGES

    def __init__(self, subject: str, *, count: int) -> None:
        super().__init__(
            f"{count} {'change' if count == 1 else 'changes'} would be made to {subject}, "
            "none was expected",
            hints=(f"see them with `orchestrator plan {subject.partition('/')[0]}`",),
        )


class PlanMovedError(OrchestratorError):
    """A saved plan no longer matches what would be done."""

    code = "plan-moved"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, subject: str, *, saved: str, now: str) -> None:
        super().__init__(
            f"the world moved: the saved plan {saved[:6]} of {subject} would now be {now[:6]}",
            hints=(
                f"review `orchestrator plan {subject.partition('/')[0]} --plan-out FILE` again",
            ),
        )


class CancelledError(OrchestratorError):
    """The person said no."""

    code = "cancelled"
    exit_status = ExitStatus.CANCELLED

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} was not confirmed; nothing was changed")
