"""What a recovery point is of: a moment, and everything that holds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from orchestrator.engine.step import Say
from orchestrator.errors.backup import ClocksDifferError
from orchestrator.model.point import BucketPoint, DatabasePoint, FilesPoint
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox
from orchestrator.recovery import inventory
from orchestrator.recovery.files import ENGINE, FilesEngine
from orchestrator.recovery.inventory import Item

SKEW_S = 30.0
"""More than this between data and store, and no moment can be named (reliability.md 2.2)."""


@dataclass(frozen=True)
class Moment:
    """A moment that an instance can be brought back to.

    at:     by the clock of whoever keeps the data, UTC; nothing in it is younger
    skew_s: how far the store's clock was from it, seconds
    items:  every object that it needs
    counts: rows of each table, the lowest and the highest number seen around the moment
    """

    at: datetime
    skew_s: float
    items: tuple[Item, ...]
    counts: Mapping[str, tuple[int, int]]
    database: DatabasePoint | None = None
    bucket: BucketPoint | None = None
    files: FilesPoint | None = None


def of_files(
    subject: AnySubject, tools: Toolbox, engine: FilesEngine, id_: str, say: Say
) -> Moment:
    """One snapshot that holds everything. Raises SnapshotNotMadeError, ClocksDifferError."""
    taken = engine.snapshot(id_, say)
    # It was told as soon as it had ended, so that this is now by the pod's clock.
    skew_s = skew(subject, tools, taken.ended)
    store, at = subject.names.backup_bucket, taken.snapshot.as_of
    point = FilesPoint(ENGINE, taken.snapshot.snapshot, at, taken.files, taken.bytes)
    items = inventory.of_snapshots(store, tools.history.versions(store, inventory.FILES))
    counts = {name: (count, count) for name, count in sorted(taken.counts.items())}
    return Moment(at, skew_s, items, counts, files=point)


def skew(subject: AnySubject, tools: Toolbox, now: datetime) -> float:
    """How far the store's clock is from another's, seconds. Raises ClocksDifferError."""
    skew_s = abs((tools.history.now() - now).total_seconds())
    if skew_s > SKEW_S:
        raise ClocksDifferError(subject.names.instance, skew_s=skew_s, limit_s=SKEW_S)
    return skew_s


def between(before: Mapping[str, int], after: Mapping[str, int]) -> Mapping[str, tuple[int, int]]:
    """The lower and the higher of two counts, by name."""
    names: Iterable[str] = sorted({*before, *after})
    pairs = ((name, (before.get(name, 0), after.get(name, 0))) for name in names)
    return {name: (min(pair), max(pair)) for name, pair in pairs}
