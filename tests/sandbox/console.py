"""Console blocks of a page, carried out: what follows a command is what it must say.

In a block, a line that begins with `$ ` is a command, and the lines after it its output. `…` stands
for any text within a line, a line of `…` alone for any number of lines. Between blocks, a comment
`<!-- file: PATH -->` puts that file of the repository into the project.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(r"^```console\n(.*?)^```$|^<!-- file: (\S+) -->$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Command:
    """One command of a page, and what it says."""

    line: str
    says: str


@dataclass(frozen=True)
class Copy:
    """A file that the reader completes meanwhile."""

    path: Path


def steps(page: str) -> Iterator[Command | Copy]:
    """What a reader of the page does, in order."""
    for block, path in _BLOCK.findall(page):
        if path:
            yield Copy(Path(path))
        for piece in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, _, says = piece.partition("\n")
            yield Command(line, says)


def agrees(says: str, said: str) -> bool:
    """Whether the output is the one that the page promises; the width of gaps does not count."""
    pattern = ""
    for line in says.splitlines():
        if line.strip() == "…":
            pattern += r"(?:.*\n)*?"
        else:
            words = re.escape(_narrow(line)).replace("…", r".*?")
            pattern += rf"{words}\n"
    text = "".join(f"{_narrow(line)}\n" for line in said.splitlines())
    return re.fullmatch(pattern, text) is not None


def _narrow(line: str) -> str:
    return re.sub(r"\s+", " ", line.rstrip())
