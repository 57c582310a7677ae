"""What an image is made of, as a value whose digest names it in the cache."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from orchestrator.sandbox.toolchain.recipe import named

FORMAT = 1  # raise it when the builder itself starts to make different bytes
_LATE = ("wheels", "identity", "programs")  # without them, what was built before stays good
_UNIT = 16  # hex digits of a digest in a file name, as for the tool cache


@dataclass(frozen=True)
class Tree:
    """A folder of ours that is copied into the image, owned by root and readable by all."""

    source: Path
    target: str


@dataclass(frozen=True)
class Wheel:
    """A pure Python package that Debian does not have: one file of PyPI, known by its hash."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True)
class Program:
    """A program that is compiled here: the name of its tool's recipe, and its path in the image."""

    tool: str
    target: str


@dataclass(frozen=True)
class Process:
    """What runs when a container of the image is started."""

    entrypoint: tuple[str, ...]
    command: tuple[str, ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    directory: str = "/"
    ports: tuple[int, ...] = ()
    user: str = "1000:1000"


@dataclass(frozen=True)
class Recipe:
    """One image: Debian packages, files of ours, and how it starts.

    `account` is the name of user and group `identity`; packages that would make an account of that
    name take it over. `wheels` are unpacked where Debian's own Python packages lie. `owned` are
    folders that belong to the account, `locales` are generated (`fr_FR.UTF-8`), `links` are
    symbolic links, name and target. `prune` are shell patterns, relative to the root, of what is
    removed at the end. `programs` are compiled first, when they are not there.
    A recipe without a `base` holds its packages unpacked and nothing else.
    """

    name: str
    version: str
    packages: tuple[str, ...]
    process: Process
    account: str = ""
    trees: tuple[Tree, ...] = ()
    owned: tuple[str, ...] = ()
    prune: tuple[str, ...] = ()
    locales: tuple[str, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    base: Recipe | None = field(default=None)
    wheels: tuple[Wheel, ...] = ()
    identity: int = 1000
    programs: tuple[Program, ...] = ()

    def files(self) -> list[tuple[Path, str]]:
        """Every file of ours with its place in the image, in a stable order."""
        found = []
        for tree in self.trees:
            for path in sorted(tree.source.rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    inside = path.relative_to(tree.source).as_posix()
                    found.append((path, f"{tree.target.rstrip('/')}/{inside}"))
        return found

    @property
    def digest(self) -> str:
        """Sixteen hex digits over the recipe, its base and the bytes of its files."""
        plain = asdict(self)
        plain["trees"] = [tree.target for tree in self.trees]
        plain["base"] = self.base.digest if self.base else ""
        plain["programs"] = [(one.target, named(one.tool).digest) for one in self.programs]
        for late in _LATE:
            if getattr(self, late) == getattr(Recipe, late):
                del plain[late]
        text = json.dumps({"format": FORMAT, **plain}, sort_keys=True)
        total = hashlib.sha256(text.encode())
        for path, target in self.files():
            total.update(target.encode() + b"\0" + path.read_bytes() + b"\0")
        return total.hexdigest()[:_UNIT]
