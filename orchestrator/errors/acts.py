"""Faults of the journal of acts."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.errors.root import ExitStatus, OrchestratorError


class JournalBrokenError(OrchestratorError):
    """The journal is not as it was written."""

    code = "journal-broken"

    def __init__(self, breaks: Sequence[str]) -> None:
        places = "one place" if len(breaks) == 1 else f"{len(breaks)} places"
        super().__init__(
            f"the journal of acts is broken in {places}",
            why="its lines do not follow from each other as they were written",
            hints=(
                "keep the files as they are, and compare them with a copy of yours",
                "look at the runs themselves with `orchestrator run list`",
            ),
            details=tuple(breaks),
            context={"breaks": len(breaks)},
        )


class JournalUnwritableError(OrchestratorError):
    """The journal of acts cannot be written, so nothing may be changed."""

    code = "journal-unwritable"

    def __init__(self, folder: str, *, reason: str) -> None:
        super().__init__(
            f"the journal of acts in {folder} cannot be written",
            why=reason,
            hints=(
                "free some space, or correct the owner of the project's `.orchestrator` folder",
            ),
            context={"folder": folder, "reason": reason},
        )


class JournalUnreadableError(OrchestratorError):
    """A file of the journal of acts cannot be read."""

    code = "journal-unreadable"

    def __init__(self, file: str, *, reason: str) -> None:
        super().__init__(
            f"the journal of acts cannot be read: {file}",
            why=reason,
            hints=("correct the file's owner or mode, or name a copy that you can read",),
            context={"file": file, "reason": reason},
        )


class ActUnknownError(OrchestratorError):
    """No act of that number is in the journal."""

    code = "act-unknown"
    exit_status = ExitStatus.NOT_FOUND

    def __init__(self, number: int, *, last: int) -> None:
        super().__init__(
            f"there is no act {number} in the journal",
            why=f"the last one is {last}" if last else "nothing is recorded here yet",
            hints=("list them with `orchestrator journal list`",),
            context={"number": number, "last": last},
        )
