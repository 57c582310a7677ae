"""What is kept of instances, looked at without changing anything."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from orchestrator.errors.backup import PointUnknownError
from orchestrator.flows.steps.base_backup import files_of
from orchestrator.flows.steps.proving import newest
from orchestrator.model.part import seconds
from orchestrator.model.point import RecoveryPoint
from orchestrator.products.toolbox import Toolbox
from orchestrator.recovery.holding import Held
from orchestrator.recovery.leftovers import Leftover
from orchestrator.recovery.points import Listed, Points
from orchestrator.recovery.postgresql import Base
from orchestrator.recovery.proof import Proof, proved
from orchestrator.recovery.retention import Item, Kept, audit
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


def retention(settings: Settings, subject: str) -> dict[str, tuple[Item, ...]]:
    """What is kept of each instance that is backed up, held against its tenant file."""
    found = [case for case in cases.read(settings, subject) if backups.kept(case)]
    if not found:
        backups.refuse(cases.read(settings, subject)[0])
    return {case.names.instance: _audited(case) for case in found}


def _audited(case: Case) -> tuple[Item, ...]:
    tools, names = backups.looking(case), case.names
    store = names.backup_bucket
    kept_for = timedelta(seconds=seconds(case.tenant.backup.kept))
    there = tools.objects.bucket(store) is not None
    now = tools.history.now()
    held = Held(case.subject, tools, now, kept_for, guessing=True)
    bases: Sequence[Base] = ()
    if there:
        bases = held.repository.bases if held.repository else _snapshots(case, tools)
    uploads, backed_up = held.left if there else (Leftover(names.bucket), Leftover(store))
    written = [one.written for one in tools.history.versions(store)] if there else []
    found = Kept(
        points=[one.point for one in _points(case) if one.point],
        bases=bases,
        uploads=uploads,
        backups=backed_up,
        lock=tools.objects.default_lock(store) if there else None,
        began=min(written, default=None),
    )
    return audit(kept_for, found, now)


def _snapshots(case: Case, tools: Toolbox) -> tuple[Base, ...]:
    """Of files each snapshot is a base of its own, from which no other moment is reached."""
    engine = files_of(case.subject, tools)
    if engine is None or not tools.cluster.ready(case.names.namespace, "Deployment", "keeper"):
        return ()
    return tuple(
        Base(one.snapshot, "full", one.as_of, one.as_of, bytes=0, broken=False, timeline=0)
        for one in engine.listed()
    )


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
