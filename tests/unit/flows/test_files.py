"""What is kept as snapshots of files: its points, what is wrong with them, and what comes back."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from orchestrator.errors.backup import ClocksDifferError, SnapshotNotMadeError
from orchestrator.flows import backup, beside, restore
from orchestrator.flows.steps.restoring import NOTE
from orchestrator.model.change import Risk
from orchestrator.model.point import RecoveryPoint
from orchestrator.model.restoration import Asked, FilesReload, FilesTarget, Stage
from orchestrator.recovery import inventory
from orchestrator.recovery.points import Points
from orchestrator.recovery.proof import proved
from tests.unit.recovery.instance import NAMES, KilledError, carry_out, changes
from tests.unit.recovery.snapshots import STORE, FilesWorld

ID = "3fa2c1"
WHOLE = [
    *("recovery-point", "files", "databases", "opened"),
    *("acceptance", "recovery-point"),
]


@pytest.fixture
def world() -> FilesWorld:
    return FilesWorld()


def points(world: FilesWorld) -> list[RecoveryPoint]:
    listed = Points(world.store, world.ring, NAMES).listed()
    return [one.point for one in listed if one.point]


def back_up(world: FilesWorld) -> RecoveryPoint:
    assert carry_out(world, backup.steps(world.subject, world.tools))[-1] == "recovery-point"
    return points(world)[0]


def faults(world: FilesWorld, point: RecoveryPoint) -> tuple[str, ...]:
    return proved(world.tools, world.subject, point.id, world.says.append).faults


# A point


def test_a_point_names_a_snapshot_of_its_own_name(world: FilesWorld) -> None:
    point = back_up(world)
    (snapshot,) = world.snapshots
    assert point.database is None
    assert point.bucket is None
    assert point.files is not None
    assert (point.files.engine, point.files.snapshot) == ("restic", snapshot.id)
    assert (point.files.count, point.files.bytes) == (9, 900)
    assert snapshot.name == point.id
    assert point.at == point.files.as_of == snapshot.as_of
    assert point.counts == {"rudi_catalog.metadata": (3, 3), "rudi_manager.db.users": (1, 1)}
    assert RecoveryPoint.read(point.document()) == point
    assert world.says[-1].startswith(f"recovery point {point.id}: 4 rows, 9 files, as of")


def test_there_is_no_base_and_nobody_asks_a_database(world: FilesWorld) -> None:
    done = carry_out(world, backup.steps(world.subject, world.tools, "full"))
    assert "base-backup" not in done
    assert all(one.startswith(("keeper-", "sh -c")) for one in world.asked)


def test_a_point_needs_all_of_the_repository_but_its_locks(world: FilesWorld) -> None:
    point = back_up(world)
    world.people_go_on()
    later = back_up(world)
    content = world.store.read(STORE, later.inventory.key) or b""
    items = inventory.read(content, later.inventory.digest, later.inventory.key)
    kinds = sorted(one.key.split("/")[1] for one in items)
    assert kinds == ["config", "data", "data", "snapshots", "snapshots"]
    assert faults(world, point) == faults(world, later) == ()


@pytest.mark.parametrize("kind", ["data", "snapshots", "config"])
def test_what_is_taken_away_or_replaced_is_a_fault(world: FilesWorld, kind: str) -> None:
    point = back_up(world)
    (key,) = world.store.keys(STORE, f"files/{kind}")
    world.store.put(STORE, key, b"something else")
    assert any(f"{key} was replaced" in one for one in faults(world, point))
    world.store.delete(STORE, key)
    assert any(f"{key} was deleted" in one for one in faults(world, point))
    del world.store.buckets[STORE][key]
    assert any(f"{key} is gone" in one for one in faults(world, point))


def test_clocks_that_differ_name_no_moment(world: FilesWorld) -> None:
    world.database_ahead_s = 40
    with pytest.raises(ClocksDifferError):
        back_up(world)
    assert points(world) == []


def test_without_a_snapshot_there_is_no_point(world: FilesWorld) -> None:
    world.away = [74, 74, 74]
    with pytest.raises(SnapshotNotMadeError):
        back_up(world)
    assert points(world) == []
    world.away = [74, 75]
    back_up(world)
    assert len(points(world)) == 1


def test_keys_that_were_renewed_are_handed_to_whoever_keeps_files(world: FilesWorld) -> None:
    back_up(world)
    for role in ("writer", "auditor"):
        del world.store.identities[NAMES.backup_identity(role)]
    found = changes(backup.steps(world.subject, world.tools)[:1])
    assert len(found) == 2
    steps = backup.steps(world.subject, world.tools)
    carry_out(world, steps[:1])
    assert changes(steps[1:2]) == ["handed-keys: deployment/keeper"]


# Brought back


class Restored(FilesWorld):
    """One with a point, whose people went on since."""

    def __init__(self) -> None:
        super().__init__()
        self.point = back_up(self)
        self.then = copy.deepcopy(self.data)
        self.people_go_on()
        self.take("every-2")
        self.between = copy.deepcopy(self.data)
        self.between_at = self.now()
        self.people_go_on()
        self.last = copy.deepcopy(self.data)
        self.staged.clear()

    def steps(self, **given: Any) -> list[Any]:
        asked = Asked(given.pop("id", ID), given.pop("point", self.point.id), **given)
        return restore.steps(self.subject, self.tools, asked)


@pytest.fixture
def restored() -> Restored:
    return Restored()


def test_an_instance_comes_back_to_a_point(restored: Restored) -> None:
    assert carry_out(restored, restored.steps()) == WHOLE
    assert restored.data.rows == restored.then.rows
    assert restored.point.files is not None
    assert restored.staged == [
        (Stage.STOPPED, FilesTarget(ID, restored.point.files.snapshot)),
        (Stage.CLOSED, FilesReload(ID)),
        (Stage.OPEN, None),
    ]
    assert restored.accepted >= 1
    assert [one.reason for one in points(restored)] == ["after restore", "before restore", "asked"]


def test_the_present_can_be_brought_back_again(restored: Restored) -> None:
    carry_out(restored, restored.steps())
    kept = points(restored)[1]
    restored.passed += 60
    assert carry_out(restored, restored.steps(id="aaaaaa", point=kept.id)) == WHOLE
    assert restored.data.rows == restored.last.rows


def test_a_moment_is_the_newest_snapshot_that_is_not_younger(restored: Restored) -> None:
    moment = restored.between_at + timedelta(seconds=30)
    steps = restored.steps(at=moment)
    plan = {one.name: one.look() for one in steps}
    assert "newest snapshot not younger than" in plan["files"][0].detail
    carry_out(restored, steps)
    assert restored.data.rows == restored.between.rows
    (_, target), *_ = restored.staged
    assert target == FilesTarget(ID, "", f"{moment:%Y-%m-%dT%H:%M:%SZ}")


def test_what_it_costs_is_said_before(restored: Restored) -> None:
    (change,) = restored.steps()[1].look()
    assert (change.target, change.risk) == ("files", Risk.DESTROYS)
    assert "is lost" in change.detail


def test_where_nothing_runs_the_present_is_not_kept(restored: Restored) -> None:
    restored.stage = None
    assert carry_out(restored, restored.steps()) == WHOLE[1:]


@pytest.mark.parametrize("place", range(16))
def test_killed_anywhere_it_goes_on(place: int) -> None:
    world = Restored()
    world.dies_at = len(world.acts) + place
    try:
        carry_out(world, world.steps())
    except KilledError:
        world.dies_at = None
        carry_out(world, world.steps())
    assert world.data.rows == world.then.rows
    assert world.stage is Stage.OPEN
    assert world.restored == 1
    assert world.notes[NOTE]["reached"] == "opened"


def test_again_there_is_nothing_to_do(restored: Restored) -> None:
    carry_out(restored, restored.steps())
    assert not [one for one in changes(restored.steps()) if not one.startswith("recovery-point")]


def test_a_copy_has_the_steps_of_files_and_keeps_nothing_of_the_instance(
    restored: Restored, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("sign_in", "certificate", "generate_secrets"):
        monkeypatch.setattr(beside, name, lambda *_given: None)
    copied = replace(restored.subject, names=NAMES.beside("essai"))
    asked = Asked(ID, restored.point.id)
    names = [one.name for one in beside.steps(copied, restored.tools, asked)]
    assert names == ["keys", "files", "databases", "opened", "acceptance"]
