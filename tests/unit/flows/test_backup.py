"""A backup: killed anywhere it leaves no half point, and run again it comes about."""

from __future__ import annotations

import gzip
import hashlib
import json
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.engine.step import Step
from orchestrator.errors.backup import (
    BackupImpossibleError,
    ClocksDifferError,
    LogNotKeptError,
    RepositoryUnreadableError,
)
from orchestrator.errors.keys import KeyUnavailableError
from orchestrator.flows import backup, onboard
from orchestrator.flows.steps.backup_store import RIGHTS, UNLOCKED, WRAPPED, backup_store
from orchestrator.flows.steps.base_backup import OLDEST, base_backup
from orchestrator.flows.steps.recovery_point import recovery_point
from orchestrator.flows.steps.secrets import known_values
from orchestrator.model.point import RecoveryPoint
from orchestrator.model.rights import Rights
from orchestrator.model.secret import Secret
from orchestrator.products.decidim.secrets import APPLICATION_PATH
from orchestrator.recovery import inventory
from orchestrator.recovery.points import FIRST, Points
from tests.unit.recovery.instance import NAMES, KilledError, World, carry_out, changes

STORE = NAMES.backup_bucket


@pytest.fixture
def world() -> World:
    made = World()
    for key in ("map", "photo", "plan"):
        made.upload(key, f"content of {key}".encode())
    return made


def points(world: World) -> list[RecoveryPoint]:
    if STORE not in world.store.buckets:
        return []
    listed = list(Points(world.store, world.ring, NAMES).listed())
    assert [one.fault for one in listed] == [""] * len(listed)
    return [one.point for one in listed if one.point]


def back_up(world: World, **given: Any) -> RecoveryPoint:
    """A backup now, and the point that came of it."""
    carry_out(world, backup.steps(world.subject, world.tools, **given))
    return points(world)[0]


def test_a_first_backup_makes_everything_and_names_everything(world: World) -> None:
    before = world.now()
    assert carry_out(world, backup.steps(world.subject, world.tools)) == [
        "backup-store",
        "base-backup",
        "recovery-point",
    ]
    (point,) = points(world)
    assert point.instance == NAMES.instance
    assert before < point.at < world.now()
    assert (point.reason, point.release, point.schema) == ("asked", "0.31.5", "20260101")
    assert point.database.base == world.bases[0].label
    assert point.database.name == f"rp_{point.id}"
    assert point.database.segment in "".join(world.store.keys(STORE, "repository/archive"))
    assert point.counts == {"decidim_users": (3, 3), "active_storage_blobs": (3, 3)}
    assert point.bucket is not None
    assert (point.bucket.count, point.bucket.bytes, point.bucket.missing) == (3, 45, 0)
    assert point.bucket.guard_s in (60, 61), "the store tells whole seconds"
    assert point.previous == FIRST
    assert point.keys.versions == {APPLICATION_PATH: 1}
    assert set(point.keys.fingerprints) == {
        f"{APPLICATION_PATH}#secret_key_base",
        f"{APPLICATION_PATH}#api_jwt_secret",
    }
    assert "a" * 64 not in json.dumps(point.document())
    content = world.store.read(STORE, point.inventory.key) or b""
    items = inventory.read(content, point.inventory.digest, point.inventory.key)
    assert {one.key for one in items if one.bucket == NAMES.bucket} == set(
        world.store.keys(NAMES.bucket)
    )
    assert {one.key for one in items if one.bucket == STORE} == set(
        world.store.keys(STORE, "repository/")
    )


def test_the_manifest_is_written_last(world: World) -> None:
    back_up(world)
    assert world.acts[-3:] == ["mark", "put inventories", "put points"]


def test_killed_anywhere_there_is_no_point_and_the_next_run_makes_one() -> None:
    whole = World()
    back_up(whole)
    assert len(whole.acts) > 12
    for place in range(len(whole.acts)):
        world = World()
        world.dies_at = place
        with pytest.raises(KilledError):
            carry_out(world, backup.steps(world.subject, world.tools))
        assert points(world) == [], f"killed before {whole.acts[place]}"
        world.dies_at = None
        back_up(world)
        assert len(points(world)) == 1
        assert len(world.store.buckets[STORE][WRAPPED]) == 1, "one passphrase for good"
        # Whoever holds an earlier login of a run that was killed is out.
        machine = world.kv.read("decidim/backups/machine") or {}
        assert list(world.ring.logins) == [machine["secret"].reveal()]


def test_a_second_backup_keeps_the_first_and_names_it(world: World) -> None:
    first = back_up(world)
    acts = len(world.acts)
    world.people_go_on()
    second = back_up(world)
    assert world.acts[acts:] == ["mark", "put inventories", "put points"]
    assert [one.id for one in points(world)] == [second.id, first.id]
    assert second.previous not in (FIRST, first.previous)
    content = world.store.read(STORE, f"points/{first.id}.json") or b""
    assert second.previous == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("take", ["full", "diff", "incr"])
def test_a_base_is_made_where_it_is_asked_for(world: World, take: Any) -> None:
    back_up(world)
    world.passed += 60
    point = back_up(world, take=take)
    assert [one.kind for one in world.bases] == ["full", take]
    assert point.database.base == world.bases[1].label


def test_a_base_that_is_too_old_is_made_anew(world: World) -> None:
    back_up(world)
    world.passed += OLDEST.total_seconds() - 60
    back_up(world)
    assert len(world.bases) == 1
    world.passed += 120
    point = back_up(world)
    assert len(world.bases) == 2
    assert point.database.base == world.bases[1].label


def test_a_key_that_was_revoked_is_renewed_and_handed_out(world: World) -> None:
    back_up(world)
    world.store.identities.pop(NAMES.backup_identity("writer"))
    assert changes(backup.steps(world.subject, world.tools))[0].startswith("backup-store")
    assert carry_out(world, backup.steps(world.subject, world.tools)) == [
        "backup-store",
        "handed-keys",
        "recovery-point",
    ]
    assert world.acts.index("hand keys") < len(world.acts) - 3, "before the log is sent off"
    assert len(points(world)) == 2
    carry_out(world, backup.steps(world.subject, world.tools))
    assert world.acts.count("hand keys") == 1


def test_no_new_key_takes_the_place_of_one_that_is_gone(world: World) -> None:
    back_up(world)
    before = list(world.acts)
    world.ring.made = False
    with pytest.raises(KeyUnavailableError, match="they may well be there"):
        changes(backup.steps(world.subject, world.tools))
    assert world.acts == before


def test_a_product_whose_parts_nobody_can_name_is_refused(world: World) -> None:
    world.holdings = None
    with pytest.raises(BackupImpossibleError, match="Decidim"):
        backup.steps(world.subject, world.tools)
    assert backup_store(world.subject, world.tools) is None
    assert base_backup(world.subject, world.tools) is None
    assert recovery_point(world.subject, world.tools, reason="asked") is None
    assert world.acts == []


# Clocks


@pytest.mark.parametrize("ahead_s", [31, -31, 3600])
def test_clocks_that_differ_too_much_make_no_point(world: World, ahead_s: int) -> None:
    back_up(world)
    world.store_ahead_s = ahead_s
    with pytest.raises(ClocksDifferError) as caught:
        back_up(world)
    assert caught.value.why is not None
    assert "up to 30 s" in caught.value.why
    assert len(points(world)) == 1
    assert "put inventories" not in world.acts[-1:]


def test_clocks_that_differ_by_less_widen_the_guard(world: World) -> None:
    world.passed = float(int(world.passed))
    world.store_ahead_s = 29
    point = back_up(world)
    assert point.bucket is not None
    assert 28 <= point.skew_s <= 29
    assert point.bucket.guard_s == 60 + round(point.skew_s)


@pytest.mark.parametrize(("ahead_s", "made"), [(20, True), (40, False)])
def test_a_clock_that_is_set_while_a_point_is_made(
    world: World, monkeypatch: pytest.MonkeyPatch, ahead_s: int, *, made: bool
) -> None:
    world.passed = float(int(world.passed))
    listed = world.store.versions

    def jump(bucket: str, prefix: str = "") -> Any:
        if bucket == NAMES.bucket:
            world.store_ahead_s = ahead_s
        return listed(bucket, prefix)

    monkeypatch.setattr(world.store, "versions", jump)
    if not made:
        with pytest.raises(ClocksDifferError):
            back_up(world)
        assert points(world) == []
        return
    point = back_up(world)
    assert point.bucket is not None
    assert ahead_s - 1 <= point.skew_s <= ahead_s
    assert point.bucket.guard_s == 60 + round(point.skew_s)


@pytest.mark.parametrize("ahead_s", [10, -10])
def test_the_clock_of_this_machine_counts_for_nothing(world: World, ahead_s: int) -> None:
    world.database_ahead_s = world.store_ahead_s = ahead_s
    point = back_up(world)
    assert point.skew_s <= 1
    assert abs((point.at - world.now()).total_seconds()) > 5
    assert back_up(world).id > point.id


# Objects


def test_an_object_that_came_late_is_part_of_the_point(world: World) -> None:
    world.upload("late", b"it took its time", late_s=20)
    point = back_up(world)
    assert point.bucket is not None
    assert (point.bucket.count, point.bucket.missing) == (4, 0)


def test_an_object_later_than_the_guard_is_told_as_missing(world: World) -> None:
    world.upload("never", b"it took an hour", late_s=3600)
    world.upload("no-row", b"nothing shows it", late_s=3600, attached=False)
    point = back_up(world)
    assert point.bucket is not None
    assert (point.bucket.count, point.bucket.missing) == (3, 1)


def test_an_object_deleted_while_its_row_stands_is_part_of_the_point(world: World) -> None:
    world.store.delete(NAMES.bucket, "photo")
    point = back_up(world)
    assert point.bucket is not None
    assert (point.bucket.count, point.bucket.missing) == (3, 0)


def test_a_product_without_a_bucket_has_none_in_its_points(world: World) -> None:
    assert world.holdings is not None
    world.holdings = SimpleNamespace(**{**vars(world.holdings), "references": ""})  # type: ignore[assignment]
    point = back_up(world)
    assert point.bucket is None


# What cannot be unlocked, kept or read


def test_a_destroyed_key_is_told_before_any_tool_runs(world: World) -> None:
    back_up(world)
    world.ring.destroyed = True
    asked, acts = len(world.asked), len(world.acts)
    with pytest.raises(KeyUnavailableError, match="they may well be there"):
        back_up(world)
    assert world.asked[asked:] == []
    assert world.acts[acts:] == []


def test_another_passphrase_beside_the_backups_is_no_new_beginning(world: World) -> None:
    back_up(world)
    world.store.put(STORE, WRAPPED, b"vault:v9:of-somebody-else")
    with pytest.raises(KeyUnavailableError) as caught:
        back_up(world)
    assert caught.value.why == "it was locked with another key"
    assert len(points(world)) == 1
    assert "wrap" in world.acts
    assert world.acts.count("wrap") == 1


def test_log_that_does_not_reach_the_store_makes_no_point(world: World) -> None:
    back_up(world)
    world.archived = False
    with pytest.raises(LogNotKeptError, match="did not reach"):
        back_up(world)
    assert len(points(world)) == 1


def test_a_repository_that_cannot_be_read_is_never_begun_anew(world: World) -> None:
    back_up(world)
    bases = len(world.bases)
    world._info = lambda: json.dumps(  # type: ignore[method-assign]
        [{"status": {"code": 99, "message": "other"}, "backup": []}]
    )
    with pytest.raises(RepositoryUnreadableError, match="cannot read its repository"):
        back_up(world)
    assert len(world.bases) == bases


# The store of backups


def test_the_roles_have_their_rights_and_no_more(world: World) -> None:
    back_up(world)
    rights = {name: found[2] for name, found in world.store.identities.items()}
    assert rights == {NAMES.backup_identity(role): RIGHTS[role] for role in RIGHTS}
    assert rights[NAMES.backup_identity("writer")] is Rights.WRITER
    # The pruner's key is kept, and is no part of the stack.
    assert world.kv.read("decidim/backups/pruner")
    assert not any("pruner" in name for name in known_values(world.subject, world.tools))


@pytest.mark.parametrize(
    ("spoil", "target"),
    [
        (lambda world: world.store.identities.pop(NAMES.backup_identity("writer")), "writer"),
        (lambda world: world.kv.kept.pop("decidim/backups/auditor"), "auditor"),
        (lambda world: world.ring.logins.clear(), "passphrase"),
        (lambda world: world.kv.kept.pop("decidim/backups/machine"), "passphrase"),
        (lambda world: world.store.versioned.clear(), f"bucket/{STORE}"),
    ],
    ids=["identity", "secret", "login", "machine", "versions"],
)
def test_what_went_from_the_store_of_backups_is_mended_alone(
    world: World, spoil: Any, target: str
) -> None:
    back_up(world)
    spoil(world)
    (step,) = [one for one in [backup_store(world.subject, world.tools)] if one]
    (found,) = changes([step])
    assert target in found
    assert carry_out(world, [step]) == ["backup-store"]
    assert carry_out(world, [step]) == []
    assert len(world.store.buckets[STORE][WRAPPED]) == 1


# Onboarding


def onboarding(world: World) -> list[Step]:
    """What onboarding does for backups, in its own order."""
    ours = ("backup-store", "base-backup", "recovery-point")
    return [one for one in onboard.steps(world.subject, world.tools) if one.name in ours]


def test_onboarding_again_has_nothing_to_do(world: World) -> None:
    assert carry_out(world, onboarding(world)) == ["backup-store", "base-backup", "recovery-point"]
    acts = len(world.acts)
    assert changes(onboarding(world)) == []
    world.passed += 23 * 3600
    assert carry_out(world, onboarding(world)) == []
    assert world.acts[acts:] == []


def test_onboarding_a_day_later_makes_a_point_and_nothing_else(world: World) -> None:
    carry_out(world, onboarding(world))
    world.passed += 25 * 3600
    assert changes(onboarding(world)) == ["recovery-point: point/decidim"]
    assert carry_out(world, onboarding(world)) == ["recovery-point"]


def test_before_the_stack_stands_the_plan_says_so(world: World) -> None:
    world.stage = None
    assert len(changes(onboarding(world))) == 8
    assert world.asked == []


def test_a_weak_or_lost_secret_shows_in_the_next_point(world: World) -> None:
    first = back_up(world)
    world.kv.kept[APPLICATION_PATH].append(
        {"secret_key_base": Secret("c" * 64), "api_jwt_secret": Secret("b" * 64)}
    )
    second = back_up(world)
    name = f"{APPLICATION_PATH}#secret_key_base"
    assert second.keys.fingerprints[name] != first.keys.fingerprints[name]
    assert second.keys.versions == {APPLICATION_PATH: 2}


def test_the_inventory_lists_no_log_that_is_younger(world: World) -> None:
    first = back_up(world)
    world.passed += 60
    second = back_up(world)
    lists = []
    for point in (first, second):
        content = world.store.read(STORE, point.inventory.key) or b""
        lists.append(gzip.decompress(content).decode())
    assert second.database.segment not in lists[0]
    assert second.database.segment in lists[1]
    assert first.database.segment in lists[1]


def test_versions_are_locked_for_as_long_as_they_are_kept(world: World) -> None:
    back_up(world)
    assert world.subject.tenant.backup.kept == "30d"
    assert world.store.defaults == {STORE: 30}


def test_a_store_whose_lock_does_not_hold_is_tried_once(world: World) -> None:
    world.store.locks = False
    back_up(world)
    assert not world.store.defaults
    assert UNLOCKED in world.store.keys(STORE)
    step = backup_store(world.subject, world.tools)
    assert step
    assert not step.look()
