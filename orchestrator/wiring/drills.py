"""Drills of instances, one after another: rehearsed, removed again, recorded and signed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from orchestrator import __version__
from orchestrator.engine.stop import StopRequest
from orchestrator.errors.backup import PointUnknownError
from orchestrator.errors.engine import RunInterruptedError
from orchestrator.errors.root import OrchestratorError
from orchestrator.flows import drill
from orchestrator.flows.drill import Rehearsal
from orchestrator.flows.steps.base_backup import engine_of, files_of
from orchestrator.flows.steps.proving import newest
from orchestrator.model.drill import Assertion, DrillRecord
from orchestrator.model.restoration import Asked
from orchestrator.products.toolbox import Toolbox
from orchestrator.recovery import evidence
from orchestrator.recovery.files import FilesEngine
from orchestrator.recovery.points import Points
from orchestrator.recovery.postgresql import Mark, stored_as
from orchestrator.recovery.signed import seal
from orchestrator.tools.clock import SystemClock
from orchestrator.tools.records import Records
from orchestrator.wiring import backups, copies
from orchestrator.wiring.case import Case
from orchestrator.wiring.recipe import LastWords, Recipe
from orchestrator.wiring.undertaking import Undertaking

if TYPE_CHECKING:
    from orchestrator.engine.events import Listener

SENT_S = 150.0
_EVERY_S = 2.0


@dataclass
class Drill:
    """One drill of one instance."""

    case: Case
    listener: Listener
    stop: StopRequest

    def carried_out(self) -> DrillRecord:
        """Rehearse, remove, record.

        Raises PointUnknownError where there is nothing to rehearse, and RunInterruptedError when a
        stop was asked for: the copy is removed even then.
        """
        clock = SystemClock()
        tools = backups.looking(self.case)
        point = newest(self.case.subject, tools)
        if not point:
            raise PointUnknownError(self.case.names.instance, asked="at all", nearest=())
        began, started = clock.now(), clock.monotonic()
        lost_s = self._measured(tools)
        id_ = secrets.token_hex(3)
        copy = self.case.beside(f"drill{id_}", began.date() + timedelta(days=1))
        kept = Rehearsal(clock)
        point_time = began
        try:
            point_time = Points(tools.history, tools.keys, self.case.names).read(point).at
            self._undertake(copy, _recipe(Asked(id_, point), kept), self.stop)
        except RunInterruptedError:
            self._removed(copy)
            raise  # half a drill says nothing of the point, so nothing is recorded
        except OrchestratorError as error:
            if all(one.held for one in kept.assertions):
                promise = "the point is believed and can be brought back"
                seen = "; ".join((error.message, *error.details))[:500]
                kept.assertions.append(
                    Assertion("point", promise, held=False, seen=seen, seconds=0)
                )
        rto_s = round(clock.monotonic() - started, 1)
        record = DrillRecord(
            id=id_,
            instance=self.case.names.instance,
            tenant=self.case.tenant.slug,
            product=self.case.names.product,
            release=self.case.release.release,
            point=point,
            point_time=point_time,
            began=began,
            ended=clock.now(),
            assertions=tuple(kept.assertions),
            rpo_s=lost_s(),
            rto_s=rto_s,
            copy_removed=self._removed(copy),
            orchestrator=__version__,
            platform=self.case.platform.name,
            older_point=kept.older,
        )
        self._keep(tools, record)
        return record

    def _measured(self, tools: Toolbox) -> Callable[[], float | None]:
        """What tells once the drill is over how much would have been lost as it began, seconds."""
        if files := files_of(self.case.subject, tools):
            age_s = self._age(tools, files)
            return lambda: age_s
        written = self._written(tools)
        return lambda: self._rpo(tools, written)

    def _age(self, tools: Toolbox, files: FilesEngine) -> float | None:
        """How old the newest snapshot is; what cannot be read is found by the drill itself."""
        if not tools.cluster.ready(self.case.names.namespace, "Deployment", "keeper"):
            return None
        try:
            newest = files.newest_before(tools.clock.now())
        except OrchestratorError:
            return None
        return round((tools.clock.now() - newest.as_of).total_seconds(), 1) if newest else None

    def _written(self, tools: Toolbox) -> Mark | None:
        """Something committed now, whose way to the store is followed."""
        engine = engine_of(self.case.subject, tools)
        up = tools.cluster.ready(self.case.names.namespace, "StatefulSet", "database")
        return engine.written() if engine and up else None

    def _rpo(self, tools: Toolbox, written: Mark | None) -> float | None:
        """Seconds from a commit until the store held it, by the store's own time."""
        if written is None:
            return None
        clock = SystemClock()
        until = clock.monotonic() + SENT_S
        folder = stored_as(written.segment)
        while True:
            found = next(tools.history.versions(self.case.names.backup_bucket, folder), None)
            if found:
                return round(max((found.written - written.at).total_seconds(), 0.0), 1)
            if clock.monotonic() > until:
                return None
            clock.sleep(_EVERY_S)

    def _removed(self, copy: Case) -> bool:
        # Who asks to stop does not ask to leave real data behind.
        try:
            self._undertake(copy, copies.remove_recipe(), StopRequest())
        except OrchestratorError:
            return False
        return not Undertaking((copy,), copies.remove_recipe(), self.listener).plan().changes

    def _undertake(self, case: Case, recipe: Recipe, stop: StopRequest) -> None:
        one = Undertaking((case,), recipe, self.listener)
        one.carry_out(one.plan(), stop)

    def _keep(self, tools: Toolbox, record: DrillRecord) -> None:
        content = evidence.sealed(record, lambda text: seal(json.loads(text), tools.keys.sign))
        Records(self.case.settings.drills).keep(evidence.file_name(record), content)


def _recipe(asked: Asked, kept: Rehearsal) -> Recipe:
    """The verb `drill`."""

    def told(instances: Sequence[Case]) -> LastWords:
        name = instances[0].names.source.instance
        return LastWords(f"{name} was brought back and used", "orchestrator drill list", "")

    return Recipe(
        drill.VERB,
        lambda case, tools: drill.steps(case.subject, tools, asked, kept),
        told,
        asked.options(),
    )
