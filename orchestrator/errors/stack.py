"""Faults of the infrastructure engine."""

from __future__ import annotations

from orchestrator.errors.root import ExitStatus, OrchestratorError


class StackLockedError(OrchestratorError):
    """Another engine is changing the stack, or died elsewhere while it did."""

    code = "stack-locked"
    exit_status = ExitStatus.LOCKED
    retryable = True

    def __init__(self, stack: str, *, holder: str, path: str) -> None:
        super().__init__(
            f"the state of stack {stack} is locked by {holder}",
            why=f"the lock `{path}` was not made by a process of this machine that has ended",
            hints=(
                "wait for the other to end, or ask its owner",
                "when you are sure that it is dead, remove that lock file and run this again",
            ),
        )


class StackFailedError(OrchestratorError):
    """The engine could not bring the resources to what the plan says."""

    code = "stack-failed"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, stack: str, *, reasons: tuple[str, ...], log: str) -> None:
        super().__init__(
            f"the resources of stack {stack} could not all be brought about",
            why=f"the engine's own words are in {log}",
            hints=("what was made is kept in the state; the same command goes on from there",),
            details=reasons,
        )


class EngineMissingError(OrchestratorError):
    """The Pulumi engine is not there."""

    code = "engine-missing"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, path: str) -> None:
        super().__init__(
            "the Pulumi engine was not found",
            why=f"`{path}` does not exist",
            hints=("`orchestrator sandbox up` builds it", "or put `pulumi` 3.250.0 on the PATH"),
        )
