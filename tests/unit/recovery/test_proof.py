"""A point is proved by reading it; whatever was done to what it needs is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.errors.signatures import SignedFormUnknownError
from orchestrator.flows import backup
from orchestrator.model.point import RecoveryPoint
from orchestrator.recovery.inventory import Item
from orchestrator.recovery.leftovers import listed
from orchestrator.recovery.points import Points
from orchestrator.recovery.postgresql import Base, PostgresqlEngine, Repository
from orchestrator.recovery.proof import faults_of, proved
from tests.unit.recovery.instance import NAMES, World, carry_out

STORE = NAMES.backup_bucket
INFO = "repository/backup/main/backup.info"


class Proven(World):
    """An instance with a point."""

    def __init__(self) -> None:
        super().__init__()
        for key in ("map", "photo", "plan"):
            self.upload(key, f"content of {key}".encode())
        carry_out(self, backup.steps(self.subject, self.tools))
        self.point = self.newest()

    def newest(self) -> RecoveryPoint:
        found = Points(self.store, self.ring, NAMES)
        return found.read(found.ids()[0])

    def items(self) -> tuple[Item, ...]:
        return listed(self.tools.history, self.point, STORE)

    def engine(self) -> Repository | None:
        cluster, clock = self.tools.cluster, self.tools.clock
        return PostgresqlEngine(cluster, clock, NAMES.namespace, "decidim").repository()

    def faults(self) -> tuple[str, ...]:
        return faults_of(self.tools.history, self.items(), self.engine(), self.says.append)

    def segment(self) -> str:
        return self.store.keys(STORE, "repository/archive/main/15-1/")[0]


@pytest.fixture
def world() -> Proven:
    return Proven()


def test_a_whole_point_has_no_fault(world: Proven) -> None:
    assert world.faults() == ()
    assert len(world.items()) == world.point.inventory.count
    assert sum(one.bytes for one in world.items()) == world.point.inventory.bytes


def test_days_later_it_is_whole_still(world: Proven) -> None:
    world.people_go_on()
    carry_out(world, backup.steps(world.subject, world.tools, "diff"))
    world.passed += 86_400
    assert world.faults() == ()


@pytest.mark.parametrize("key", ["bundle", "map"])
def test_one_byte_that_flipped(world: Proven, key: str) -> None:
    for bucket in world.store.buckets.values():
        for name, kept in bucket.items():
            if key in name:
                content = bytearray(kept[0].content or b"")
                content[3] ^= 1
                kept[0].content = bytes(content)
    (fault,) = world.faults()
    assert key in fault
    assert "does not hold what it did" in fault


def test_a_version_that_went(world: Proven) -> None:
    del world.store.buckets[NAMES.bucket]["photo"]
    assert world.faults() == ("photo is gone in the version that is needed",)


def test_an_object_of_the_repository_that_was_deleted(world: Proven) -> None:
    key = world.segment()
    world.store.delete(STORE, key)
    (fault,) = world.faults()
    assert fault.startswith(f"{key} was deleted at 2026-11-26 02:0")


def test_an_object_of_the_repository_that_went_with_all_versions(world: Proven) -> None:
    key = world.segment()
    del world.store.buckets[STORE][key]
    assert world.faults() == (f"{key} is gone", f"{key} is gone in the version that is needed")


def test_an_object_of_the_repository_that_was_replaced(world: Proven) -> None:
    key = world.segment()
    world.store.put(STORE, key, b"of an attacker")
    (fault,) = world.faults()
    assert fault.startswith(f"{key} was replaced at 2026-11-26 02:0")


def test_what_the_engine_writes_anew_is_not_replaced_by_it(world: Proven) -> None:
    world.passed += 3600
    world.execute("", "statefulset/database", ["postgres-backup", "diff"])
    assert world.faults() == ()


def test_with_the_database_down_what_it_wrote_anew_is_no_fault(world: Proven) -> None:
    world.passed += 86_400
    world.execute("", "statefulset/database", ["postgres-backup", "diff"])
    assert faults_of(world.tools.history, world.items(), None, world.says.append) == ()
    world.passed += 3600
    world.store.put(STORE, INFO, b"of an attacker")
    (fault,) = faults_of(world.tools.history, world.items(), None, world.says.append)
    assert fault.startswith(f"{INFO} was replaced")


def test_what_the_engine_writes_anew_may_not_be_replaced_by_others(world: Proven) -> None:
    world.passed += 3600
    world.store.put(STORE, INFO, b"of an attacker")
    world.passed += 3600
    (fault,) = world.faults()
    assert fault.startswith(f"{INFO} was replaced")


def test_people_overwrite_and_delete_their_own_objects(world: Proven) -> None:
    world.store.put(NAMES.bucket, "map", b"another")
    world.store.delete(NAMES.bucket, "photo")
    assert world.faults() == ()


def test_of_many_faults_some_are_shown(world: Proven) -> None:
    for number in range(30):
        world.upload(f"u{number:02}", b"1")
    carry_out(world, backup.steps(world.subject, world.tools))
    world.point = world.newest()
    for number in range(30):
        del world.store.buckets[NAMES.bucket][f"u{number:02}"]
    faults = world.faults()
    assert len(faults) == 21
    assert faults[-1] == "and 10 more"


def test_a_list_that_is_not_the_signed_one(world: Proven) -> None:
    world.store.put(STORE, world.point.inventory.key, b"another list")
    with pytest.raises(SignedFormUnknownError, match="inventories/"):
        world.items()
    del world.store.buckets[STORE][world.point.inventory.key]
    with pytest.raises(SignedFormUnknownError):
        world.items()


def test_what_is_not_believed_is_a_fault_of_the_point(world: Proven) -> None:
    older, world.point = world.point, back_up(world)
    proof = proved(world.tools, world.subject, world.point.id, world.says.append)
    assert proof.faults == ()
    assert proof.older == ""
    world.store.put(STORE, world.point.inventory.key, b"another list")
    told(world, world.point.inventory.key, older.id)
    manifest = f"points/{world.point.id}.json"
    content = world.store.read(STORE, manifest) or b""
    world.store.put(STORE, manifest, content.replace(b"asked", b"Asked"))
    told(world, manifest, older.id)


def told(world: Proven, key: str, older: str) -> None:
    proof = proved(world.tools, world.subject, world.point.id, world.says.append)
    (fault,) = proof.faults
    assert key in fault
    assert (proof.point, proof.older, proof.objects) == (world.point.id, older, 0)


def back_up(world: Proven) -> RecoveryPoint:
    world.passed += 60
    carry_out(world, backup.steps(world.subject, world.tools))
    return world.newest()


def replaced(began_s: float, ended_s: float) -> Callable[[World], Repository]:
    def made(world: World) -> Repository:
        def at(seconds: float) -> datetime:
            return world.now() + timedelta(seconds=seconds)

        base = Base("x", "full", at(began_s), at(ended_s), 1, broken=False, timeline=1)
        return Repository((base,), "", "")

    return made


@pytest.mark.parametrize(
    ("bases", "whole"),
    [
        (replaced(-10, 10), True),
        (replaced(50, 90), True),
        (replaced(-90, -50), True),
        (replaced(70, 90), False),
        (replaced(-90, -70), False),
        (lambda _world: None, False),
    ],
    ids=["during", "just before", "just after", "long before", "long after", "unknown"],
)
def test_the_times_of_bases_decide(
    world: Proven, bases: Callable[[World], Repository | None], *, whole: bool
) -> None:
    world.passed += 3600
    items = world.items()
    repository = bases(world)
    world.store.put(STORE, INFO, INFO.encode())
    faults = faults_of(world.tools.history, items, repository, world.says.append)
    assert (faults == ()) is whole
    assert world.now().tzinfo is UTC
