"""Faults of getting the sandbox's tools."""

from __future__ import annotations

from orchestrator.errors.root import ExitStatus, OrchestratorError


class CompilerMissingError(OrchestratorError):
    """A tool must be compiled and there is no Go."""

    code = "compiler-missing"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, tool: str) -> None:
        super().__init__(
            f"`{tool}` must be compiled and there is no Go compiler",
            why="`go` is not on the PATH",
            hints=("install Go 1.26 or newer, then run `orchestrator sandbox up` again",),
            context={"tool": tool},
        )


class ToolNotBuiltError(OrchestratorError):
    """Compiling failed."""

    code = "tool-not-built"
    exit_status = ExitStatus.OUTSIDE
    retryable = True

    def __init__(self, tool: str, *, log: str, tail: tuple[str, ...]) -> None:
        super().__init__(
            f"`{tool}` could not be compiled",
            why=f"the whole output is in {log}",
            hints=("run `orchestrator sandbox up` again: what was compiled is kept",),
            details=tail,
            context={"tool": tool, "log": log},
        )
