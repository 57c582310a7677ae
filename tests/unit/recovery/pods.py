"""A pod that does what it is told, or fails at it."""

from __future__ import annotations

from typing import Any

from orchestrator.errors.process import ToolFailedError


class Pod:
    """Keeps what it was asked; with a status other than 0 the command ends with it."""

    def __init__(self, command: str, status: int = 0) -> None:
        self.command = command
        self.status = status
        self.asked: list[tuple[Any, ...]] = []

    def execute(self, *given: Any) -> str:
        """Run a command."""
        self.asked.append(given)
        if self.status:
            raise ToolFailedError(self.command, status=self.status, tail=("not whole",))
        return ""
