"""Where the parts of a file stand: paths, lines, and the data that knows them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from orchestrator.errors.config import Fault

DEPTH_LIMIT = 32
Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Mark:
    """Where a key or an item stands, and its value as it is written."""

    line: int
    written: str = ""


@dataclass
class Tree:
    """What was read: the data, the place of each path in it, and what is wrong already."""

    data: Any = None
    marks: dict[Path, Mark] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def mark(self, path: Path) -> Mark:
        """The place of a path, or of the nearest thing that holds it."""
        while path and path not in self.marks:
            path = path[:-1]
        return self.marks.get(path, Mark(0))


def dotted(path: Path) -> str:
    """A path as people write it: `instances.decidim.login.0.issuer`."""
    return ".".join(str(part) for part in path)
