"""Objects whose versions the product destroys: points of copies, and what comes back of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors.backup import CopiesBehindError
from orchestrator.flows import backup, restore
from orchestrator.model.point import RecoveryPoint
from orchestrator.model.restoration import Asked
from orchestrator.model.rights import Rights
from orchestrator.recovery import inventory
from orchestrator.recovery.points import Points
from orchestrator.recovery.proof import proved
from tests.unit.recovery.copied import CopiedWorld
from tests.unit.recovery.instance import NAMES, carry_out

STORE = NAMES.backup_bucket


@pytest.fixture
def world(tmp_path: Path) -> CopiedWorld:
    made = CopiedWorld(tmp_path)
    for key in ("map", "photo", "plan"):
        made.upload(key, f"content of {key}".encode())
    return made


def back_up(world: CopiedWorld) -> RecoveryPoint:
    carry_out(world, backup.steps(world.subject, world.tools))
    found = Points(world.store, world.ring, NAMES)
    return found.read(found.ids()[0])


def test_a_point_waits_for_the_copies_and_names_them(world: CopiedWorld) -> None:
    point = back_up(world)
    assert point.bucket is not None
    assert (point.bucket.name, point.bucket.count) == (NAMES.bucket, 3)
    assert "3 objects are being copied" in world.says
    content = world.store.read(STORE, point.inventory.key) or b""
    items = inventory.read(content, point.inventory.digest, point.inventory.key)
    assert {one.bucket for one in items} == {STORE}
    kept = [one.key for one in items if one.key.startswith("objects/")]
    assert [key.split("/")[1] for key in sorted(kept)] == ["map", "photo", "plan"]
    assert proved(world.tools, world.subject, point.id, world.says.append).faults == ()


def test_what_copies_has_a_key_that_changes_nothing(world: CopiedWorld) -> None:
    back_up(world)
    bucket, _, rights = world.store.identities[NAMES.backup_identity("reader")]
    assert (bucket, rights) == (NAMES.bucket, Rights.AUDITOR)


def test_without_the_copier_there_is_no_point(world: CopiedWorld) -> None:
    world.copies = False
    with pytest.raises(CopiesBehindError) as caught:
        back_up(world)
    assert caught.value.details == ("map", "photo", "plan")
    assert Points(world.store, world.ring, NAMES).ids() == []


def test_a_copy_that_rots_is_found(world: CopiedWorld) -> None:
    point = back_up(world)
    (key,) = world.store.keys(STORE, "objects/photo/")
    world.store.buckets[STORE][key][0].content = b"content of PHOTO"
    proof = proved(world.tools, world.subject, point.id, world.says.append)
    assert proof.faults == (f"{key} does not hold what it did",)


def test_what_was_destroyed_comes_back_and_what_came_later_goes(world: CopiedWorld) -> None:
    point = back_up(world)
    world.passed += 60
    world.destroy("photo")
    world.store.put(NAMES.bucket, "map", b"written over")
    world.upload("after", b"after the moment")
    world.copy()
    carry_out(world, restore.steps(world.subject, world.tools, Asked("abcdef", point.id, None)))
    assert world.store.content(NAMES.bucket) == {
        key: f"content of {key}".encode() for key in ("map", "photo", "plan")
    }


def test_to_a_moment_between_points(world: CopiedWorld) -> None:
    point = back_up(world)
    world.passed += 60
    world.upload("young", b"here for a while")
    world.copy()
    moment = world.now()
    world.passed += 60
    world.destroy("young")
    world.destroy("plan")
    world.copy()
    carry_out(world, backup.steps(world.subject, world.tools))
    asked = Asked("abcdef", point.id, moment)
    carry_out(world, restore.steps(world.subject, world.tools, asked))
    assert set(world.store.content(NAMES.bucket)) == {"map", "photo", "plan", "young"}
    assert world.store.content(NAMES.bucket)["young"] == b"here for a while"
