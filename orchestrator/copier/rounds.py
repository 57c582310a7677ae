"""Rounds over a bucket: what changed since the last one is copied, the oldest version first."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol

from orchestrator.copier.labels import FOLDER, GONE, Label, parsed
from orchestrator.copier.side import Current, Version

Say = Callable[[str], None]


class Source(Protocol):
    """The instance's own bucket, which is only read."""

    def current(self) -> Iterator[tuple[str, Current]]:
        """Every object that is there now."""

    def now(self) -> datetime:
        """The store's own clock, UTC."""

    def versions(self, key: str) -> list[Version]:
        """Every version of one object, the oldest first."""

    def fetch(self, key: str, version: str, into: IO[bytes]) -> bool:
        """Write a version into a file; False where it is gone by now."""


class Target(Protocol):
    """The store of its backups, to which is only added."""

    def current(self, prefix: str = "") -> Iterator[tuple[str, Current]]:
        """Every object there whose name begins so."""

    def store(self, key: str, content: IO[bytes]) -> None:
        """Write an object whole."""


class RoundFailedError(Exception):
    """Some objects could not be copied; the others were."""

    def __init__(self, made: int, failed: Sequence[tuple[str, Exception]]) -> None:
        key, fault = failed[0]
        super().__init__(
            f"{made} copied, {len(failed)} failed, of them {key}: {type(fault).__name__}: {fault}"
        )


class Rounds:
    """What was copied, known from the names of the copies; each round adds what came since.

    Killed anywhere, it begins again with what the store says: a copy is there whole or not at all.
    """

    def __init__(self, source: Source, target: Target, scratch: Path, say: Say) -> None:
        self._source = source
        self._target = target
        self._scratch = scratch
        self._say = say
        self._kept: dict[str, dict[str, Label]] = {}
        self._seen: dict[str, Current] = {}
        self._lost: set[tuple[str, str]] = set()
        for key, _ in target.current(FOLDER):
            of, label = parsed(key)
            # By name, so by time: of several that say it was gone, the last one stays.
            self._kept.setdefault(of, {})[label.version] = label

    def round(self) -> int:
        """Copy what changed since it was copied; how many copies. Raises RoundFailedError."""
        now = dict(self._source.current())
        changed = [key for key, one in now.items() if self._seen.get(key) != one]
        vanished = [key for key in self._kept if key not in now and not self._newest(key).deleted]
        made = 0
        failed: list[tuple[str, Exception]] = []
        for key in (*changed, *vanished):
            try:
                made += self._object(key, there=key in now)
            except Exception as fault:  # noqa: BLE001 - what ails one object stops no other
                failed.append((key, fault))
        self._seen = {key: one for key, one in now.items() if key not in dict(failed)}
        if failed:
            raise RoundFailedError(made, failed)
        return made

    def _object(self, key: str, *, there: bool) -> int:
        """Copy what is new of one object."""
        made = 0
        versions = self._source.versions(key)
        for one in versions:
            if one.id not in self._kept.get(key, {}) and (key, one.id) not in self._lost:
                made += self._copy(key, one)
        if not versions and not there and not self._newest(key).deleted:
            # Destroyed with all it had: nothing is left that says when. No sooner than what was
            # copied last, no later than now.
            made += self._mark(key, Version(GONE, self._source.now(), deleted=True))
        return made

    def _copy(self, key: str, version: Version) -> int:
        if version.deleted:
            return self._mark(key, version)
        with tempfile.TemporaryFile(dir=self._scratch) as content:
            if not self._source.fetch(key, version.id, content):
                self._lost.add((key, version.id))
                self._say(f"{key} {version.id} was destroyed before it was copied")
                return 0
            label = self._label(key, version)
            self._target.store(label.key(key), content)
        self._kept.setdefault(key, {})[version.id] = label
        return 1

    def _mark(self, key: str, version: Version) -> int:
        label = self._label(key, version)
        self._target.store(label.key(key), io.BytesIO())
        self._kept.setdefault(key, {})[version.id] = label
        return 1

    def _label(self, key: str, version: Version) -> Label:
        """After everything that was copied of that moment before."""
        numbers = [
            one.number for one in self._kept.get(key, {}).values() if one.written == version.written
        ]
        number = max(numbers, default=-1) + 1
        return Label(version.written, number, version.deleted, version.id)

    def _newest(self, key: str) -> Label:
        return max(self._kept[key].values())
