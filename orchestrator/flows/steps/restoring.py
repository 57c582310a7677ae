"""The steps of bringing an instance back in its own place.

How far a restoration got stands in a note of the namespace, by its id: a run that goes on after a
crash begins where the note ends, and each step may be done twice.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, ClassVar

from orchestrator.engine.step import Say, Step
from orchestrator.errors.backup import (
    KeyChangedError,
    PointOfOtherReleaseError,
    RestoredOtherwiseError,
)
from orchestrator.flows.steps import acceptance, told
from orchestrator.flows.steps.base_backup import engine_of
from orchestrator.flows.steps.erased_again import Again, Replay, people
from orchestrator.flows.steps.infrastructure import settled
from orchestrator.flows.steps.loss import Loss
from orchestrator.flows.steps.recovery_point import recovery_point
from orchestrator.flows.steps.secrets import kept_values, known_values
from orchestrator.model.change import Change, Operation, Risk
from orchestrator.model.point import DatabasePoint, RecoveryPoint, written
from orchestrator.model.restoration import Asked, FilesTarget, Stage, Target
from orchestrator.products.holdings import Holdings
from orchestrator.products.product import AnySubject
from orchestrator.products.secrets import backups
from orchestrator.products.toolbox import SecretValues, Toolbox
from orchestrator.recovery.history import difference, unlike
from orchestrator.recovery.kept_objects import Objects, objects_of
from orchestrator.recovery.objects import Chosen, Reference, choose, references
from orchestrator.recovery.points import Points
from orchestrator.recovery.postgresql import PostgresqlEngine

NOTE = "orchestrator-restoration"
MARKS = ("database", "services", "objects", "compared", "emptied", "erased", "opened")
"""What a note may say was reached, in order."""
_TOLD = "/var/lib/postgresql/data/restored.json"


class Restoration:
    """One restoration and its steps; made without looking at anything."""

    marks: ClassVar[tuple[str, ...]] = MARKS

    def __init__(self, subject: AnySubject, tools: Toolbox, asked: Asked) -> None:
        self._subject = subject
        self._tools = tools
        self._asked = asked
        self._namespace = subject.names.namespace
        self._source = subject.names.source
        self._points = Points(tools.history, tools.keys, self._source)
        self.began = tools.clock.now()
        self.again = Again()

    @cached_property
    def point(self) -> RecoveryPoint:
        """The point, believed; raises whatever forbids to bring it back.

        A wrong tenant, a broken signature, a lost key, another release: all of it is told while
        nothing has been touched and no tool was started.
        """
        point = self._points.read(self._asked.point)
        tools, names = self._tools, self._subject.names
        tools.keys.unwrap(point.keys.wrapped)
        store = tools.origin or tools.secrets
        for path, version in point.keys.versions.items():
            kept = store.read(path) or {}
            for name, wanted in point.keys.fingerprints.items():
                folder, _, key = name.rpartition("#")
                if folder == path and (key not in kept or kept[key].fingerprint != wanted):
                    raise KeyChangedError(names.instance, key=key, path=path, version=version)
        runs = self._subject.release.release
        if point.release != runs:
            file = f"tenants/{names.tenant}.yaml"
            raise PointOfOtherReleaseError(point.id, release=point.release, runs=runs, file=file)
        return point

    def believed(self) -> Restoration:
        """Itself, once point and ledger of erasures are; raises before any tool is asked anything.

        As `point` does, and ErasuresBrokenError.
        """
        assert self.point.id == self._asked.point  # noqa: S101 - `Points.read` sees to it
        if self._replay is not None:
            self._replay.believed()
        return self

    @property
    def id(self) -> str:
        """The restoration's own, by which a second try knows that the first was done."""
        return self._asked.id

    @property
    def beside(self) -> bool:
        """Whether a copy is made, and the instance itself is left alone."""
        return bool(self._subject.names.copy)

    @property
    def moment(self) -> datetime:
        """What the instance comes back to, UTC."""
        return self._asked.at or self.point.at

    @property
    def target(self) -> Target | FilesTarget:
        """The same for the engine that brings the data back."""
        log = self._log
        if self._asked.at is None:
            return Target(self._asked.id, log.base, "name", log.name, log.timeline)
        value = f"{self._asked.at.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00"
        return Target(self._asked.id, log.base, "time", value, log.timeline)

    def present(self) -> Step | None:
        """The present as a point of its own, so that this can be undone; not where it is gone."""
        if self._reached() >= 0 or not self._loss.same:
            return None
        return recovery_point(
            self._subject, self._tools, reason="before restore", newer_than=self.began
        )

    def database(self) -> Step:
        """Everything stopped, and the database brought back beside its old self."""
        detail = f"as of {self.moment:%Y-%m-%d %H:%M:%S} UTC"
        return self._brought_back("database", detail, "the database is as it was")

    def services(self) -> Step:
        """Database, queue and cache up, and nobody who uses them."""

        def act(say: Say) -> None:
            self._tools.staged(self._values(), Stage.CLOSED, None).up(say)
            found = self._told()
            if found.get("id") != self.target.id:
                self._refuse(("the database that came up is not the one that was brought back",))
            if found["reached"] == "end":
                say(f"the log ended before the moment, at {found['last'] or 'the base itself'}")

        change = Change("services", Operation.UPDATE, "services", "up, with the site shut")
        return self._step("services", change, "the database serves what was brought back", act)

    def objects(self) -> Step | None:
        """The bucket as it was at the same moment; what came later stays as older versions."""
        if not self._holdings.references:
            return None
        name = self._subject.names.bucket

        def act(say: Say) -> None:
            there = self._kept_objects
            wanted = difference(self._chosen(there).choices, self._tools.history.versions(name))
            say(f"{len(wanted.bring)} objects to bring back, {len(wanted.hide)} to hide")
            self._tools.history.bring(there.bucket, name, there.wanted(wanted.bring), say)
            self._tools.history.hide(name, wanted.hide)

        detail = "as of the same moment; its versions stay"
        change = Change("objects", Operation.UPDATE, f"bucket/{name}", detail, Risk.INTERRUPTS)
        return self._step("objects", change, "the objects are those of the moment", act)

    def emptied(self) -> Step | None:
        """Nothing that speaks of what came after the moment is left in queue or cache."""

        def act(say: Say) -> None:
            self._flush(say)
            moved = self._subject.product.moved(self._subject) if self.beside else ()
            for statement in moved:
                self._engine.text(statement)

        change = Change("emptied", Operation.RUN, "queues", "jobs and mails since are dropped")
        return self._step("emptied", change, "no job and no mail of a later time is left", act)

    def erased(self) -> Step | None:
        """Whoever was erased since is erased again, before the site opens."""
        replay = self._replay
        if replay is None:
            return None

        def act(say: Say) -> None:
            wanted = {one.person for one in replay.there()}
            # Killed after it, nobody would find them there again to count them.
            self.again.count = max(len(wanted), self.again.count or 0)
            if not wanted:
                say("nobody who was erased is in it")
                return
            self._mark(self.marks[self.marks.index("erased") - 1])
            say(f"{people(len(wanted))} erased once; the product comes up, with the site shut")
            self._tools.staged(self._values(), Stage.WITHIN, None).up(say)
            replay.erase(wanted, say)

        promise = "nobody who was erased is there again"
        change = Change("erased", Operation.RUN, "erasures", replay.planned(self.moment))
        return self._step("erased", change, promise, act)

    def compared(self) -> Step | None:
        """What came back is what the point says; else the site stays shut."""

        def act(say: Say) -> None:
            faults = [*self._objects_differ(), *self._rows_differ()]
            if faults:
                self._refuse(tuple(faults))
            say("every object that a row names is there, with its size and checksum")

        change = Change("compared", Operation.RUN, "comparison", "rows, objects, checksums")
        return self._step("compared", change, "what came back is what the point says", act)

    def opened(self) -> Step:
        """The site as it was, to be accepted anew."""

        def act(say: Say) -> None:
            note = {"failed": "brought back, and not accepted yet", "at": written(self.began)}
            self._tools.cluster.write_note(self._namespace, acceptance.NOTE, note)
            self._remember()
            self._tools.staged(self._values(), Stage.OPEN, None).up(say)
            settled(self._subject, self._tools)

        change = Change("opened", Operation.UPDATE, "site", "opened again", Risk.INTERRUPTS)
        return self._step("opened", change, "every part is up again", act)

    @cached_property
    def _replay(self) -> Replay | None:
        how = self._subject.product.erasing(self._subject)
        return Replay(self._subject, self._tools, how) if how else None

    @cached_property
    def _holdings(self) -> Holdings:
        found = self._subject.product.holdings(self._subject)
        assert found is not None  # noqa: S101 - the flow is refused for others
        return found

    @cached_property
    def _engine(self) -> PostgresqlEngine:
        found = engine_of(self._subject, self._tools)
        assert found is not None  # noqa: S101 - as above
        return found

    def _values(self) -> SecretValues:
        """Every secret that the stack needs; a copy reads the instance's backups with its keys."""
        values = known_values(self._subject, self._tools)
        origin = self._tools.origin
        if origin is None:
            return values
        specs = backups(self._source.product)
        kept = {spec.path: origin.read(spec.path) or {} for spec in specs}
        return dict(values) | {
            spec.name: kept[spec.path][spec.key] for spec in specs if spec.key in kept[spec.path]
        }

    def _brought_back(self, name: str, detail: str, promise: str) -> Step:
        """The step that stops everything and has a job bring the data back.

        In its own place what is there now goes; a copy only tells so when it is made as a trial.
        """

        def act(say: Say) -> None:
            say(f"everything stopped, bringing the {name} back")
            self._tools.staged(self._values(), Stage.STOPPED, self.target).up(say)

        how, risk = Operation.CREATE, Risk.MILD
        if self._asked.trial or not self.beside:
            lost = self._loss.spoken(self.moment, self.began)
            detail = (
                f"{detail}, as a trial; in its place {lost}" if self.beside else f"{detail}; {lost}"
            )
        if not self.beside:
            how, risk = Operation.REPLACE, Risk.DESTROYS
        return self._step(name, Change(name, how, name, detail, risk), promise, act)

    def _remember(self) -> None:
        """What the product told when it was first started counts: the data that knows it is back.

        The point names the keys of that data, and they were held against those that are kept.
        """
        names = told.names(self._subject)
        values = kept_values(self._subject, self._tools.secrets)
        if names and all(name in values for name in names):
            told.remember(self._subject, self._tools, values)

    def _step(self, name: str, change: Change, promise: str, act: Callable[[Say], None]) -> Step:
        def done() -> bool:
            return self._reached() >= self.marks.index(name)

        def marked(say: Say) -> None:
            act(say)
            self._mark(name)

        return Step(name, promise, lambda: () if done() else (change,), marked, done)

    def _flush(self, say: Say) -> None:
        for workload, command in self._holdings.flushed.items():
            say(f"emptying {workload}")
            self._tools.cluster.execute(self._namespace, workload, list(command))

    def _mark(self, name: str) -> None:
        note = {"id": self._asked.id, "reached": name, "to": written(self.moment)}
        if self.again.count is not None:
            note["erased"] = str(self.again.count)
        self._tools.cluster.write_note(self._namespace, NOTE, note)

    def _reached(self) -> int:
        """Place of the last mark of this restoration in `marks`, -1 when it has not begun."""
        note = self._tools.cluster.note(self._namespace, NOTE) or {}
        if note.get("id") != self._asked.id:
            return -1
        if self.again.count is None and "erased" in note:
            self.again.count = int(note["erased"])
        return self.marks.index(note["reached"])

    def _told(self) -> dict[str, Any]:
        server = "statefulset/database"
        said = self._tools.cluster.execute(self._namespace, server, ["cat", _TOLD])
        found: dict[str, Any] = json.loads(said)
        return found

    @property
    def _log(self) -> DatabasePoint:
        log = self.point.database
        assert log is not None  # noqa: S101 - a point of whatever has a database names it
        return log

    @cached_property
    def _loss(self) -> Loss:
        return Loss(self._tools, self._source, self._holdings.database, self.point)

    @property
    def _kept_objects(self) -> Objects:
        return objects_of(self._tools.history, self._source, copied=self._holdings.copied)

    def _named(self) -> tuple[Reference, ...]:
        """What the rows of the database that was brought back name."""
        asked = self._holdings.references.format(at=written(self.moment))
        return references(self._engine.value(asked))

    def _chosen(self, there: Objects) -> Chosen:
        guard_s = self.point.bucket.guard_s if self.point.bucket else 0
        return choose(there.versions(), self.moment, guard_s, self._named())

    def _objects_differ(self) -> list[str]:
        if not self._holdings.references:
            return []
        named = self._named()
        # What a reader gets now, and no version that a mark hides; by the clock that dated them.
        now = self._tools.history.now()
        versions = self._tools.history.versions(self._subject.names.bucket)
        there = tuple(one for one in versions if one.newest)
        seen = choose(there, now, 0, named)
        known = self.point.bucket.missing if self.point.bucket else 0
        told = {*seen.missing, *seen.differing}
        other = set(unlike(self._chosen(self._kept_objects).choices, there)) - told
        if not other and len(told) <= known:
            return []
        return [
            *(f"object {key} is named by a row and is not there" for key in seen.missing),
            *(f"object {key} has another content than its row says" for key in seen.differing),
            *(f"object {key} is not the one of the moment" for key in sorted(other)),
        ]

    def _rows_differ(self) -> list[str]:
        """Only of a point itself: nobody counted at any other moment."""
        if self._asked.at is not None:
            return []
        found = self._engine.counts()
        return [
            f"table {name} has {found.get(name, 0)} rows; the point says {low} to {high}"
            for name, (low, high) in self.point.counts.items()
            if not low <= found.get(name, 0) <= high
        ]

    def _refuse(self, faults: tuple[str, ...]) -> None:
        older = self._points.older(self.point.id)
        raise RestoredOtherwiseError(self._subject.names.instance, faults=faults, older=older)
