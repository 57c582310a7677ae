"""A moment as a place in the log of a database, with the objects that its rows name."""

from __future__ import annotations

from orchestrator.engine.step import Say
from orchestrator.errors.backup import CopiesBehindError
from orchestrator.flows.steps.moments import Moment, between, skew
from orchestrator.model.point import BucketPoint, DatabasePoint, written
from orchestrator.products.holdings import Holdings
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox
from orchestrator.recovery import inventory
from orchestrator.recovery.kept_objects import Objects, behind, objects_of
from orchestrator.recovery.objects import GUARD_S, Chosen, choose, references
from orchestrator.recovery.postgresql import Mark, PostgresqlEngine

COPIED_WITHIN_S = 90.0
"""How long is waited for versions to be copied; a round is some seconds."""
COMING_WITHIN_S = 30.0
"""How long for objects whose rows are young: the product brings them some seconds after."""
_AGAIN_S = 1.0


class MomentOfLog:
    """Names the moment; the database first, the objects after."""

    def __init__(
        self, subject: AnySubject, tools: Toolbox, holdings: Holdings, engine: PostgresqlEngine
    ) -> None:
        self._subject = subject
        self._tools = tools
        self._holdings = holdings
        self._engine = engine

    def taken(self, id_: str, say: Say) -> Moment:
        """Name it. Raises ClocksDifferError, LogNotKeptError, CopiesBehindError."""
        before = self._engine.counts()
        say("naming a place in the log of the database")
        mark = self._engine.mark(f"rp_{id_}")
        skew_s = skew(self._subject, self._tools, self._engine.now())
        after = self._engine.counts()
        self._engine.kept(mark)
        say("choosing the objects of that moment")
        chosen, bucket = self._bucket(mark, skew_s, say)
        # A clock that was set meanwhile dated some of them otherwise (reliability.md, fault 22).
        later_s = skew(self._subject, self._tools, self._engine.now())
        if round(later_s) > round(skew_s):
            skew_s = later_s
            chosen, bucket = self._bucket(mark, skew_s, say)
        database, chain = self._database(mark)
        items, counts = self._items(mark, chain, chosen), between(before, after)
        return Moment(mark.at, skew_s, items, counts, database=database, bucket=bucket)

    def _items(
        self, mark: Mark, chain: inventory.Chain | None, chosen: Chosen | None
    ) -> tuple[inventory.Item, ...]:
        store = self._subject.names.backup_bucket
        versions = self._tools.history.versions(store, inventory.REPOSITORY)
        items = inventory.of_repository(store, versions, mark.segment, chain)
        return (*items, *self._objects().items(chosen.present)) if chosen else items

    def _bucket(
        self, mark: Mark, skew_s: float, say: Say
    ) -> tuple[Chosen | None, BucketPoint | None]:
        if not self._holdings.references:
            return None, None
        guard_s = GUARD_S + round(skew_s)
        asked = self._holdings.references.format(at=written(mark.at))
        named = references(self._engine.value(asked))
        until = self._tools.clock.monotonic() + COMING_WITHIN_S
        while True:
            self._copied(say)
            chosen = choose(self._objects().versions(), mark.at, guard_s, named)
            if not chosen.coming or self._tools.clock.monotonic() > until:
                break
            self._tools.clock.sleep(_AGAIN_S)
        return chosen, BucketPoint(
            name=self._subject.names.bucket,
            as_of=mark.at,
            guard_s=guard_s,
            count=len(chosen.present),
            bytes=chosen.bytes,
            digest=chosen.digest,
            missing=len(chosen.missing) + len(chosen.differing),
        )

    def _objects(self) -> Objects:
        names = self._subject.names
        return objects_of(self._tools.history, names, copied=self._holdings.copied)

    def _copied(self, say: Say) -> None:
        """Wait until every version that is there is copied, where that is wanted."""
        if not self._holdings.copied:
            return
        clock, names = self._tools.clock, self._subject.names
        until = clock.monotonic() + COPIED_WITHIN_S
        while late := behind(self._tools.history, names):
            if clock.monotonic() > until:
                raise CopiesBehindError(names.instance, objects=late)
            say(f"{len(late)} objects are being copied")
            clock.sleep(_AGAIN_S)

    def _database(self, mark: Mark) -> tuple[DatabasePoint, inventory.Chain | None]:
        """The place, and what the base hangs on that it is reached from."""
        repository = self._engine.repository()
        base = repository.before(mark.at, mark.timeline) if repository else None
        chain = repository.chain(base.label) if repository and base else None
        place = DatabasePoint(
            engine="pgbackrest",
            base=base.label if base else "",
            name=mark.name,
            timeline=mark.timeline,
            lsn=mark.lsn,
            segment=mark.segment,
            system=mark.system,
        )
        return place, chain
