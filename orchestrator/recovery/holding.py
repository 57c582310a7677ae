"""What is kept of one instance, and what of it has had its time; nothing is changed."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property

from orchestrator.errors.backup import PointUnknownError
from orchestrator.errors.pruning import PruningUnsafeError
from orchestrator.model.point import RecoveryPoint
from orchestrator.model.pruning import Pruning
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox
from orchestrator.recovery import inventory, pruning
from orchestrator.recovery.files import FilesEngine, Snapshot
from orchestrator.recovery.leftovers import (
    Judged,
    Leftover,
    Leftovers,
    Needed,
    chain_of,
    needed,
)
from orchestrator.recovery.points import FOLDER as POINTS
from orchestrator.recovery.points import Points
from orchestrator.recovery.postgresql import PostgresqlEngine, Repository
from orchestrator.recovery.prunings import NOT_BELIEVED, Explained, Prunings

Memory = dict[tuple[tuple[str, inventory.Chain | None], ...], Needed]


class Held:
    """One look. What it cannot know raises PruningUnsafeError when it is asked.

    memory:   what other looks of the same run have read
    guessing: whether more is taken to be needed where the database is not up, rather than to refuse
    """

    def __init__(
        self,
        subject: AnySubject,
        tools: Toolbox,
        now: datetime,
        kept_for: timedelta,
        *,
        guessing: bool = False,
        memory: Memory | None = None,
    ) -> None:
        self._guessing = guessing
        self._memory = {} if memory is None else memory
        self._tools = tools
        self._names = subject.names
        self._bucket = subject.names.backup_bucket
        self._now = now
        self._since = now - kept_for
        holdings = subject.product.holdings(subject)
        self.has_snapshots = bool(holdings and holdings.files)
        self._database = holdings.database if holdings else ""
        self.prunings = Prunings(tools.history, tools.keys, subject.names)
        self.leftovers = Leftovers(
            tools.history, tools.objects, subject.names, copied=bool(holdings and holdings.copied)
        )

    @cached_property
    def _read(self) -> tuple[tuple[RecoveryPoint, ...], tuple[str, ...]]:
        believed, faults = [], []
        points = Points(self._tools.history, self._tools.keys, self._names)
        for one in points.ids():
            try:
                believed.append(points.read(one))
            except PointUnknownError:
                continue  # taken away before, and not destroyed yet
            except NOT_BELIEVED as error:
                faults.append(f"{one}: {error.message}")
        if faults and not believed:
            reason = "none of its recovery points is believed, so none says what it needs"
            raise PruningUnsafeError(self._names.instance, reason=reason, details=tuple(faults))
        return tuple(believed), tuple(faults)

    @property
    def not_believed(self) -> tuple[str, ...]:
        """Points that are not counted, one sentence each."""
        return self._read[1]

    @cached_property
    def points(self) -> pruning.Points:
        """Those that are believed: whose time is over, and which stay."""
        return pruning.parted(self._read[0], self._now)

    @cached_property
    def outdated(self) -> tuple[str, ...]:
        """Keys of points whose time is over, and of lists that no point names, of then."""
        expired = {f"{POINTS}{one.id}.json" for one in self.points.expired}
        expired |= {one.inventory.key for one in self.points.expired}
        manifests, lists = self._visible(POINTS), self._visible(inventory.FOLDER)
        named = {_named(key, POINTS, ".json") for key in manifests}
        orphans = {
            key
            for key, written in lists.items()
            if _named(key, inventory.FOLDER, ".jsonl.gz") not in named and written < self._since
        }
        return tuple(sorted(expired & {*manifests, *lists} | orphans))

    @cached_property
    def repository(self) -> Repository | None:
        """What the database's engine has; None for an instance without such a database."""
        if not self._database:
            return None
        cluster, namespace = self._tools.cluster, self._names.namespace
        if not cluster.ready(namespace, "StatefulSet", "database"):
            if self._guessing:
                return None
            self._refuse("its database is not up, so nobody says which bases there are")
        return PostgresqlEngine(cluster, self._tools.clock, namespace, self._database).repository()

    @cached_property
    def full_bases(self) -> tuple[int, int]:
        """How many full bases there are, and how many of them must stay."""
        bases = self.repository.bases if self.repository else ()
        named = [one.database.base for one in self.points.kept if one.database]
        count = sum(one.kind == "full" for one in bases)
        return count, pruning.full_bases_kept(bases, self._since, named)

    @cached_property
    def forgotten(self) -> tuple[Snapshot, ...]:
        """The snapshots of files that may go."""
        if not self.has_snapshots:
            return ()
        cluster, namespace = self._tools.cluster, self._names.namespace
        if not cluster.ready(namespace, "Deployment", "keeper"):
            self._refuse("the keeper of its files is not up, so nobody says which snapshots it has")
        every = FilesEngine(cluster, self._tools.clock, namespace).every()
        named = {one.files.snapshot for one in self.points.kept if one.files}
        return pruning.forgotten(every, self._since, named)

    @cached_property
    def needed(self) -> Needed:
        """What the points need that stay. Lists are long, and signed for: they are read once."""
        points = self.points.kept
        asked = tuple((one.inventory.digest, chain_of(one, self.repository)) for one in points)
        if asked not in self._memory:
            self._memory.clear()
            self._memory[asked] = needed(self._tools.history, self._names, points, self.repository)
        return self._memory[asked]

    @cached_property
    def open_record(self) -> Pruning | None:
        """What an earlier run began and did not end, or this one so far."""
        return self.prunings.open_one()

    @cached_property
    def explained(self) -> Explained:
        """What records say was taken away."""
        return self.prunings.explained()

    @cached_property
    def left(self) -> tuple[Leftover, ...]:
        """What nobody reads any more and has had its time: uploads, and backups."""
        oldest = min((one.at for one in self.points.kept), default=None)
        judged = Judged(
            self._since,
            self.needed.versions,
            self.explained.versions,
            self.prunings.older(self._since, oldest),
        )
        return (
            self.leftovers.uploads(judged, _silent),
            self.leftovers.backups(judged, _silent),
        )

    def _visible(self, prefix: str) -> dict[str, datetime]:
        found = self._tools.history.versions(self._bucket, prefix)
        return {one.key: one.written for one in found if one.newest and not one.marker}

    def _refuse(self, reason: str) -> None:
        raise PruningUnsafeError(self._names.instance, reason=reason)


def _named(key: str, folder: str, end: str) -> str:
    return key.removeprefix(folder).removesuffix(end)


def _silent(_said: str) -> None:
    """Locks are looked at quickly."""
