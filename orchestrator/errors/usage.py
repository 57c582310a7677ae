"""Faults of how a command was given: words, flags, and nobody there to be asked."""

from __future__ import annotations

from orchestrator.errors.root import ExitStatus, OrchestratorError


class UsageFaultError(OrchestratorError):
    """The command line cannot be understood."""

    code = "usage"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, message: str, *, command: str) -> None:
        super().__init__(
            message,
            hints=(f"see what it takes with `{command} --help`",),
            context={"command": command},
        )


class ConfirmationNeededError(OrchestratorError):
    """A plan asks for a yes, and nobody is there to give it."""

    code = "confirmation-needed"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, what: str, *, flag: str) -> None:
        super().__init__(
            f"{what} needs a confirmation, and nobody is there to be asked",
            why="standard input or standard error is not a terminal, or `--no-input` or `CI` is "
            "set",
            hints=(f"confirm it beforehand with `{flag}`",),
            context={"flag": flag},
        )


class NameNeededError(OrchestratorError):
    """`--yes` was given for a plan that destroys data."""

    code = "name-needed"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, what: str, *, name: str) -> None:
        super().__init__(
            f"{what} destroys data, for which `--yes` is not enough",
            hints=(f"confirm it with `--confirm {name}`",),
            context={"name": name},
        )


class NameDiffersError(OrchestratorError):
    """The name that was given as confirmation is another one."""

    code = "name-differs"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, given: str, *, wanted: str) -> None:
        super().__init__(
            f"`{given}` is not the name of what would be changed; nothing was changed",
            hints=(f"the name is `{wanted}`",),
            context={"given": given, "wanted": wanted},
        )


class AnswerNeededError(OrchestratorError):
    """A question has no answer and nobody is there to be asked."""

    code = "answer-needed"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, flags: tuple[str, ...]) -> None:
        super().__init__(
            f"{', '.join(flags)} must be given, since nobody is there to be asked",
            hints=("give them as flags, or run the same command on a terminal",),
            context={"flags": " ".join(flags)},
        )


class CodeUnknownError(OrchestratorError):
    """No error code of that name exists."""

    code = "code-unknown"
    exit_status = ExitStatus.NOT_FOUND

    def __init__(self, code: str, *, nearest: str = "") -> None:
        hints = (f"did you mean `{nearest}`?",) if nearest else ()
        super().__init__(
            f"there is no error code `{code}`",
            hints=(*hints, "list them with `orchestrator explain --list`"),
            context={"code": code},
        )


class RunTimedOutError(OrchestratorError):
    """The time given with `--timeout` is over."""

    code = "run-timed-out"
    exit_status = ExitStatus.TIMED_OUT
    retryable = True

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"the time given with `--timeout`, {seconds:g} s, is over",
            why="what was made so far stays, and the next run goes on from there",
            hints=("give the same command again, with more time",),
            context={"seconds": seconds},
        )


class PlanUnreadableError(OrchestratorError):
    """The file given with `--plan` holds no plan."""

    code = "plan-unreadable"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, file: str, *, reason: str) -> None:
        super().__init__(
            f"{file} holds no plan that can be carried out",
            why=reason,
            hints=("write one with `orchestrator plan TENANT --plan-out FILE`",),
            context={"file": file},
        )


class FileInTheWayError(OrchestratorError):
    """A file that would be written is there already."""

    code = "file-in-the-way"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, file: str) -> None:
        super().__init__(
            f"{file} is there already and is not overwritten",
            hints=("choose another name, or remove it first",),
            context={"file": file},
        )


class FileUnwritableError(OrchestratorError):
    """A file that was asked for cannot be written."""

    code = "file-unwritable"

    def __init__(self, file: str, *, reason: str) -> None:
        super().__init__(
            f"{file} cannot be written",
            why=reason,
            context={"file": file},
        )


class ProductFaultError(OrchestratorError):
    """Something happened that this product did not foresee: its own fault, not the operator's."""

    code = "bug"
    exit_status = ExitStatus.BUG

    def __init__(self, kind: str, *, text: str) -> None:
        super().__init__(
            f"a fault of the orchestrator itself: {kind}{f': {text}' if text else ''}",
            why="this was not foreseen; what was done so far is kept, and a run can be resumed",
            hints=(
                "see where it happened with the same command and `--debug`",
                "report it with that output and the run's log",
            ),
            context={"kind": kind},
        )


class InterruptedNowError(OrchestratorError):
    """Ctrl-C outside a run, or for the second time within one."""

    code = "interrupted"
    exit_status = ExitStatus.INTERRUPTED

    def __init__(self, run: str = "") -> None:
        super().__init__(
            f"run {run} was stopped in the middle of a step" if run else "interrupted",
            hints=(f"go on with `orchestrator run resume {run}`",) if run else (),
        )
        self.run = run
