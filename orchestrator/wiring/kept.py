"""What is kept of instances, looked at without changing anything."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.errors.backup import PointUnknownError
from orchestrator.flows.steps.proving import newest
from orchestrator.model.point import RecoveryPoint
from orchestrator.recovery.points import Listed, Points
from orchestrator.recovery.proof import Proof, proved
from orchestrator.settings import Settings
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
    tools = backups.looking(case)
    point = point_id or newest(case.subject, tools)
    if not point:
        raise PointUnknownError(case.names.instance, asked="at all", nearest=())
    return proved(tools, case.subject, point, say)
