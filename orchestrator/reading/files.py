"""One file of a kind to its model: read quickly, and in full as soon as anything is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path as File
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from orchestrator.errors.config import Fault, FileFaultsError
from orchestrator.reading import quick, text, words
from orchestrator.reading.places import DEPTH_LIMIT, Path, Tree, dotted
from orchestrator.settings import Settings

Model = TypeVar("Model", bound=BaseModel)


def shown(settings: Settings, path: File) -> str:
    """A file as people see it: from the project's root where it lies within."""
    return str(path.relative_to(settings.root)) if path.is_relative_to(settings.root) else str(path)


@dataclass
class Source:
    """A file that was read: its data, the faults of its text, and where its parts stand."""

    path: File
    name: str
    data: Any = None
    faults: list[Fault] = field(default_factory=list)
    text: str = ""

    @cached_property
    def tree(self) -> Tree:
        """The same file with the place of everything; made when there is a fault to place."""
        from orchestrator.reading import tree

        return tree.read(self.text, self.name)

    def fault(self, path: Path, message: str, nearest: str = "") -> Fault:
        """A fault at a path of this file."""
        return Fault(self.name, self.tree.mark(path).line, dotted(path), message, nearest)

    def holds(self, path: Path) -> bool:
        """Whether this file itself says something at that path."""
        return path in self.tree.marks


def source(path: File, name: str) -> Source:
    """Read a file; `faults` says what is wrong with its text, whatever it is about."""
    body, faults = text.read(path, name)
    return Source(path, name, faults=list(faults)) if faults else source_of(path, name, body)


def source_of(path: File, name: str, body: str) -> Source:
    """The same of a text that is at hand."""
    found = Source(path, name, text=body)
    found.data = quick.read(body, depth=DEPTH_LIMIT)
    if found.data is None:
        found.data = found.tree.data
        found.faults += found.tree.faults
    if not found.faults and not isinstance(found.data, Mapping):
        found.faults.append(Fault(name, 1, "", "must be keys with values"))
    return found


def validated(model: type[Model], found: Source, fault: type[FileFaultsError]) -> Model:
    """The file as a model. Raises the given error with every fault of the file."""
    faults = list(found.faults)
    if isinstance(found.data, Mapping):
        try:
            value = model.model_validate(found.data)
        except ValidationError as error:
            faults = without_repeats(faults, placed(model, found.data, error, found.fault))
        else:
            if not faults:
                return value
    raise fault(faults)


def without_repeats(first: list[Fault], then: list[Fault]) -> list[Fault]:
    """What the reader said of a place is enough: the model would say it again in other words."""
    places = {(one.line, one.key) for one in first}
    return first + [one for one in then if (one.line, one.key) not in places]


def placed(
    model: type[BaseModel],
    data: Any,
    error: ValidationError,
    place: Callable[[Path, str, str], Fault],
) -> list[Fault]:
    """The validation's faults, each put where the reader says."""
    return [place(*one) for one in words.findings(model, data, error)]
