"""The records of what was taken away from the backups of one instance, as they lie in its store.

Each is opened before anything goes and closed when it is known what went; the closed one lies
beside the opened one, since nothing that is signed is ever written over.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property

from orchestrator.errors.backup import PointForeignError
from orchestrator.errors.signatures import (
    SignatureInvalidError,
    SignedFormUnknownError,
    SignerUnknownError,
)
from orchestrator.model.names import InstanceNames
from orchestrator.model.point import InventoryPoint
from orchestrator.model.pruning import Pruning
from orchestrator.ports import KeyRing, ObjectHistory, ObjectVersion
from orchestrator.recovery import inventory
from orchestrator.recovery.inventory import Item
from orchestrator.recovery.signed import opened, seal

FOLDER = "prunings/"
LONGEST = timedelta(hours=6)
"""No engine works for longer."""
NOT_BELIEVED = (
    SignedFormUnknownError,
    SignerUnknownError,
    SignatureInvalidError,
    PointForeignError,
)
_OPEN, _CLOSED, _LIST = ".open.json", ".json", ".jsonl.gz"


@dataclass(frozen=True)
class Explained:
    """What records say went, and when the engines wrote anew what they write anew.

    versions: (bucket, key, version) of what was taken away
    times:    between which times by the store's clock
    """

    versions: frozenset[tuple[str, str, str]] = frozenset()
    times: tuple[tuple[datetime, datetime], ...] = ()

    def covers(self, item: Item) -> bool:
        """Whether its absence is told of."""
        return (item.bucket, item.key, item.version) in self.versions


NOTHING = Explained()


class Prunings:
    """Records, each believed only with a good signature of its own tenant over its own name."""

    def __init__(self, history: ObjectHistory, keys: KeyRing, names: InstanceNames) -> None:
        self._history = history
        self._keys = keys
        self._names = names
        self._bucket = names.backup_bucket

    def open_one(self) -> Pruning | None:
        """A record that was opened and not closed, the oldest; one that is not believed is none."""
        closed = {one.id for one in self.closed()}
        for key in sorted(self._there()):
            if key.endswith(_OPEN) and _id(key) not in closed:
                try:
                    return self._read(key, _id(key))
                except NOT_BELIEVED:
                    continue
        return None

    def closed(self) -> tuple[Pruning, ...]:
        """Every closed record that is believed, the oldest first."""
        found = []
        for key in sorted(self._there()):
            if key.endswith(_CLOSED) and not key.endswith(_OPEN):
                try:
                    found.append(self._read(key, _id(key)))
                except NOT_BELIEVED:
                    continue
        return tuple(found)

    def begin(self, record: Pruning) -> None:
        """Say that something is about to go."""
        content = seal(record.document(), self._keys.sign)
        self._history.put_new(self._bucket, f"{FOLDER}{record.id}{_OPEN}", content)

    def close(self, record: Pruning, taken: Iterable[Item], at: datetime) -> Pruning:
        """Say what went by then: the list first, what binds it last."""
        items = tuple(taken)
        content = inventory.written(items)
        digest = hashlib.sha256(content).hexdigest()
        # Its name tells its content: of a try that was killed another may lie there.
        key = f"{FOLDER}{record.id}-{digest[:12]}{_LIST}"
        self._history.put_new(self._bucket, key, content)
        size = sum(one.bytes for one in items)
        whole = replace(record, closed=at, taken=InventoryPoint(key, digest, len(items), size))
        sealed = seal(whole.document(), self._keys.sign)
        self._history.put_new(self._bucket, f"{FOLDER}{record.id}{_CLOSED}", sealed)
        return whole

    def explained(self) -> Explained:
        """Everything that records tell of; a list that is not the one that was bound tells none.

        Of one that is open it is known that engines may work since then, whoever still waits.
        """
        versions: set[tuple[str, str, str]] = set()
        begun = self.open_one()
        times = [(begun.opened, begun.opened + LONGEST)] if begun else []
        for record in self.closed():
            assert record.closed is not None  # noqa: S101 - by the name it lies under
            times.append((record.opened, record.closed))
            try:
                items = self.taken(record)
            except SignedFormUnknownError:
                continue
            versions |= {(one.bucket, one.key, one.version) for one in items}
        return Explained(frozenset(versions), tuple(times))

    def taken(self, record: Pruning) -> tuple[Item, ...]:
        """What a record says went. Raises SignedFormUnknownError."""
        if record.taken is None:
            return ()
        content = self._history.read(self._bucket, record.taken.key) or b""
        return inventory.read(content, record.taken.digest, record.taken.key)

    def older(self, moment: datetime, needed: datetime | None) -> tuple[ObjectVersion, ...]:
        """Every version of records that were closed before a moment.

        needed: nothing that was closed later than this goes, since a point of then is still kept
        """
        # Stores tell times to the second, rounded down.
        until = (min(moment, needed) if needed else moment) - timedelta(seconds=1)
        every = list(self._history.versions(self._bucket, FOLDER))
        gone = {
            _id(one.key)
            for one in every
            if one.key.endswith(_CLOSED) and not one.key.endswith(_OPEN) and one.written < until
        }
        return tuple(one for one in every if _id(one.key) in gone)

    def _there(self) -> set[str]:
        found = self._history.versions(self._bucket, FOLDER)
        return {one.key for one in found if one.newest and not one.marker}

    def _read(self, key: str, id_: str) -> Pruning:
        content = self._history.read(self._bucket, key) or b""
        document = opened(content, self._public_keys, name=key)
        try:
            record = Pruning.read(document)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            reason = "it is signed, but it is no record of a form that is known"
            raise SignedFormUnknownError(key, reason=reason) from error
        if record.instance != self._names.instance:
            raise PointForeignError(id_, of=record.instance, wanted=self._names.instance)
        if record.id != id_ or (record.closed is None) != key.endswith(_OPEN):
            reason = f"it is the record {record.id} under another name"
            raise SignedFormUnknownError(key, reason=reason)
        return record

    @cached_property
    def _public_keys(self) -> Mapping[str, str]:
        return self._keys.public_keys()


def _id(key: str) -> str:
    """The record that an object is of; a list has a part of its digest in its name."""
    name = key.removeprefix(FOLDER).partition(".")[0]
    return "-".join(name.split("-")[:2])
