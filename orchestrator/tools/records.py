"""A folder of records: each a whole file, written once and never changed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

LARGEST = 1 << 20
"""Bytes of the largest file that is read; a record has a few thousand."""
_SCRATCH = ".new-"


class Records:
    """The files of one folder, which need not be there yet."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, name: str, content: bytes) -> bool:
        """Write a file that is not there yet, whole and on the disk before it bears its name.

        False, and nothing written, when there is one of that name.
        Raises ValueError for a name that leads out of the folder or is hidden, OSError when the
        disk refuses.
        """
        if not name or name.startswith(".") or Path(name).name != name:
            message = f"`{name}` is no name of a record"
            raise ValueError(message)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, scratch = tempfile.mkstemp(prefix=_SCRATCH, dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # A link is refused where there is a file, so that two who write do not overwrite.
            os.link(scratch, self._folder / name)
        except FileExistsError:
            return False
        finally:
            Path(scratch).unlink(missing_ok=True)
        self._settle()
        return True

    def all(self) -> Iterator[tuple[str, bytes]]:
        """Name and content of every file, by name; none when there is no folder.

        Folders, links, hidden files and files too large for a record are passed over, and so is
        what goes away meanwhile. Raises OSError for what may not be read.
        """
        try:
            names = sorted(entry.name for entry in os.scandir(self._folder))
        except FileNotFoundError:
            return
        for name in names:
            path = self._folder / name
            if name.startswith(".") or path.is_symlink() or not path.is_file():
                continue
            try:
                with path.open("rb") as file:
                    content = file.read(LARGEST + 1)
            except FileNotFoundError:
                continue
            if len(content) <= LARGEST:
                yield name, content

    def _settle(self) -> None:
        """Bring the folder's own list of names to the disk."""
        handle = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
