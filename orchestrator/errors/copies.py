"""Faults of copies that stand beside an instance."""

from __future__ import annotations

from orchestrator.errors.root import ExitStatus, OrchestratorError


class CopyTakenError(OrchestratorError):
    """There is a copy of that name, of another moment."""

    code = "copy-taken"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, copy: str, *, holds: str) -> None:
        instance, _, name = copy.partition("@")
        super().__init__(
            f"there is a copy {copy} already, of another moment; it was not touched",
            why=f"it holds {instance} as of {holds}",
            hints=(
                "give yours another name with `--as NAME`",
                f"or remove that one with `orchestrator copy remove {instance} {name}`",
            ),
        )


class CopyUnknownError(OrchestratorError):
    """There is no copy of that name."""

    code = "copy-unknown"
    exit_status = ExitStatus.NOT_FOUND

    def __init__(self, copy: str, *, known: tuple[str, ...]) -> None:
        super().__init__(
            f"there is no copy {copy}",
            why=f"there is {', '.join(known)}" if known else "there is none of this instance",
            hints=("see them with `orchestrator copy list`",),
        )
