"""Files, with dumps and copies of the databases beside them, and their engine, restic.

Asked inside the pod that keeps them; a snapshot holds all of it or is none.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orchestrator.errors.backup import RepositoryUnreadableError, SnapshotNotMadeError
from orchestrator.errors.process import ToolFailedError
from orchestrator.errors.pruning import NotExpiredError
from orchestrator.model.point import read_time
from orchestrator.model.secret import Secret
from orchestrator.ports import Clock, Cluster

KEEPER = "deployment/keeper"
ENGINE = "restic"
SNAPSHOT_S = 6 * 3600.0
_ASK_S = 300.0
_TRIES = 3
_AGAIN_S = 20.0
_LATER = frozenset({74, 75, 76, 77})
"""What the pod ends with when store, database or secrets server were away for longer than it waits,
or somebody else was at it."""


@dataclass(frozen=True)
class Snapshot:
    """One snapshot as the repository tells of it.

    name:     what it was asked for as: that of a recovery point, or `every-…` by its time
    snapshot: the engine's own name, whole
    as_of:    UTC by the pod's clock, to the second; nothing in its databases is younger
    """

    name: str
    snapshot: str
    as_of: datetime


@dataclass(frozen=True)
class Taken:
    """What a snapshot holds, as its maker counted.

    began:     when the first dump was begun; nothing older is missing
    ended:     when the last file was in the store
    files:     files in it, `bytes` their size
    documents: of each collection, `database.collection`
    rows:      of each table of accounts, `file.table`
    """

    snapshot: Snapshot
    began: datetime
    ended: datetime
    files: int
    bytes: int
    documents: Mapping[str, int]
    rows: Mapping[str, int]

    @property
    def counts(self) -> Mapping[str, int]:
        """All of them by name."""
        return {**self.documents, **self.rows}


class FilesEngine:
    """The files of one instance."""

    def __init__(self, cluster: Cluster, clock: Clock, namespace: str) -> None:
        self._cluster = cluster
        self._clock = clock
        self._namespace = namespace

    def snapshot(self, name: str, say: Callable[[str], None]) -> Taken:
        """Take one, after whatever is being taken. Raises SnapshotNotMadeError.

        What is only away is waited for. What a try that failed has sent is used by the next.
        """
        say("taking a snapshot of files and databases")
        for left in range(_TRIES - 1, -1, -1):
            try:
                said = self._run(["keeper-snapshot", name], SNAPSHOT_S)
            except ToolFailedError as error:
                if left and error.status in _LATER:
                    self._clock.sleep(_AGAIN_S)
                    continue
                raise SnapshotNotMadeError(
                    self._namespace, status=error.status, said=error.details
                ) from error
            return read_taken(said, self._namespace)
        raise AssertionError  # the last try returns or raises

    def listed(self) -> tuple[Snapshot, ...]:
        """Every snapshot, the oldest first. Raises RepositoryUnreadableError.

        Of several with one name the last counts: the others were made again, for files that went
        away while they were read.
        """
        return read_snapshots(self._told(), self._namespace)

    def every(self) -> tuple[Snapshot, ...]:
        """The same with those that were made again. Raises RepositoryUnreadableError."""
        return read_every(self._told(), self._namespace)

    def forget(self, snapshots: Iterable[str], key: Secret, say: Callable[[str], None]) -> None:
        """Have the engine forget snapshots, and take away what no other needs.

        What is in use is not written anew; that the others are whole is looked at afterwards.

        snapshots: by the engine's own names
        key:       of the store, for this alone: access key and secret, a line each

        Raises NotExpiredError.
        """
        names = tuple(snapshots)
        say(f"taking {len(names)} snapshots away, and what only they needed")
        given = Secret(key.reveal() + "".join(f"{one}\n" for one in names))
        try:
            self._run(["keeper-prune"], SNAPSHOT_S, given)
        except ToolFailedError as error:
            raise NotExpiredError(
                self._namespace, asked=KEEPER, status=error.status, said=error.details
            ) from error

    def newest_before(self, moment: datetime) -> Snapshot | None:
        """The newest snapshot that holds nothing younger than a moment."""
        return before(self.listed(), moment)

    def _told(self) -> str:
        try:
            return self._run(["keeper-restic", "--no-lock", "--json", "snapshots"])
        except ToolFailedError as error:
            reason = error.details[-1] if error.details else f"status {error.status}"
            raise self._unreadable(reason) from error

    def _run(
        self, command: list[str], timeout_s: float = _ASK_S, given: Secret | None = None
    ) -> str:
        return self._cluster.execute(self._namespace, KEEPER, command, given, timeout_s)

    def _unreadable(self, said: str) -> RepositoryUnreadableError:
        return RepositoryUnreadableError(self._namespace, said=said, asked=KEEPER)


def before(snapshots: Iterable[Snapshot], moment: datetime) -> Snapshot | None:
    """The newest of them that holds nothing younger than a moment."""
    old = [one for one in snapshots if one.as_of <= moment]
    return max(old, key=lambda one: one.as_of, default=None)


def read_taken(said: str, where: str) -> Taken:
    """What the pod said of a snapshot it took. Raises RepositoryUnreadableError."""
    try:
        told: Mapping[str, Any] = json.loads(said.strip().split("\n")[-1])
        return Taken(
            Snapshot(str(told["id"]), str(told["snapshot"]), read_time(told["as_of"])),
            _time(told["began"]),
            _time(told["ended"]),
            int(told["files"]),
            int(told["bytes"]),
            _counts(told["collections"]),
            _counts(told["rows"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RepositoryUnreadableError(where, said=said[:200], asked=KEEPER) from error


def read_snapshots(said: str, where: str) -> tuple[Snapshot, ...]:
    """What `restic snapshots` told, of each name the last. Raises RepositoryUnreadableError."""
    by_name = {one.name: one for one in read_every(said, where)}
    return tuple(sorted(by_name.values(), key=lambda one: one.as_of))


def read_every(said: str, where: str) -> tuple[Snapshot, ...]:
    """What `restic snapshots` told, the oldest first. Raises RepositoryUnreadableError."""
    try:
        found = [
            Snapshot(str((one.get("tags") or [""])[0]), str(one["id"]), _time(one["time"]))
            for one in json.loads(said) or ()
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RepositoryUnreadableError(where, said=said[:200], asked=KEEPER) from error
    return tuple(sorted(found, key=lambda one: one.as_of))


def _counts(told: Mapping[str, Any]) -> dict[str, int]:
    return {str(name): int(count) for name, count in told.items()}


def _time(text: str) -> datetime:
    """A moment, of which parts of a second may have nine digits."""
    whole, dot, rest = text.partition(".")
    if not dot:
        return read_time(text)
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    return read_time(f"{whole}.{digits[:6].ljust(6, '0')}{rest[len(digits) :]}")
