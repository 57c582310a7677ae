"""What has had its time is taken away: points, then bases and snapshots, then old versions.

The engines take away what is theirs, with a key that is made for them and ended at once; it hides
objects and cannot destroy one. What they took is written down and signed before anything of it is
destroyed from here, so that what is missing later is told from what was lost. Killed anywhere, the
next run finds the record open and goes on.
"""

from __future__ import annotations

import secrets as chance
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property

from orchestrator import __version__
from orchestrator.engine.step import Say, Step, once
from orchestrator.flows.steps.base_backup import engine_of, files_of
from orchestrator.model.change import Change, Operation, Risk
from orchestrator.model.part import seconds
from orchestrator.model.pruning import Pruning, pruning_id
from orchestrator.model.rights import Rights
from orchestrator.model.secret import Secret
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox
from orchestrator.recovery.holding import Held, Memory
from orchestrator.recovery.leftovers import Leftover
from orchestrator.recovery.points import FOLDER as POINTS

ROLE = "expirer"
"""Who the engines are to the store while they take something away."""


def pruning(subject: AnySubject, tools: Toolbox) -> list[Step]:
    """The steps, in order; a look raises PruningUnsafeError where nobody knows what must stay."""
    one = _Pruning(subject, tools)
    named: tuple[tuple[str, str, Callable[[], tuple[Change, ...]], Callable[[Say], None]], ...] = (
        ("pruning", "it is signed that something is about to go", one.beginning, one.begin),
        ("expired-points", "no point is there whose time is over", one.points, one.hide_points),
        ("expired-bases", "no base is there that nobody needs", one.bases, one.expire_bases),
        ("expired-snapshots", "nor any snapshot of files", one.snapshots, one.forget_snapshots),
        ("pruning-record", "what was taken away is signed for", one.ending, one.end),
        ("old-versions", "nothing is stored that nobody can need", one.versions, one.destroy),
    )
    return [
        Step(name, promise=promise, look=look, act=act, holds=once(look))
        for name, promise, look, act in named
    ]


class _Pruning:
    """One run's view; what was looked at is looked at again after each act."""

    def __init__(self, subject: AnySubject, tools: Toolbox) -> None:
        self._subject = subject
        self._tools = tools
        self._names = subject.names
        self._bucket = subject.names.backup_bucket
        self._kept_for = timedelta(seconds=seconds(subject.tenant.backup.kept))
        self._identity = subject.names.backup_identity(ROLE)
        self._ran: set[str] = set()
        self._seen: Held | None = None
        self._memory: Memory = {}

    @cached_property
    def _now(self) -> datetime:
        """When the run began, by the store's clock: nothing more grows old while it works."""
        return self._tools.history.now()

    @property
    def _since(self) -> datetime:
        return self._now - self._kept_for

    @property
    def _held(self) -> Held:
        if self._seen is None:
            self._seen = Held(
                self._subject, self._tools, self._now, self._kept_for, memory=self._memory
            )
        return self._seen

    def _there(self) -> bool:
        return self._tools.objects.bucket(self._bucket) is not None

    # It is said before, and told after

    def beginning(self) -> tuple[Change, ...]:
        if not self._there():
            return ()
        _ = self._held.needed  # whatever stays must be known before anything goes
        if self._open() or not (self.points() or self.bases() or self.snapshots()):
            return ()
        detail = "what is taken away is signed for"
        return (Change("pruning", Operation.CREATE, "record/prunings", detail, Risk.NONE),)

    def begin(self, say: Say) -> None:
        for fault in self._held.not_believed:
            say(f"left as it is: {fault}")
        opened = self._tools.history.now()
        self._held.prunings.begin(
            Pruning(
                id=pruning_id(opened, chance.token_hex(3)),
                tenant=self._subject.tenant.slug,
                product=self._names.product,
                opened=opened,
                closed=None,
                since=self._since,
                kept_s=round(self._kept_for.total_seconds()),
                points=tuple(one.id for one in self._held.points.expired),
                taken=None,
                made_by=f"orchestrator {__version__}",
            )
        )
        self._seen = None

    def ending(self) -> tuple[Change, ...]:
        if not self._there() or not self._open():
            return ()
        detail = "what was taken away, and between which times"
        return (Change("pruning-record", Operation.UPDATE, "record/prunings", detail, Risk.NONE),)

    def end(self, say: Say) -> None:
        record = self._open()
        assert record is not None  # noqa: S101 - it was looked at
        self._tools.objects.remove_identity(self._identity)
        held = self._held
        taken = held.leftovers.hidden_since(record.opened, held.needed.by_log)
        points = {one.key for one in taken if one.key.startswith(POINTS)}
        names = sorted(key.removeprefix(POINTS).removesuffix(".json") for key in points)
        closed = replace(record, points=tuple(names))
        held.prunings.close(closed, taken, self._tools.history.now())
        say(f"{len(taken)} objects were taken away, as {record.id} tells")
        self._seen = None

    def _open(self) -> Pruning | None:
        return self._held.open_record

    # Points

    def points(self) -> tuple[Change, ...]:
        if not self._there() or not (keys := self._held.outdated):
            return ()
        expired = self._held.points.expired
        detail = f"{len(expired)} recovery points whose time is over, {len(keys)} objects"
        target = f"points/{self._names.product}"
        return (Change("expired-points", Operation.DELETE, target, detail, Risk.DESTROYS),)

    def hide_points(self, say: Say) -> None:
        # A list without its point is found again; a point without its list would be a broken one.
        keys = sorted(self._held.outdated, key=lambda key: not key.startswith(POINTS))
        self._tools.history.hide(self._bucket, keys)
        say(f"{len(keys)} objects of recovery points are taken away")
        self._seen = None

    # The engines

    def bases(self) -> tuple[Change, ...]:
        if not self._there():
            return ()
        full, kept = self._held.full_bases
        if not full or not self._wanted("bases", full - kept):
            return ()
        detail = f"{full - kept} of {full} full ones, what was made of them, and the log before"
        return (Change("expired-bases", Operation.DELETE, "base/database", detail, Risk.DESTROYS),)

    def expire_bases(self, say: Say) -> None:
        engine = engine_of(self._subject, self._tools)
        assert engine is not None  # noqa: S101 - it was asked what it has
        _, kept = self._held.full_bases
        with self._key(say) as key:
            engine.expire(kept, key, say)
        self._ran.add("bases")
        self._seen = None

    def snapshots(self) -> tuple[Change, ...]:
        if not self._there():
            return ()
        found = self._held.forgotten
        if not self._held.has_snapshots or not self._wanted("snapshots", len(found)):
            return ()
        detail = f"{len(found)} snapshots, and what only they needed"
        target = f"snapshots/{self._names.product}"
        return (Change("expired-snapshots", Operation.DELETE, target, detail, Risk.DESTROYS),)

    def forget_snapshots(self, say: Say) -> None:
        engine = files_of(self._subject, self._tools)
        assert engine is not None  # noqa: S101 - it was asked what it has
        names = [one.snapshot for one in self._held.forgotten]
        with self._key(say) as key:
            engine.forget(names, key, say)
        self._ran.add("snapshots")
        self._seen = None

    def _wanted(self, engine: str, count: int) -> bool:
        """Whether an engine is to run: once more after a run that may have been killed in it."""
        return count > 0 or (engine not in self._ran and self._open() is not None)

    @contextmanager
    def _key(self, say: Say) -> Iterator[Secret]:
        """A key that hides objects of the one bucket, for as long as the engine works."""
        objects = self._tools.objects
        objects.remove_identity(self._identity)  # of a run that was killed
        say("making a key for this alone")
        access, secret = objects.create_identity(
            self._identity, self._bucket, rights=Rights.INSTANCE
        )
        try:
            yield Secret(f"{access}\n{secret.reveal()}\n")
        finally:
            objects.remove_identity(self._identity)

    # Versions

    def versions(self) -> tuple[Change, ...]:
        if not self._there():
            return ()
        return tuple(
            Change(
                "old-versions",
                Operation.DELETE,
                f"bucket/{one.bucket}",
                f"{one.count} versions of {one.bytes} bytes{_but(one)}",
                Risk.DESTROYS,
            )
            for one in self._held.left
            if one.versions
        )

    def destroy(self, say: Say) -> None:
        for one in self._held.left:
            if one.versions:
                done = self._tools.history.destroy(one.bucket, one.versions, say)
                say(f"{done} versions and marks in {one.bucket} are gone for good{_but(one)}")
        self._seen = None


def _but(one: Leftover) -> str:
    if not one.locked:
        return ""
    return (
        f"; {len(one.locked)} are locked still, the last until {max(one.locked.values()):%Y-%m-%d}"
    )
