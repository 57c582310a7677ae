"""How one person's account is destroyed in a product, and how it is seen to be gone."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from orchestrator.products.toolbox import Toolbox


@dataclass(frozen=True)
class Account:
    """An account as its rows have it.

    mark: tells it from another one that has its number later, and stays once it is destroyed
    left: what still tells of the person, in few words each; none: the person is gone
    """

    mark: str
    left: tuple[str, ...]


class Erasing(ABC):
    """Erasing in one instance, or in a copy of it."""

    form: ClassVar[str]
    """What a person is called by, in few words."""
    workload: ClassVar[str]
    """What has to be up for it beside the instance's own services, such as `deployment/web`."""

    @abstractmethod
    def is_opaque(self, person: str) -> bool:
        """Whether that can be what an account is called by."""

    def refused(self, tools: Toolbox, person: str) -> str:
        """Why this one cannot be erased as things are; '' for everybody else."""
        del tools, person
        return ""

    @abstractmethod
    def seen(self, tools: Toolbox, people: Collection[str]) -> Mapping[str, Account]:
        """The accounts that there are, by person; asked of the rows, with the product shut."""

    @abstractmethod
    def erase(self, tools: Toolbox, people: Collection[str]) -> None:
        """Have the product destroy accounts, and what its own way leaves; safe to repeat.

        Raises NotAccepted with what the product said.
        """
