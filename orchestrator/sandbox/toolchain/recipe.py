"""How one tool is made: a folder with `go.mod`, `go.sum`, perhaps a `main.go`, and `recipe.toml`.

`go.sum` fixes every byte that is compiled; the digest over the folder names the result in the
cache, so that a changed recipe is a different tool.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from pathlib import Path

RECIPES = Path(__file__).parent.parent / "recipes"
_DIGITS = 16


@dataclass(frozen=True)
class OnPath:
    """How an installed tool says its version; `pattern` matches supported ones only."""

    command: tuple[str, ...]
    pattern: str


@dataclass(frozen=True)
class Recipe:
    """One tool. `minutes` is how long compiling took on two cores, for the remaining time."""

    name: str
    binary: str
    version: str
    package: str
    minutes: float
    digest: str
    folder: Path
    ldflags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    path: OnPath | None = None

    @property
    def unit(self) -> str:
        """The folder of the tool in the cache."""
        return f"{self.name}-{self.digest}"


def read(folder: Path) -> Recipe:
    """The recipe in a folder."""
    body = tomllib.loads((folder / "recipe.toml").read_text(encoding="utf-8"))
    path = body.get("path")
    return Recipe(
        name=folder.name,
        binary=body["binary"],
        version=body["version"],
        package=body["package"],
        minutes=float(body["minutes"]),
        digest=digest(folder),
        folder=folder,
        ldflags=tuple(body.get("ldflags", ())),
        links=tuple(body.get("links", ())),
        path=OnPath(tuple(path["command"]), path["pattern"]) if path else None,
    )


def named(name: str) -> Recipe:
    """The recipe of that name."""
    return read(RECIPES / name)


def read_all(recipes: Path = RECIPES) -> tuple[Recipe, ...]:
    """Every recipe, the quickest first: what is wrong with a machine shows early."""
    found = [read(path.parent) for path in sorted(recipes.glob("*/recipe.toml"))]
    return tuple(sorted(found, key=lambda recipe: recipe.minutes))


def digest(folder: Path) -> str:
    """Sixteen hex digits of SHA-256 over each file, sorted by name: name, NUL, bytes, NUL."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:_DIGITS]
