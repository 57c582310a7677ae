"""Faults of foreign programs: absent, failed, too slow."""

from __future__ import annotations

from orchestrator.errors.root import ExitStatus, OrchestratorError


class ToolMissingError(OrchestratorError):
    """A program that is needed is not on this machine."""

    code = "tool-missing"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, program: str, *, hint: str = "") -> None:
        super().__init__(
            f"the program `{program}` was not found",
            why="it is neither on the PATH nor in the tool cache",
            hints=(hint,) if hint else ("see what is missing with `orchestrator doctor`",),
            context={"program": program},
        )


class ToolFailedError(OrchestratorError):
    """A program ended with a status that says it failed."""

    code = "tool-failed"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, command: str, *, status: int, tail: tuple[str, ...] = ()) -> None:
        super().__init__(
            f"`{command.split(' ', 1)[0]}` failed with status {status}",
            why=f"the command was `{command}`",
            details=tail,
            context={"command": command, "status": status},
        )
        self.status = status


class ToolTimedOutError(OrchestratorError):
    """A program did not end in time and was stopped."""

    code = "tool-timed-out"
    exit_status = ExitStatus.TIMED_OUT
    retryable = True

    def __init__(self, command: str, *, seconds: float, tail: tuple[str, ...] = ()) -> None:
        super().__init__(
            f"`{command.split(' ', 1)[0]}` did not end within {seconds:g} s and was stopped",
            why=f"the command was `{command}`",
            details=tail,
            context={"command": command, "seconds": seconds},
        )
