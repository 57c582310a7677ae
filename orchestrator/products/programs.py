"""Credentials that programs are given to an instance: each their own, each with an end."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING

from orchestrator.model.program import Program
from orchestrator.model.secret import Secret

if TYPE_CHECKING:
    from orchestrator.products.toolbox import Toolbox

UNTIL = "until"


class Access(ABC):
    """How one instance gives credentials out and takes them back."""

    @abstractmethod
    def grant(self, tools: Toolbox, program: Program) -> Mapping[str, Secret]:
        """Have exactly one credential for a program, a new one; what it had opens nothing then.

        Raises NotAccepted when the product refuses.
        """

    @abstractmethod
    def opens(self, tools: Toolbox, program: Program, kept: Mapping[str, Secret]) -> bool:
        """Whether the kept credential is let in."""

    @abstractmethod
    def withdraw(self, tools: Toolbox, name: str) -> None:
        """Have no credential for a program of that name. Raises NotAccepted."""


def program_path(product: str, name: str) -> str:
    """Where the credential of a program lies, below the tenant's own mount."""
    return f"{product}/programs/{name}"
