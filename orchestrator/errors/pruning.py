"""Faults of taking away what is kept longer than promised."""

from __future__ import annotations

from orchestrator.errors.root import ExitStatus, OrchestratorError


class NotExpiredError(OrchestratorError):
    """A backup engine ended before it had taken away what it was told to."""

    code = "not-expired"
    exit_status = ExitStatus.OUTSIDE
    retryable = True

    def __init__(self, where: str, *, asked: str, status: int, said: tuple[str, ...]) -> None:
        super().__init__(
            f"the backup engine in {where} did not take away what is old",
            why=f"it ended with status {status}; what it had taken by then is told by the next run",
            details=said,
            hints=(
                "run the same command again: it goes on where this one ended",
                f"see what its pod says with `kubectl logs -n {where} {asked}`",
            ),
        )


class PruningUnsafeError(OrchestratorError):
    """What must stay is not known, so nothing may go."""

    code = "pruning-unsafe"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, instance: str, *, reason: str, details: tuple[str, ...] = ()) -> None:
        super().__init__(
            f"nothing of the backups of {instance} was taken away",
            why=reason,
            details=details,
            hints=(
                f"see how its recovery points are with `orchestrator backup list {instance}`",
                "then run the same command again; until then everything stays",
            ),
        )
