"""What lies in the stores of an instance, is read by nobody any more, and has had its time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from orchestrator.copier.labels import FOLDER as COPIES
from orchestrator.copier.labels import parsed
from orchestrator.errors.pruning import PruningUnsafeError
from orchestrator.errors.signatures import SignedFormUnknownError
from orchestrator.model.names import InstanceNames
from orchestrator.model.point import RecoveryPoint
from orchestrator.ports import ObjectHistory, ObjectStore, ObjectVersion
from orchestrator.recovery import inventory
from orchestrator.recovery.inventory import Item
from orchestrator.recovery.kept_objects import KeptObjects
from orchestrator.recovery.points import FOLDER as POINTS
from orchestrator.recovery.postgresql import Repository
from orchestrator.recovery.pruning import Name, going, passed

ENGINES = (inventory.REPOSITORY, inventory.FILES)
PREFIXES = (*ENGINES, POINTS, inventory.FOLDER)

Say = Callable[[str], None]
Versions = frozenset[tuple[str, str, str]]
"""Bucket, key and version."""


@dataclass(frozen=True)
class Leftover:
    """What may be destroyed in one bucket.

    versions: in the order in which it goes, the marks last
    count:    how many of them hold something; `bytes` their size
    locked:   what would go as well, and when its lock ends, UTC
    """

    bucket: str
    versions: tuple[Name, ...] = ()
    count: int = 0
    bytes: int = 0
    locked: Mapping[Name, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class Needed:
    """What the points name that stay.

    versions: all of it
    by_log:   the part of it in the database's repository: keys that no engine may take away
    """

    versions: Versions
    by_log: frozenset[str]


@dataclass(frozen=True)
class Judged:
    """By what is judged what may go.

    since:   beginning of the time that is promised
    needed:  what points name that stay
    taken:   what was taken away as expired, by records that are believed
    records: versions of records that nobody asks for any more
    """

    since: datetime
    needed: Versions
    taken: Versions = frozenset()
    records: tuple[ObjectVersion, ...] = ()


def needed(
    history: ObjectHistory,
    names: InstanceNames,
    points: Iterable[RecoveryPoint],
    repository: Repository | None,
) -> Needed:
    """What these points need. Raises PruningUnsafeError when one does not tell."""
    versions: set[tuple[str, str, str]] = set()
    by_log: set[str] = set()
    for point in points:
        try:
            items = listed(history, point, names.backup_bucket)
        except SignedFormUnknownError as error:
            reason = f"what its recovery point {point.id} needs cannot be read"
            raise PruningUnsafeError(names.instance, reason=reason, details=(error.why,)) from error
        items = of_point(items, point, repository)
        versions |= {(one.bucket, one.key, one.version) for one in items}
        by_log |= {one.key for one in items if one.key.startswith(inventory.REPOSITORY)}
    return Needed(frozenset(versions), frozenset(by_log))


def listed(history: ObjectHistory, point: RecoveryPoint, bucket: str) -> tuple[Item, ...]:
    """The list of a point. Raises SignedFormUnknownError."""
    content = history.read(bucket, point.inventory.key) or b""
    return inventory.read(content, point.inventory.digest, point.inventory.key)


def of_point(
    items: Iterable[Item], point: RecoveryPoint, repository: Repository | None
) -> tuple[Item, ...]:
    """Of a list that names other bases as well, what the point hangs on, where that is known."""
    return inventory.needed(items, chain_of(point, repository))


def chain_of(point: RecoveryPoint, repository: Repository | None) -> inventory.Chain | None:
    """What the base hangs on that a point is reached from, where the engine tells."""
    if repository is None or point.database is None:
        return None
    return repository.chain(point.database.base)


class Leftovers:
    """Looks through the buckets of one instance; changes nothing."""

    def __init__(
        self, history: ObjectHistory, objects: ObjectStore, names: InstanceNames, *, copied: bool
    ) -> None:
        self._history = history
        self._objects = objects
        self._names = names
        self._copied = copied

    def uploads(self, judged: Judged, say: Say) -> Leftover:
        """In the instance's own bucket; where the product destroys versions itself, of copies."""
        if self._copied:
            return self._copies(judged, say)
        bucket = self._names.bucket
        if self._objects.bucket(bucket) is None:
            return Leftover(bucket)
        return self._left(bucket, self._history.versions(bucket), judged, say)

    def backups(self, judged: Judged, say: Say) -> Leftover:
        """In the bucket of its backups: of the engines, of points, and old records."""
        bucket = self._names.backup_bucket
        versions = (one for part in PREFIXES for one in self._history.versions(bucket, part))
        found = self._left(bucket, versions, judged, say)
        records = {(one.key, one.version): one for one in judged.records}
        locked = self._history.locked(bucket, records, say)
        free = [one for name, one in records.items() if name not in locked]
        return _leftover(bucket, free, {**found.locked, **locked}, found)

    def hidden_since(self, moment: datetime, but: Collection[str]) -> tuple[Item, ...]:
        """What was taken away of the backups since then and is still there, below its mark.

        but: keys whose absence nobody may explain
        """
        bucket = self._names.backup_bucket
        found = []
        for part in PREFIXES:
            hidden = ""
            for one in self._history.versions(bucket, part):
                if one.newest:
                    hidden = one.key if one.marker and one.written >= moment else ""
                elif one.key == hidden and not one.marker:
                    hidden = ""
                    if one.key not in but:
                        found.append(Item(bucket, one.key, one.version, one.size, one.etag))
        return tuple(found)

    def _left(
        self, bucket: str, versions: Iterable[ObjectVersion], judged: Judged, say: Say
    ) -> Leftover:
        taken, staying = _of(bucket, judged.taken), _of(bucket, judged.needed)
        histories = list(passed(versions, judged.since, taken))
        wanted = going(histories, judged.since, taken, staying)
        asked = [(one.key, one.version) for one in wanted if not one.marker]
        locked = self._history.locked(bucket, asked, say) if asked else {}
        if locked:
            wanted = going(histories, judged.since, taken, staying | set(locked))
        return _leftover(bucket, wanted, locked)

    def _copies(self, judged: Judged, say: Say) -> Leftover:
        """Each copy is an object of its own, of which there may be several versions.

        What the product keeps itself stays: the copier would bring it again.
        """
        bucket, own = self._names.backup_bucket, self._names.bucket
        kept = KeptObjects(self._history, bucket)
        histories = list(passed(kept.versions(), judged.since, frozenset()))
        if not histories:
            return Leftover(bucket)
        there = self._objects.bucket(own) is not None
        lying = self._history.versions(own) if there else ()
        with_product = {(one.key, one.version) for one in lying}
        needed = _of(bucket, judged.needed)
        every: dict[str, list[ObjectVersion]] = {}
        for one in self._history.versions(bucket, COPIES):
            every.setdefault(one.key, []).append(one)

        def holds(one: ObjectVersion) -> bool:
            copy = kept.item(one.key, one.version)
            of, label = parsed(copy.key)
            return (copy.key, copy.version) in needed or (of, label.version) in with_product

        staying = {(one.key, one.version) for each in histories for one in each if holds(one)}

        def copies(names: Iterable[ObjectVersion]) -> list[ObjectVersion]:
            return [each for one in names for each in every[kept.item(one.key, one.version).key]]

        wanted = going(histories, judged.since, frozenset(), staying)
        asked = [(one.key, one.version) for one in copies(wanted) if not one.marker]
        locked = self._history.locked(bucket, asked, say) if asked else {}
        if locked:
            held = {key for key, _ in locked}
            staying |= {
                (one.key, one.version)
                for one in wanted
                if kept.item(one.key, one.version).key in held
            }
            wanted = going(histories, judged.since, frozenset(), staying)
        return _leftover(bucket, copies(wanted), locked)


def _of(bucket: str, versions: Versions) -> frozenset[Name]:
    return frozenset((key, version) for where, key, version in versions if where == bucket)


def _leftover(
    bucket: str,
    wanted: Iterable[ObjectVersion],
    locked: Mapping[Name, datetime],
    further: Leftover | None = None,
) -> Leftover:
    versions = tuple(wanted)
    before = further or Leftover(bucket)
    return Leftover(
        bucket,
        (*before.versions, *((one.key, one.version) for one in versions)),
        before.count + sum(not one.marker for one in versions),
        before.bytes + sum(one.size for one in versions),
        locked,
    )
