"""How a dump lies in its folder."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

TOLD = "dumped.json"
"""How many documents each collection has, written last: without it there is no dump."""
_SHORTEST = 5
_LARGEST = 16 * 2**20 + 16 * 2**10  # of a document, with what the server adds to it


class BrokenDumpError(Exception):
    """A dump that is not whole, or none."""


def told(folder: Path) -> dict[str, int]:
    """Documents by `database.collection`. Raises BrokenDumpError."""
    try:
        found = json.loads((folder / TOLD).read_text(encoding="utf-8"))["collections"]
        return {str(name): int(count) for name, count in found.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as fault:
        message = f"{folder / TOLD}: {fault}"
        raise BrokenDumpError(message) from fault


def tell(folder: Path, counts: Mapping[str, int]) -> None:
    """Write that, once everything else is on disk."""
    fresh = folder / f"{TOLD}.new"
    with fresh.open("w", encoding="utf-8") as file:
        json.dump({"collections": dict(sorted(counts.items()))}, file)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(folder / TOLD)


def documents(path: Path) -> Iterator[bytes]:
    """Every document of a file, as it is. Raises BrokenDumpError for one that is cut off."""
    with path.open("rb") as file:
        while head := file.read(4):
            size = int.from_bytes(head, "little", signed=True)
            rest = file.read(size - 4) if _SHORTEST <= size <= _LARGEST else b""
            if len(rest) != size - 4 or rest[-1:] != b"\0":
                message = f"{path.name} is cut off, or holds something else"
                raise BrokenDumpError(message)
            yield head + rest


def content(folder: Path, name: str) -> Path:
    """The file of a collection's documents; `name` with its database."""
    database, _, collection = name.partition(".")
    return folder / database / f"{escaped(collection)}.bson"


def metadata(folder: Path, name: str) -> Path:
    """The file of its options and indexes."""
    return content(folder, name).with_suffix(".metadata.json")


def escaped(collection: str) -> str:
    """A collection's name as a file's, in the way of `mongodump`."""
    return "".join(
        letter if letter.isascii() and (letter.isalnum() or letter in "-_.") else _percent(letter)
        for letter in collection
    )


def _percent(letter: str) -> str:
    return "".join(f"%{byte:02X}" for byte in letter.encode())
