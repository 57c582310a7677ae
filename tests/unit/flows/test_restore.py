"""A restoration: refused while nothing has been touched, or carried to its end, once."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.errors.backup import (
    KeyChangedError,
    PointForeignError,
    PointOfOtherReleaseError,
    PointUnknownError,
    RestoredOtherwiseError,
)
from orchestrator.errors.keys import KeyUnavailableError
from orchestrator.errors.root import OrchestratorError
from orchestrator.errors.signatures import SignatureInvalidError, SignedFormUnknownError
from orchestrator.flows import backup, restore
from orchestrator.flows.steps import acceptance
from orchestrator.flows.steps.restoring import MARKS, NOTE, Restoration
from orchestrator.model.change import Operation, Risk
from orchestrator.model.names import InstanceNames
from orchestrator.model.point import RecoveryPoint
from orchestrator.model.restoration import Asked, Stage
from orchestrator.model.secret import Secret
from orchestrator.products.decidim.secrets import APPLICATION_PATH
from orchestrator.recovery.points import Points
from orchestrator.recovery.signed import seal
from tests.unit.recovery.instance import NAMES, Data, KilledError, World, carry_out, changes
from tests.unit.recovery.store import Ring

STORE = NAMES.backup_bucket
ID = "3fa2c1"
WHOLE = [
    "recovery-point",
    *("database", "services", "objects", "compared", "emptied", "erased", "opened"),
    *("acceptance", "base-backup", "recovery-point"),
]


class Restored(World):
    """An instance with a point, whose people went on since."""

    def __init__(self) -> None:
        super().__init__()
        for key in ("map", "photo", "plan"):
            self.upload(key, f"content of {key}".encode())
        self.upload("late", b"it came late", late_s=20)
        carry_out(self, backup.steps(self.subject, self.tools))
        self.point = self.points[0]
        self.then = copy.deepcopy(self.data)
        self.objects_then = self.store.content(NAMES.bucket)
        self.objects_then["late"] = b"it came late"
        self.people_go_on()
        self.now_data = copy.deepcopy(self.data)
        self.before = len(self.acts)
        self.commands = len(self.asked)

    @property
    def points(self) -> list[RecoveryPoint]:
        listed = Points(self.store, self.ring, NAMES).listed()
        return [one.point for one in listed if one.point]

    @property
    def done(self) -> list[str]:
        """What was changed since the people went on."""
        return self.acts[self.before :]

    def asking(self, **given: Any) -> Asked:
        return Asked(ID, given.pop("point", self.point.id), **given)

    def steps(self, **given: Any) -> list[Any]:
        return restore.steps(self.subject, self.tools, self.asking(**given))

    def run(self, **given: Any) -> list[str]:
        return carry_out(self, self.steps(**given))

    def untouched(self) -> bool:
        return self.done == [] and self.staged == [] and self.data == self.now_data

    def manifest(self) -> bytes:
        return self.store.read(STORE, f"points/{self.point.id}.json") or b""

    def put_point(self, content: bytes, id_: str = "") -> None:
        self.store.put(STORE, f"points/{id_ or self.point.id}.json", content)


@pytest.fixture
def world() -> Restored:
    return Restored()


def as_it_was(world: Restored) -> None:
    """Everything is as of the point, and nothing of the history that was left is lost."""
    assert world.data.rows == world.then.rows
    assert world.data.uploads == world.then.uploads
    assert world.store.content(NAMES.bucket) == world.objects_then
    assert world.queue == []
    assert world.stage is Stage.OPEN
    versions = {key: len(kept) for key, kept in world.store.buckets[NAMES.bucket].items()}
    assert versions["after"] == 2, "what came later stays as a version"


def test_an_instance_comes_back_to_a_point(world: Restored) -> None:
    assert world.run() == WHOLE
    as_it_was(world)
    assert world.restored == 1
    assert world.accepted >= 1
    stages = [stage for stage, _ in world.staged]
    assert stages == [Stage.STOPPED, Stage.CLOSED, Stage.OPEN]
    assert [target for _, target in world.staged][1:] == [None, None]
    # Queue and rows are as they must be before the site is opened.
    assert world.done.index("empty queue") < world.done.index("up open")
    assert world.done.index("note orchestrator-restoration compared") < world.done.index("up open")


def test_the_present_is_kept_first_and_can_be_brought_back(world: Restored) -> None:
    world.run()
    assert [one.reason for one in world.points] == ["after restore", "before restore", "asked"]
    assert world.done[:3] == ["mark", "put inventories", "put points"]
    world.passed += 60
    undone = Asked("aaaaaa", world.points[1].id)
    assert carry_out(world, restore.steps(world.subject, world.tools, undone)) == WHOLE
    assert world.data.rows == world.now_data.rows
    assert set(world.data.uploads) == set(world.now_data.uploads)
    assert world.data.timeline == 3


def test_after_it_there_is_a_base_and_a_point_of_the_new_history(world: Restored) -> None:
    # A base of the time that is left behind leads nowhere from the new history.
    carry_out(world, backup.steps(world.subject, world.tools, "diff"))
    world.run()
    newest = world.points[0]
    assert (newest.reason, newest.database.timeline) == ("after restore", 2)
    assert newest.database.base == world.bases[-1].label
    assert world.bases[-1].timeline == 2
    world.passed += 60
    again = Asked("bbbbbb", newest.id)
    carry_out(world, restore.steps(world.subject, world.tools, again))
    assert world.data.rows == world.then.rows


def test_the_plan_says_what_will_be_lost(world: Restored) -> None:
    (found,) = [one for step in world.steps() for one in step.look() if one.step == "database"]
    assert found.risk is Risk.DESTROYS
    assert found.detail is not None
    assert "what came in the last 10 min is lost" in found.detail
    assert "since the point 5 rows came and 0 went" in found.detail
    assert world.untouched()


def test_a_rehearsal_says_what_would_be_lost_and_a_copy_does_not(world: Restored) -> None:
    copied = replace(world.subject, names=NAMES.beside("rehearsal"))
    for trial in (True, False):
        asked = Asked("abcdef", world.point.id, trial=trial)
        (found,) = Restoration(copied, world.tools, asked).database().look()
        assert (found.operation, found.risk) == (Operation.CREATE, Risk.MILD)
        lost = "as a trial; in its place what came in the last 10 min is lost: since the point 5"
        assert (lost in str(found.detail)) is trial
    assert world.untouched()


def test_planning_changes_nothing(world: Restored) -> None:
    plan = changes(world.steps())
    assert [one.partition(":")[0] for one in plan] == [
        *WHOLE[:8],
        *("acceptance", "recovery-point"),
    ]
    assert world.untouched()


def test_a_moment_between_points(world: Restored) -> None:
    moment = world.point.at + timedelta(seconds=310)
    world.passed += 60
    carry_out(world, backup.steps(world.subject, world.tools))
    names = [step for step in world.run(at=moment) if step != "base-backup"]
    assert "compared" in names
    target = world.staged[0][1]
    assert target is not None
    assert (target.kind, target.base) == ("time", world.point.database.base)
    assert target.value == f"{moment:%Y-%m-%d %H:%M:%S.%f}+00"


def test_a_lost_volume_comes_back_without_a_point_of_the_present(world: Restored) -> None:
    world.data = Data({"decidim_users": 0, "active_storage_blobs": 0}, system="another")
    assert world.run() == WHOLE[1:]
    as_it_was(world)
    assert [one.reason for one in world.points] == ["after restore", "asked"]


def test_a_server_that_is_down_comes_back_as_well(world: Restored) -> None:
    world.stage = Stage.STOPPED
    (found,) = [one for step in world.steps() for one in step.look() if one.step == "database"]
    assert "cannot tell how much" in (found.detail or "")
    assert world.run() == WHOLE[1:]
    as_it_was(world)


# Refused, and nothing is started


def refused(world: Restored, fault: type[OrchestratorError], **given: Any) -> OrchestratorError:
    """The fault; neither planning nor carrying out has touched anything."""
    with pytest.raises(fault):
        changes(world.steps(**given))
    with pytest.raises(fault) as caught:
        world.run(**given)
    assert world.untouched()
    assert world.asked[world.commands :] == [], "no tool was started"
    return caught.value


def test_a_point_that_there_is_not(world: Restored) -> None:
    fault = refused(world, PointUnknownError, point="20260101T000000Z-000000")
    assert world.point.id in (fault.why or "")


def test_a_point_of_another_tenant_that_was_copied(world: Restored) -> None:
    other = InstanceNames("saint-jean", "decidim")
    ring = Ring(seed=2, made=True)
    copied = {**world.point.document(), "tenant": other.tenant}
    world.put_point(seal(copied, ring.sign))
    refused(world, SignatureInvalidError)


def test_a_point_of_another_product_of_the_same_tenant(world: Restored) -> None:
    world.put_point(seal({**world.point.document(), "product": "grist"}, world.ring.sign))
    fault = refused(world, PointForeignError)
    assert "saint-martin/grist, not of saint-martin/decidim" in fault.message


def test_a_point_under_another_name(world: Restored) -> None:
    world.put_point(world.manifest(), "20261126T030000Z-ffffff")
    fault = refused(world, SignedFormUnknownError, point="20261126T030000Z-ffffff")
    assert world.point.id in (fault.why or "")


def test_a_point_that_was_changed_in_any_byte(world: Restored) -> None:
    content = world.manifest()
    for at in range(0, len(content), 7):
        changed = bytearray(content)
        changed[at] ^= 1
        world.put_point(bytes(changed))
        with pytest.raises((SignatureInvalidError, OrchestratorError)):
            world.run()
        assert world.untouched(), f"byte {at}"
        assert world.asked[world.commands :] == []


@pytest.mark.parametrize("when", [None, 100])
def test_a_destroyed_key_is_told_as_such_before_any_tool_runs(
    world: Restored, when: int | None
) -> None:
    world.ring.destroyed = True
    at = {"at": world.point.at + timedelta(seconds=when)} if when else {}
    fault = refused(world, KeyUnavailableError, **at)
    assert "they may well be there" in fault.message


@pytest.mark.parametrize("key", ["secret_key_base", "api_jwt_secret"])
def test_a_key_that_changed_since(world: Restored, key: str) -> None:
    kept = world.kv.kept[APPLICATION_PATH]
    kept.append({**kept[-1], key: Secret("c" * 64)})
    fault = refused(world, KeyChangedError)
    assert key in fault.message
    assert f"version 1 of {APPLICATION_PATH}" in fault.hints[0]


def test_a_key_that_went(world: Restored) -> None:
    del world.kv.kept[APPLICATION_PATH]
    refused(world, KeyChangedError)


def test_a_point_of_another_release(world: Restored) -> None:
    world.subject = copy.copy(world.subject)
    object.__setattr__(world.subject, "release", SimpleNamespace(release="0.30.9"))
    fault = refused(world, PointOfOtherReleaseError)
    assert "0.31.5; the tenant file says 0.30.9" in fault.message


# Stopped in the middle


def test_killed_anywhere_it_goes_on_and_does_nothing_twice() -> None:
    whole = Restored()
    whole.run()
    acts = whole.done
    assert [one for one in acts if one.startswith(f"note {NOTE}")] == [
        f"note {NOTE} {mark}" for mark in MARKS
    ]
    for place in range(len(acts)):
        world = Restored()
        world.dies_at = world.before + place
        with pytest.raises(KilledError):
            world.run()
        reached = world.notes.get(NOTE, {}).get("reached", "")
        killed = len(world.acts)
        world.dies_at = None
        world.run()
        as_it_was(world)
        assert world.restored == 1, f"killed before {acts[place]}"
        assert world.points[0].reason == "after restore"
        # What a mark says was done is not done again.
        marks = [one.split()[2] for one in world.acts[killed:] if one.startswith(f"note {NOTE}")]
        assert tuple(marks) == MARKS[MARKS.index(reached) + 1 if reached else 0 :]


@pytest.mark.parametrize("reached", MARKS)
def test_resumed_at_each_mark_only_the_rest_is_left(world: Restored, reached: str) -> None:
    for step in world.steps():
        if step.look():
            step.act(world.says.append)
        if step.name == reached:
            break
    plan = [one.partition(":")[0] for one in changes(world.steps())]
    left = MARKS[MARKS.index(reached) + 1 :]
    assert plan[: len(left)] == list(left)
    assert "recovery-point" not in plan[: len(left)], "the present is kept once"
    world.run()
    as_it_was(world)
    assert world.restored == 1


def test_another_restoration_begins_anew(world: Restored) -> None:
    world.run()
    world.passed += 60
    other = Asked("cccccc", world.point.id)
    assert carry_out(world, restore.steps(world.subject, world.tools, other)) == WHOLE
    assert world.restored == 2


# What came back is not what the point says


def stop_before(world: Restored, name: str) -> Any:
    """Everything before a step is carried out; the step."""
    for step in world.steps():
        if step.name == name:
            return step
        if step.look():
            step.act(world.says.append)
    raise AssertionError(name)


def stays_shut(world: Restored, step: Any) -> RestoredOtherwiseError:
    with pytest.raises(RestoredOtherwiseError, match="it stays shut") as caught:
        step.act(world.says.append)
    assert world.stage is Stage.CLOSED
    assert not step.holds()
    before = len(world.staged)
    with pytest.raises(RestoredOtherwiseError):
        world.run()
    assert len(world.staged) == before, "nor does another try open it"
    return caught.value


@pytest.mark.parametrize("table", ["decidim_users", "active_storage_blobs"])
@pytest.mark.parametrize("by", [-1, 1])
def test_one_row_too_few_or_too_many(world: Restored, table: str, by: int) -> None:
    step = stop_before(world, "compared")
    world.data.rows[table] += by
    fault = stays_shut(world, step)
    assert f"table {table} has {world.data.rows[table]} rows" in fault.details[0]


def test_a_table_that_is_missing(world: Restored) -> None:
    step = stop_before(world, "compared")
    del world.data.rows["decidim_users"]
    stays_shut(world, step)


def test_one_object_that_was_deleted_again(world: Restored) -> None:
    step = stop_before(world, "compared")
    world.store.delete(NAMES.bucket, "photo")
    fault = stays_shut(world, step)
    assert fault.details == ("object photo is named by a row and is not there",)


def test_one_object_that_is_in_no_version(world: Restored) -> None:
    step = stop_before(world, "compared")
    del world.store.buckets[NAMES.bucket]["photo"]
    fault = stays_shut(world, step)
    assert fault.details == ("object photo is named by a row and is not there",)


@pytest.mark.parametrize("content", [b"content of PHOTO", b"content of photo."])
def test_one_object_of_another_content(world: Restored, content: bytes) -> None:
    step = stop_before(world, "compared")
    world.store.put(NAMES.bucket, "photo", content)
    fault = stays_shut(world, step)
    assert fault.details == ("object photo has another content than its row says",)


@pytest.mark.parametrize("ahead_s", [20, -20])
def test_the_clock_of_this_machine_decides_nothing(ahead_s: int) -> None:
    world = Restored()
    world.store.put(NAMES.bucket, "plan", b"written over")
    world.store_ahead_s = world.database_ahead_s = ahead_s
    world.run()
    as_it_was(world)


def test_an_object_that_was_missing_even_then_is_not_held_against_it() -> None:
    world = Restored()
    world.upload("never", b"it took an hour", late_s=3600)
    carry_out(world, backup.steps(world.subject, world.tools))
    known = world.points[0]
    assert known.bucket is not None
    assert known.bucket.missing >= 1
    world.passed += 60
    world.run(point=known.id)
    assert world.stage is Stage.OPEN


def test_a_database_that_is_not_the_one_brought_back(world: Restored) -> None:
    step = stop_before(world, "services")
    world.told["id"] = "dddddd"
    with pytest.raises(RestoredOtherwiseError, match="it stays shut"):
        step.act(world.says.append)
    assert world.stage is Stage.CLOSED


def test_an_older_point_is_proposed(world: Restored) -> None:
    carry_out(world, backup.steps(world.subject, world.tools))
    newest = world.points[0]
    older = world.point.id
    world.point = newest
    step = stop_before(world, "compared")
    world.data.rows["decidim_users"] = 0
    fault = stays_shut(world, step)
    assert fault.hints[0] == f"try the older point {older}"


def test_log_that_ends_before_the_moment_is_said(world: Restored) -> None:
    step = stop_before(world, "services")
    world.told |= {"reached": "end", "last": "2026-11-26 02:03:00+00"}
    step.act(world.says.append)
    assert world.says[-1] == "the log ended before the moment, at 2026-11-26 02:03:00+00"


def test_what_was_accepted_before_counts_for_nothing(world: Restored) -> None:
    step = stop_before(world, "opened")
    step.act(world.says.append)
    assert "failed" in json.dumps(world.notes[acceptance.NOTE])


def test_a_product_without_objects_has_no_step_for_them(world: Restored) -> None:
    assert world.holdings is not None
    plain = {**vars(world.holdings), "references": ""}
    world.holdings = SimpleNamespace(**plain)  # type: ignore[assignment]
    assert "objects" not in [step.name for step in world.steps()]
    assert "compared" in world.run()
