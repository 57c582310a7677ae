"""A recovery point proved: every object that it needs is read, byte for byte."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestrator.ports import ObjectHistory, ObjectVersion
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox
from orchestrator.recovery import inventory
from orchestrator.recovery.inventory import Item
from orchestrator.recovery.leftovers import listed, of_point
from orchestrator.recovery.points import Points
from orchestrator.recovery.postgresql import PostgresqlEngine, Repository
from orchestrator.recovery.prunings import NOT_BELIEVED, NOTHING, Explained, Prunings

_REPOSITORIES = (inventory.REPOSITORY, inventory.FILES)
_SHOWN = 20
_AROUND = timedelta(seconds=60)
"""How long before and after a base its engine writes what it writes anew."""


@dataclass(frozen=True)
class Proof:
    """What was found when a point was read.

    faults:  what is wrong, one sentence each; none: the point is whole
    objects: how many were read, `bytes` their size
    older:   a point that was not found bad, proposed where this one was; or ''
    """

    instance: str
    point: str
    objects: int
    bytes: int
    seconds: float
    faults: tuple[str, ...]
    older: str = ""


def proved(tools: Toolbox, subject: AnySubject, point: str, say: Callable[[str], None]) -> Proof:
    """Read everything that a point needs. Raises PointUnknownError, KeyUnavailableError, others.

    A manifest or a list that is not believed is a fault of the point as any other. The database is
    asked which bases it made meanwhile, where it runs; it need not.
    """
    began = tools.clock.monotonic()
    source = subject.names.source
    points = Points(tools.history, tools.keys, source)
    items: tuple[Item, ...] = ()
    try:
        found = points.read(point)
        tools.keys.unwrap(found.keys.wrapped)
        repository = _repository(tools, subject)
        items = listed(tools.history, found, source.backup_bucket)
        items = of_point(items, found, repository)
        explained = Prunings(tools.history, tools.keys, source).explained()
        faults = faults_of(tools.history, items, repository, say, explained)
    except NOT_BELIEVED as error:
        faults = (f"{error.message}: {error.why}",)
    return Proof(
        source.instance,
        point,
        len(items),
        sum(one.bytes for one in items),
        round(tools.clock.monotonic() - began, 1),
        faults,
        points.older(point) if faults else "",
    )


def _repository(tools: Toolbox, subject: AnySubject) -> Repository | None:
    holdings = subject.product.holdings(subject)
    namespace = subject.names.source.namespace
    if holdings is None or not holdings.database:
        return None
    if not tools.cluster.ready(namespace, "StatefulSet", "database"):
        return None
    engine = PostgresqlEngine(tools.cluster, tools.clock, namespace, holdings.database)
    return engine.repository()


def faults_of(
    history: ObjectHistory,
    items: Sequence[Item],
    bases: Repository | None,
    say: Callable[[str], None],
    explained: Explained = NOTHING,
) -> tuple[str, ...]:
    """Every object that is gone, was replaced, or does not hold what it did.

    explained: what was taken away since its time was over, which no point needs that stays
    """
    items = [one for one in items if not explained.covers(one)]
    return (*_replaced(history, items, bases, explained), *_read(history, items, say))


def _replaced(
    history: ObjectHistory,
    items: Sequence[Item],
    repository: Repository | None,
    explained: Explained,
) -> list[str]:
    """What a reader of the repository gets now is not what was there.

    Only of the repository: objects of people are overwritten and deleted every day, and their
    versions count.
    """
    faults = []
    wanted = {(one.bucket, one.key): one for one in items if one.key.startswith(_REPOSITORIES)}
    there: set[tuple[str, str]] = set()
    for bucket in sorted({one.bucket for one in items}):
        versions = tuple(one for part in _REPOSITORIES for one in history.versions(bucket, part))
        making = [*_making(repository, versions), *explained.times]
        for now in versions:
            item = wanted.get((bucket, now.key))
            if item is None or not now.newest:
                continue
            there.add((bucket, now.key))
            if now.marker:
                faults.append(f"{now.key} was deleted at {now.written:%Y-%m-%d %H:%M:%S}")
            elif now.version != item.version and not (
                item.rewritten and any(begin <= now.written <= end for begin, end in making)
            ):
                faults.append(f"{now.key} was replaced at {now.written:%Y-%m-%d %H:%M:%S}")
    faults += [f"{key} is gone" for bucket, key in sorted(wanted.keys() - there)]
    return faults


def _making(
    repository: Repository | None, versions: Iterable[ObjectVersion]
) -> list[tuple[datetime, datetime]]:
    """When bases were being made: as the engine says, or where it is down, as their lists lie."""
    if repository is not None:
        times = [(one.began, one.ended) for one in repository.bases]
    else:
        lists = [one for one in versions if one.key.endswith("/backup.manifest")]
        times = [(one.written, one.written) for one in lists if not one.marker]
    return [(begin - _AROUND, end + _AROUND) for begin, end in times]


def _read(history: ObjectHistory, items: Sequence[Item], say: Callable[[str], None]) -> list[str]:
    faults: list[str] = []
    done = 0
    for fault in history.reread(
        ((one.bucket, one.key, one.version, one.bytes, one.etag) for one in items), say
    ):
        done += 1
        if len(faults) < _SHOWN:
            faults.append(fault)
    return faults if done <= _SHOWN else [*faults, f"and {done - _SHOWN} more"]
