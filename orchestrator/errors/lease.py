"""Faults of the lease that keeps two runs from changing one instance at once."""

from __future__ import annotations

from datetime import datetime

from orchestrator.errors.root import ExitStatus, OrchestratorError


class LeaseHeldError(OrchestratorError):
    """Another run is changing the instance."""

    code = "lease-held"
    exit_status = ExitStatus.LOCKED
    retryable = True

    def __init__(self, name: str, *, holder: str, run: str, since: datetime) -> None:
        super().__init__(
            f"{name} is being changed by {holder}",
            why=f"run {run} took the lease at {since:%Y-%m-%d %H:%M:%S} UTC and still runs",
            hints=(
                f"watch it with `orchestrator run log {run} --follow`",
                "give the same command again when it has ended",
            ),
            context={"name": name, "holder": holder, "run": run, "since": since.isoformat()},
        )


class LeaseElsewhereError(OrchestratorError):
    """A run on another machine took the lease and never gave it back."""

    code = "lease-elsewhere"
    exit_status = ExitStatus.LOCKED

    def __init__(self, name: str, *, holder: str, run: str, file: str) -> None:
        super().__init__(
            f"{name} is held by {holder}, on another machine",
            why=f"run {run} took the lease and did not give it back; from here nobody can tell "
            "whether it still runs",
            hints=(f"when you know that it has ended, remove {file}",),
            context={"name": name, "holder": holder, "run": run, "file": file},
        )


class LeaseUnknownHolderError(OrchestratorError):
    """Another process holds the lease, and the file that should name it cannot be read."""

    code = "lease-held-unknown"
    exit_status = ExitStatus.LOCKED
    retryable = True

    def __init__(self, name: str, *, file: str) -> None:
        super().__init__(
            f"{name} is being changed by another process",
            why=f"{file} is locked, and does not say by whom",
            hints=(
                f"find the process with `fuser {file}`",
                "see the runs with `orchestrator run list`",
            ),
            context={"name": name, "file": file},
        )


class LeaseUnwritableError(OrchestratorError):
    """The folder of leases cannot be written."""

    code = "lease-unwritable"
    exit_status = ExitStatus.FAILED

    def __init__(self, file: str, *, reason: str) -> None:
        super().__init__(
            f"the lease {file} cannot be written",
            why=reason,
            hints=(
                "free some space, or correct the owner of the project's `.orchestrator` folder",
            ),
            context={"file": file, "reason": reason},
        )
