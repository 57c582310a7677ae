"""A store in memory as the copier sees it, with a copier that works while somebody waits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO

from orchestrator.copier.rounds import Rounds
from orchestrator.copier.side import Current, Version
from orchestrator.recovery.kept_objects import KeptObjects
from tests.unit.recovery.instance import NAMES, World
from tests.unit.recovery.store import Store


class Side:
    """One bucket of the store."""

    def __init__(self, store: Store, bucket: str) -> None:
        self._store = store
        self._bucket = bucket

    def current(self, prefix: str = "") -> Iterator[tuple[str, Current]]:
        for one in list(self._store.versions(self._bucket, prefix)):
            if one.newest and not one.marker:
                yield one.key, Current(one.version, one.written)

    def now(self) -> datetime:
        return self._store.now()

    def versions(self, key: str) -> list[Version]:
        found = [one for one in self._store.versions(self._bucket, key) if one.key == key]
        return [Version(one.version, one.written, one.marker) for one in reversed(found)]

    def fetch(self, key: str, version: str, into: IO[bytes]) -> bool:
        content = self._store.read(self._bucket, key, version)
        into.write(content or b"")
        return content is not None

    def store(self, key: str, content: IO[bytes]) -> None:
        content.seek(0)
        self._store.put(self._bucket, key, content.read())


class CopiedWorld(World):
    """An instance whose product destroys versions; its copier works while somebody sleeps."""

    def __init__(self, scratch: Path) -> None:
        super().__init__()
        assert self.holdings
        self.holdings = replace(self.holdings, copied=True)
        self.scratch = scratch
        self.copies = True

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        if self.copies:
            self.copy()

    def copy(self) -> None:
        """One round of a copier that has just begun."""
        sides = (Side(self.store, NAMES.bucket), Side(self.store, NAMES.backup_bucket))
        Rounds(*sides, self.scratch, self.says.append).round()

    def destroy(self, key: str) -> None:
        """What the product does with a document that is deleted: nothing of it is left."""
        del self.store.buckets[NAMES.bucket][key]
        self.data.uploads.pop(key, None)

    @property
    def kept(self) -> KeptObjects:
        return KeptObjects(self.store, NAMES.backup_bucket)
