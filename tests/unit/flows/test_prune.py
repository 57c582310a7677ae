"""Pruning: what is older than promised goes, what is needed stays; killed, it goes on."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.copier.labels import parsed
from orchestrator.errors.backup import BackupImpossibleError
from orchestrator.errors.keys import KeyUnavailableError
from orchestrator.errors.process import ToolFailedError
from orchestrator.errors.pruning import NotExpiredError, PruningUnsafeError
from orchestrator.flows import backup, prune, restore
from orchestrator.model.change import Risk
from orchestrator.model.point import RecoveryPoint
from orchestrator.model.restoration import Asked, Stage
from orchestrator.recovery.holding import Held
from orchestrator.recovery.points import Points
from orchestrator.recovery.postgresql import Repository
from orchestrator.recovery.proof import proved
from orchestrator.recovery.prunings import FOLDER, Prunings
from orchestrator.wiring import kept
from tests.unit.recovery.copied import CopiedWorld
from tests.unit.recovery.instance import NAMES, KilledError, World, carry_out, changes
from tests.unit.recovery.snapshots import FilesWorld

STORE = NAMES.backup_bucket
DAY_S = 86_400
KEPT = timedelta(days=30)
EXPIRER = NAMES.backup_identity("expirer")
ENDS = slice(0, None, 3)
PLAIN = ("expired-points", "expired-bases", "expired-snapshots", "old-versions")


def back_up(world: World, take: Any = None) -> RecoveryPoint:
    carry_out(world, backup.steps(world.subject, world.tools, take))
    return points(world)[0]


def points(world: World) -> list[RecoveryPoint]:
    """Those that are believed, the newest first."""
    listed = Points(world.store, world.ring, NAMES).listed()
    return [one.point for one in listed if one.point]


def runbook(world: World) -> list[Any]:
    return prune.steps(world.subject, world.tools)


def faults(world: World, which: slice = slice(None)) -> dict[str, tuple[str, ...]]:
    """What is wrong with each point, where something is."""
    found = {
        one.id: proved(world.tools, world.subject, one.id, world.says.append).faults
        for one in points(world)[which]
    }
    return {name: told for name, told in found.items() if told}


def weeks(world: World, count: int, days: int = 7) -> None:
    """A full base and a point, then a base of what changed and a point some days later."""
    for number in range(count):
        world.upload(f"week-{number}", f"of week {number}".encode())
        back_up(world, "full")
        world.passed += 2 * DAY_S
        if number:
            world.store.delete(NAMES.bucket, f"week-{number - 1}")
            world.data.uploads.pop(f"week-{number - 1}")
        back_up(world, "diff")
        world.passed += (days - 2) * DAY_S


@pytest.fixture(scope="module")
def aged() -> World:
    """Eight weeks of backups, of which thirty days are promised."""
    made = World()
    weeks(made, 8)
    return made


@pytest.fixture
def world(aged: World) -> World:
    return again(aged)


def again(aged: World) -> World:
    """Another with the same past."""
    made = type(aged)() if not isinstance(aged, CopiedWorld) else CopiedWorld(aged.scratch)
    for name in ("passed", "acts", "says", "data", "log", "bases", "held", "stage", "holdings"):
        setattr(made, name, copy.deepcopy(getattr(aged, name)))
    for port, names in {
        "store": ("buckets", "versioned", "identities", "defaults", "count"),
        "ring": ("made", "wrapped", "logins"),
    }.items():
        for name in names:
            value = copy.deepcopy(getattr(getattr(aged, port), name))
            setattr(getattr(made, port), name, value)
    made.kv.kept = {path: list(each) for path, each in aged.kv.kept.items()}
    if isinstance(aged, FilesWorld) and isinstance(made, FilesWorld):
        made.snapshots = copy.deepcopy(aged.snapshots)
    return made


def lying(world: World, *but: str) -> dict[str, list[str]]:
    """Every version and mark in both buckets, by the key."""
    return {
        f"{bucket}/{key}": [one.version for one in kept]
        for bucket, keys in world.store.buckets.items()
        for key, kept in keys.items()
        if not key.startswith(but)
    }


def test_what_is_older_than_promised_goes_and_the_rest_is_whole(world: World) -> None:
    now, before = world.now(), points(world)
    assert carry_out(world, runbook(world)) == [
        *("pruning", "expired-points", "expired-bases", "pruning-record", "old-versions"),
    ]
    assert [one.id for one in points(world)] == [
        one.id for one in before if one.expires >= now or one is before[0]
    ]
    full = [one for one in world.bases if one.kind == "full"]
    old = [one for one in full if one.ended <= now - KEPT]
    assert len(old) == 1, "the newest before the beginning is needed to come to it"
    assert len(full) == 5
    assert faults(world) == {}
    keys = lying(world)
    assert {f"week-{number}" for number in (4, 5, 6, 7)} <= {key.split("/")[-1] for key in keys}
    assert f"{NAMES.bucket}/week-0" not in keys
    # Nothing is left of what the engine took away, below a mark or otherwise.
    labels = {one.label.partition("_")[0] for one in full}
    bases = {key.split("/")[4][:16] for key in keys if "/repository/backup/main/2" in key}
    assert bases == labels
    logs = [key.split("/")[-1][:24] for key in keys if "/archive/main/15-1/" in key]
    assert min(logs) == full[0].start
    assert EXPIRER not in world.store.identities


def test_a_second_time_there_is_nothing_to_do(world: World) -> None:
    carry_out(world, runbook(world))
    acts = len(world.acts)
    assert changes(runbook(world)) == []
    assert carry_out(world, runbook(world)) == []
    assert world.acts[acts:] == []


def test_an_instance_that_is_young_has_nothing_to_take_away() -> None:
    world = World()
    assert changes(runbook(world)) == [], "nothing was backed up yet"
    weeks(world, 2)
    assert changes(runbook(world)) == []


def test_a_plan_says_what_is_destroyed_and_asks_for_the_name(world: World) -> None:
    acts = len(world.acts)
    found = [change for step in runbook(world) for change in step.look()]
    assert [one.step for one in found if one.risk is Risk.DESTROYS] == [
        *("expired-points", "expired-bases", "old-versions", "old-versions"),
    ]
    details = {one.target: one.detail for one in found}
    assert details["base/database"].startswith("3 of 8 full ones")
    assert details["points/decidim"].startswith("8 recovery points")
    assert world.acts[acts:] == []


def test_the_oldest_point_that_is_kept_can_be_brought_back(world: World) -> None:
    carry_out(world, runbook(world))
    oldest = points(world)[-1]
    asked = Asked("abcdef", oldest.id, None)
    carry_out(world, restore.steps(world.subject, world.tools, asked))
    assert world.restored == 1


def test_the_beginning_of_the_promised_time_is_reached(world: World) -> None:
    since = world.store.now() - KEPT
    carry_out(world, runbook(world))
    engine = Held(world.subject, world.tools, world.now(), KEPT).repository
    assert engine is not None
    assert engine.before(since, 1) is not None


def test_killed_anywhere_no_point_is_broken_and_the_next_run_comes_to_the_same() -> None:
    aged = World()
    weeks(aged, 6)
    whole = again(aged)
    began = len(whole.acts)
    carry_out(whole, runbook(whole))
    count = len(whole.acts) - began
    assert count > 30
    for place in range(count):
        world = again(aged)
        world.dies_at = began + place
        with pytest.raises(KilledError):
            carry_out(world, runbook(world))
        died = f"killed before {whole.acts[began + place]}"
        world.dies_at = None
        assert faults(world, ENDS) == {}, died
        carry_out(world, runbook(world))
        assert changes(runbook(world)) == [], died
        assert faults(world, ENDS) == {}, died
        assert EXPIRER not in world.store.identities, died
        ours = ("prunings/", "repository/backup/main/backup.info", "repository/archive/main/arch")
        assert lying(world, *ours).keys() == lying(whole, *ours).keys(), died


def test_killed_twice_in_a_row_it_still_arrives(aged: World) -> None:
    for place in (3, 9, 21, 40):
        world = again(aged)
        for further in (place, place // 2):
            world.dies_at = len(world.acts) + further
            with pytest.raises(KilledError):
                carry_out(world, runbook(world))
            world.dies_at = None
        carry_out(world, runbook(world))
        assert changes(runbook(world)) == []
        assert faults(world) == {}


# What must stay is not known


def corrupt(world: World, key: str) -> None:
    world.store.put(STORE, key, b"something else")


def test_a_kept_point_that_does_not_tell_what_it_needs_stops_everything(world: World) -> None:
    corrupt(world, points(world)[1].inventory.key)
    before, acts = lying(world), len(world.acts)
    with pytest.raises(PruningUnsafeError, match="nothing of the backups") as caught:
        changes(runbook(world))
    assert points(world)[1].id in str(caught.value.why)
    with pytest.raises(PruningUnsafeError):
        carry_out(world, runbook(world))
    assert (lying(world), world.acts[acts:]) == (before, [])


def test_a_point_that_is_not_believed_stays_and_is_told(world: World) -> None:
    oldest = points(world)[-1]
    corrupt(world, f"points/{oldest.id}.json")
    carry_out(world, runbook(world))
    assert any(oldest.id in one and one.startswith("left as it is") for one in world.says)
    assert f"points/{oldest.id}.json" in world.store.keys(STORE, "points/")
    assert oldest.inventory.key in world.store.keys(STORE, "inventories/")


def test_where_no_point_is_believed_nothing_goes(world: World) -> None:
    world.ring.seed = 2
    with pytest.raises(PruningUnsafeError, match="nothing") as caught:
        changes(runbook(world))
    assert "none of its recovery points is believed" in str(caught.value.why)


def test_where_nobody_can_be_asked_nothing_goes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.stage = Stage.STOPPED
    with pytest.raises(PruningUnsafeError) as caught:
        changes(runbook(world))
    assert "database is not up" in str(caught.value.why)
    world.stage = Stage.OPEN

    def away() -> Any:
        raise KeyUnavailableError("points", instance=NAMES.instance, reason="it is sealed")

    monkeypatch.setattr(world.ring, "public_keys", away)
    with pytest.raises(KeyUnavailableError):
        changes(runbook(world))


def test_the_newest_point_stays_however_old_it_is(world: World) -> None:
    world.passed += 200 * DAY_S
    newest = points(world)[0]
    carry_out(world, runbook(world))
    assert [one.id for one in points(world)] == [newest.id]
    assert faults(world) == {}
    assert [one.kind for one in world.bases] == ["full", "diff"]
    assert changes(runbook(world)) == []


def test_an_engine_that_fails_leaves_no_key_and_the_next_run_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_keep: int, _key: object) -> str:
        raise ToolFailedError("postgres-expire", status=56, tail=("it is too tired",))

    monkeypatch.setattr(world, "_expire", broken)
    with pytest.raises(NotExpiredError) as caught:
        carry_out(world, runbook(world))
    assert "it is too tired" in "".join(caught.value.details)
    assert EXPIRER not in world.store.identities
    assert faults(world) == {}
    monkeypatch.undo()
    carry_out(world, runbook(world))
    assert changes(runbook(world)) == []


def test_a_product_whose_parts_nobody_can_name_is_refused(world: World) -> None:
    world.holdings = None
    with pytest.raises(BackupImpossibleError):
        runbook(world)


# Locks


def test_what_is_locked_stays_is_told_and_goes_when_the_lock_ends(world: World) -> None:
    (key,) = [one for one in world.store.keys(STORE, "repository/") if world.bases[0].label in one][
        :1
    ]
    (kept,) = world.store.buckets[STORE][key]
    until = world.store.now() + timedelta(days=3)
    world.store.until[key, kept.version] = until
    carry_out(world, runbook(world))
    assert any(f"1 are locked still, the last until {until:%Y-%m-%d}" in one for one in world.says)
    assert world.store.buckets[STORE][key][0].version == kept.version
    assert changes(runbook(world)) == []
    world.passed += 3 * DAY_S + 60
    carry_out(world, runbook(world))
    assert key not in world.store.buckets[STORE]


# What is promised


def policy(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[str, str]]:
    """What `backup policy` tells that does not fit."""
    case: Any = SimpleNamespace(
        product=world.subject.product,
        subject=world.subject,
        names=NAMES,
        tenant=world.subject.tenant,
    )
    with monkeypatch.context() as patch:
        patch.setattr(kept.backups, "looking", lambda _case: world.tools)
        told = kept._audited(case)
    return {one.what: (one.found, one.fit.value) for one in told if one.fit.value != "ok"}


def test_the_policy_fits_afterwards(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = policy(world, monkeypatch)
    assert before["recovery points"] == ("16, 8 of them older", "longer")
    assert before["bases of the database"][0].endswith("3 full ones more than needed")
    assert before["deleted objects"][1] == before["deleted backups"][1] == "longer"
    carry_out(world, runbook(world))
    assert policy(world, monkeypatch) == {}
    world.stage = Stage.STOPPED
    assert set(policy(world, monkeypatch)) <= {"reach"}, "without the database more is needed"


def test_the_policy_of_snapshots_fits_afterwards(
    files: FilesWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert set(policy(files, monkeypatch)) == {
        *("recovery points", "bases of the database", "deleted backups"),
    }
    carry_out(files, runbook(files))
    assert policy(files, monkeypatch) == {}


# Absence


def test_a_loss_is_found_whatever_records_there_are(world: World) -> None:
    carry_out(world, runbook(world))
    newest = points(world)[0]
    needed = [one for one in world.store.keys(STORE, "repository/") if world.bases[-1].label in one]
    world.store.delete(STORE, needed[0])
    (fault,) = faults(world)[newest.id]
    assert fault.startswith(f"{needed[0]} was deleted")
    # A further run explains nothing that it did not do.
    world.passed += 8 * DAY_S
    back_up(world, "full")
    carry_out(world, runbook(world))
    assert newest.id in faults(world)


def test_what_an_engine_takes_that_is_needed_is_no_part_of_the_record(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire, newest = world._expire, world.bases[-1].label
    needed = next(one for one in world.store.keys(STORE, "repository/") if newest in one)

    def too_much(keep: int, key: Any) -> str:
        said = expire(keep, key)
        world.store.delete(STORE, needed)
        return said

    monkeypatch.setattr(world, "_expire", too_much)
    carry_out(world, runbook(world))
    assert world.store.buckets[STORE][needed][0].content is not None, "it can be had back"
    assert needed in " ".join(faults(world)[points(world)[0].id])


def whole_lists(world: World, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Points as they were once made: each names the whole repository."""
    with monkeypatch.context() as patch:
        patch.setattr(Repository, "chain", lambda *_given: None)
        weeks(world, count)


def test_points_that_name_the_whole_repository_are_whole_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = World()
    whole_lists(world, 8, monkeypatch)
    carry_out(world, runbook(world))
    assert faults(world) == {}
    # With the database down, only the record tells what went.
    world.stage = Stage.STOPPED
    assert faults(world) == {}
    records = list(world.store.keys(STORE, FOLDER))
    assert len(records) == 3
    for key in records:
        world.store.put(STORE, key, (world.store.read(STORE, key) or b"") + b" ")
    assert faults(world) != {}, "a record that was changed explains nothing"


def test_a_record_names_what_went_and_goes_when_nobody_needs_it(world: World) -> None:
    carry_out(world, runbook(world))
    records = Prunings(world.store, world.ring, NAMES)
    (record,) = records.closed()
    assert record.closed is not None
    assert record.opened < record.closed
    assert (record.instance, record.kept_s, len(record.points)) == (NAMES.instance, 30 * DAY_S, 8)
    assert record.taken is not None
    assert record.taken.count == len(records.taken(record)) > 8
    assert records.open_one() is None
    for _ in range(7):
        world.passed += 7 * DAY_S
        back_up(world, "full")
    carry_out(world, runbook(world))
    assert record.id not in "".join(lying(world))
    assert changes(runbook(world)) == []


# Snapshots, and copies


@pytest.fixture
def files() -> FilesWorld:
    world = FilesWorld()
    for number in range(10):
        world.people_go_on()
        back_up(world)
        world.passed += DAY_S
        world.take(f"every-{number}")
        world.passed += 4 * DAY_S
    return world


def test_of_snapshots_what_is_older_goes(files: FilesWorld) -> None:
    now = files.now()
    assert carry_out(files, runbook(files)) == [
        *("pruning", "expired-points", "expired-snapshots", "pruning-record", "old-versions"),
    ]
    old = [one for one in files.snapshots if one.as_of <= now - KEPT]
    assert len(old) == 1
    assert faults(files) == {}
    assert changes(runbook(files)) == []
    named = {one.files.snapshot for one in points(files) if one.files}
    assert named <= {one.id for one in files.snapshots}


def test_of_snapshots_killed_anywhere_the_next_run_comes_to_the_same(files: FilesWorld) -> None:
    whole = again(files)
    began = len(whole.acts)
    carry_out(whole, runbook(whole))
    for place in range(len(whole.acts) - began):
        world = again(files)
        world.dies_at = began + place
        with pytest.raises(KilledError):
            carry_out(world, runbook(world))
        died = f"killed before {whole.acts[began + place]}"
        world.dies_at = None
        carry_out(world, runbook(world))
        assert changes(runbook(world)) == [], died
        assert faults(world, ENDS) == {}, died
        assert lying(world, FOLDER).keys() == lying(whole, FOLDER).keys(), died


def test_what_a_point_names_stays_below_its_mark_until_the_point_goes(files: FilesWorld) -> None:
    carry_out(files, runbook(files))
    hidden = {
        key
        for key, kept in files.store.buckets[STORE].items()
        if key.startswith("files/data/") and kept[-1].content is None
    }
    assert hidden, "any point names everything that lay there when it was made"
    for _ in range(4):
        files.passed += 10 * DAY_S
        back_up(files)
        carry_out(files, runbook(files))
        assert faults(files) == {}
    assert not hidden & files.store.buckets[STORE].keys()


def test_copies_of_what_the_product_destroyed_go_when_their_time_is_over(tmp_path: Path) -> None:
    world = CopiedWorld(tmp_path)
    for key in ("map", "photo", "plan"):
        world.upload(key, f"content of {key}".encode())
    back_up(world, "full")
    world.upload("plan", b"a newer plan")
    world.copy()
    world.destroy("map")
    world.copy()
    for _ in range(6):
        world.passed += 7 * DAY_S
        back_up(world, "full")
    carry_out(world, runbook(world))
    assert copies(world) == ["photo", "plan", "plan"], "what the product keeps itself stays"
    assert faults(world) == {}
    (older, _newer) = world.store.buckets[NAMES.bucket]["plan"]
    world.store.buckets[NAMES.bucket]["plan"].remove(older)
    carry_out(world, runbook(world))
    assert copies(world) == ["photo", "plan"]
    world.copy()
    assert copies(world) == ["photo", "plan"]
    back_up(world)
    assert changes(runbook(world)) == []
    assert faults(world) == {}


def copies(world: CopiedWorld) -> list[str]:
    return sorted(parsed(key)[0] for key in world.store.keys(STORE, "objects/"))


def named(steps: Iterable[Any]) -> list[str]:
    return [one.name for one in steps]


def test_the_steps_are_told_in_their_order(world: World) -> None:
    assert named(runbook(world)) == ["pruning", *PLAIN[:3], "pruning-record", PLAIN[3]]
