"""Files on the volume: staged first, in their place once committed."""

from __future__ import annotations

import hashlib
import time
import uuid
from http import HTTPStatus
from pathlib import Path

from orchestrator.sandbox.standins.rudi.descriptions import is_uuid
from orchestrator.sandbox.standins.rudi.exchange import RefusedError


class Zone:
    """One folder of files by media id."""

    def __init__(self, root: Path, name: str, staging_minutes: int) -> None:
        self.name = name
        self._folder = root / name
        self._staging = self._folder / "staging"
        self._staging_s = staging_minutes * 60
        self._staging.mkdir(parents=True, exist_ok=True)

    def stage(self, body: bytes) -> str:
        """Keep bytes for a while, under a number that brings them back."""
        self._clear()
        number = str(uuid.uuid4())
        (self._staging / number).write_bytes(body)
        return number

    def commit(self, number: str, media_id: str) -> None:
        """Put staged bytes in their place. Raises RefusedError when there are none."""
        staged = self._staging / _checked(number)
        if not staged.is_file():
            raise RefusedError(HTTPStatus.NOT_FOUND, f"nothing is staged as {number}")
        staged.replace(self._folder / _checked(media_id))

    def read(self, media_id: str) -> bytes:
        """The bytes of a file. Raises RefusedError."""
        path = self._folder / _checked(media_id)
        if not path.is_file():
            raise RefusedError(HTTPStatus.NOT_FOUND, f"no media {media_id}")
        return path.read_bytes()

    def remove(self, media_id: str) -> None:
        """Remove a file. Raises RefusedError."""
        (self._folder / _checked(media_id)).unlink(missing_ok=True)

    def _clear(self) -> None:
        for path in self._staging.iterdir():
            if path.stat().st_mtime < time.time() - self._staging_s:
                path.unlink(missing_ok=True)


def md5(body: bytes) -> str:
    """The checksum that descriptions carry."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def _checked(identifier: str) -> str:
    """An identifier that may be a file name. Raises RefusedError."""
    if not is_uuid(identifier):
        raise RefusedError(HTTPStatus.BAD_REQUEST, "an identifier should be a UUID v4")
    return identifier
