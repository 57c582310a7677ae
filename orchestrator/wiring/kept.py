"""What is kept of instances, looked at without changing anything."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from orchestrator.errors.backup import PointUnknownError
from orchestrator.flows.steps.base_backup import engine_of
from orchestrator.model.point import RecoveryPoint
from orchestrator.recovery.points import Listed, Points
from orchestrator.recovery.proof import Proof, faults_of, inventory_of
from orchestrator.settings import Settings
from orchestrator.tools.clock import SystemClock
from orchestrator.wiring import backups
from orchestrator.wiring import case as cases
from orchestrator.wiring.case import Case


def points(settings: Settings, subject: str) -> dict[str, tuple[Listed, ...]]:
    """The recovery points of each instance that is backed up, by the instance."""
    found = [case for case in cases.read(settings, subject) if backups.kept(case)]
    if not found:
        backups.refuse(cases.read(settings, subject)[0])
    return {case.names.instance: tuple(_points(case)) for case in found}


def point(settings: Settings, instance: str, point_id: str) -> RecoveryPoint:
    """One point. Raises PointUnknownError, PointForeignError, SignedFormUnknownError."""
    return backups.points_of(backups.only(settings, instance)).read(point_id)


def verified(
    settings: Settings, subject: str, point_id: str, say: Callable[[str], None]
) -> list[Proof]:
    """The newest point of each instance, or the one that is named, read whole."""
    found = [case for case in cases.read(settings, subject) if backups.kept(case)]
    if not found:
        backups.refuse(cases.read(settings, subject)[0])
    return [_proof(case, point_id, say) for case in found]


def _points(case: Case) -> list[Listed]:
    tools = backups.looking(case)
    if tools.objects.bucket(case.names.backup_bucket) is None:
        return []
    return list(Points(tools.history, tools.keys, case.names).listed())


def _proof(case: Case, point_id: str, say: Callable[[str], None]) -> Proof:
    tools, clock = backups.looking(case), SystemClock()
    there = Points(tools.history, tools.keys, case.names)
    began = clock.monotonic()
    newest = point_id or next(iter(there.ids()), "")
    if not newest:
        raise PointUnknownError(case.names.instance, asked="at all", nearest=())
    found = there.read(newest)
    tools.keys.unwrap(found.keys.wrapped)
    items = inventory_of(tools.history, found, case.names.backup_bucket)
    engine = engine_of(case.subject, tools)
    up = tools.cluster.ready(case.names.namespace, "StatefulSet", "database")
    repository = engine.repository() if engine and up else None
    proof = Proof(
        case.names.instance,
        found.id,
        len(items),
        sum(one.bytes for one in items),
        0.0,
        faults_of(tools.history, items, repository, say),
    )
    older = there.older(found.id) if proof.faults else ""
    return replace(proof, seconds=round(clock.monotonic() - began, 1), older=older)
