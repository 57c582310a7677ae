"""Room on the disk: how much there is, and what is said when there is none.

A full disk shows itself in many ways: a file that cannot be written, a program that fails, a part
that ends. All of them become one fault that names the folder.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors.process import ToolFailedError
from orchestrator.errors.sandbox import DiskFullError, PartNotReadyError

_MIB = 2**20
_FULL = (errno.ENOSPC, errno.EDQUOT)
_SAID = tuple(os.strerror(number).lower() for number in _FULL)


@dataclass(frozen=True)
class Room:
    """What is free where a folder lies: bytes, and files, which run out on their own."""

    mib: int
    files: int


def room(folder: Path) -> Room:
    """Measure it; a folder that is not there yet is measured where it will lie."""
    place = folder
    while not place.exists():
        place = place.parent
    found = os.statvfs(place)
    return Room(found.f_bavail * found.f_frsize // _MIB, found.f_favail)


def refuse_full(folder: Path, needed_mib: int) -> None:
    """Look before anything is written. Raises DiskFullError."""
    if room(folder).mib < needed_mib:
        raise _fault(folder, needed_mib)


@contextmanager
def full_named(folder: Path, needed_mib: int) -> Iterator[None]:
    """Turn whatever a full disk makes fail inside into DiskFullError."""
    try:
        yield
    except OSError as fault:
        if fault.errno not in _FULL:
            raise
        raise _fault(folder, needed_mib) from fault
    except (ToolFailedError, PartNotReadyError) as fault:
        said = "\n".join(fault.details).lower()
        if not any(words in said for words in _SAID):
            raise
        raise _fault(folder, needed_mib) from fault


def _fault(folder: Path, needed_mib: int) -> DiskFullError:
    free = room(folder)
    return DiskFullError(
        str(folder), needed_mib=needed_mib, free_mib=free.mib, free_files=free.files
    )
