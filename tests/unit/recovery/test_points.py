"""Recovery points as they lie in the store: each is believed for what it proves, or not at all."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest

from orchestrator.errors.backup import PointForeignError, PointUnknownError
from orchestrator.errors.root import OrchestratorError
from orchestrator.errors.signatures import SignatureInvalidError, SignedFormUnknownError
from orchestrator.model.names import InstanceNames
from orchestrator.recovery.points import FIRST, FOLDER, Points
from orchestrator.recovery.signed import seal
from tests.unit.recovery.made import AT, point
from tests.unit.recovery.store import Ring, Store

NAMES = InstanceNames("saint-martin", "decidim")
BUCKET = NAMES.backup_bucket


class Lying:
    """A bucket with points, and who may read them."""

    def __init__(self, count: int = 0) -> None:
        self.store = Store(lambda: AT)
        self.store.buckets[BUCKET] = {}
        self.ring = Ring(made=True)
        self.made = [point(at=AT + timedelta(hours=number)) for number in range(count)]
        for one in self.made:
            self.points.write(one)

    @property
    def points(self) -> Points:
        return Points(self.store, self.ring, NAMES)

    def put(self, content: bytes, id_: str) -> None:
        self.store.put(BUCKET, f"{FOLDER}{id_}.json", content)

    def content(self, id_: str) -> bytes:
        return self.store.read(BUCKET, f"{FOLDER}{id_}.json") or b""


def test_what_was_written_is_read() -> None:
    lying = Lying(1)
    assert lying.points.read(lying.made[0].id) == lying.made[0]


def test_a_point_is_never_written_over() -> None:
    lying = Lying(1)
    lying.points.write(point(reason="another"))
    assert lying.points.read(lying.made[0].id).reason == "asked"
    assert len(lying.store.buckets[BUCKET][f"{FOLDER}{lying.made[0].id}.json"]) == 1


def test_the_newest_comes_first() -> None:
    lying = Lying(3)
    ids = [one.id for one in reversed(lying.made)]
    assert lying.points.ids() == ids
    assert [one.id for one in lying.points.listed()] == ids


def test_a_bucket_without_points() -> None:
    lying = Lying()
    assert lying.points.ids() == []
    assert list(lying.points.listed()) == []
    assert lying.points.chained() == FIRST
    assert lying.points.older("20261126T015900Z-3fa2c1") == ""
    with pytest.raises(PointUnknownError) as caught:
        lying.points.read("any")
    assert caught.value.why == "it has none at all"
    with pytest.raises(PointUnknownError):
        lying.points.before(AT)


def test_a_name_that_is_nearly_right() -> None:
    lying = Lying(3)
    wanted = lying.made[1].id
    with pytest.raises(PointUnknownError) as caught:
        lying.points.read(wanted[:-1] + "0")
    assert wanted in (caught.value.why or "")
    with pytest.raises(PointUnknownError) as caught:
        lying.points.read("monday")
    assert lying.made[2].id in (caught.value.why or ""), "or at least the newest"


def test_every_byte_counts() -> None:
    lying = Lying(1)
    id_ = lying.made[0].id
    content = lying.content(id_)
    for at in range(len(content)):
        changed = bytearray(content)
        changed[at] ^= 1
        lying.put(bytes(changed), id_)
        with pytest.raises(OrchestratorError):
            lying.points.read(id_)


def test_a_point_that_somebody_else_signed() -> None:
    lying = Lying()
    other = Ring(seed=2, made=True)
    lying.put(seal(point().document(), other.sign), point().id)
    with pytest.raises(SignatureInvalidError):
        lying.points.read(point().id)


@pytest.mark.parametrize("given", [{"tenant": "saint-jean"}, {"product": "grist"}])
def test_a_point_of_another_instance(given: dict[str, str]) -> None:
    lying = Lying()
    lying.points.write(point(**given))
    with pytest.raises(PointForeignError, match="not of saint-martin/decidim"):
        lying.points.read(point().id)


def test_a_point_under_another_name() -> None:
    lying = Lying(1)
    content = lying.content(lying.made[0].id)
    lying.put(content, "20991231T000000Z-ffffff")
    with pytest.raises(SignedFormUnknownError) as caught:
        lying.points.read("20991231T000000Z-ffffff")
    assert lying.made[0].id in (caught.value.why or "")


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"format": "orchestrator/drill/v1"},
        {"format": "orchestrator/recovery-point/v2"},
        {**point().document(), "further": 1},
        {**point().document(), "at": "2026-11-26T01:59:00"},
        {**point().document(), "at": "yesterday"},
        {**point().document(), "database": {}},
        {**point().document(), "counts": {"a": 3}},
        {**point().document(), "counts": {"a": [1, 2, 3]}},
        {**point().document(), "counts": []},
        {**point().document(), "bucket": []},
        {**point().document(), "bucket": {"name": "b"}},
        {**point().document(), "keys": None},
    ],
)
def test_what_is_signed_and_no_point(document: dict[str, Any]) -> None:
    lying = Lying()
    lying.put(seal(document, lying.ring.sign), point().id)
    with pytest.raises(SignedFormUnknownError) as caught:
        lying.points.read(point().id)
    assert "no recovery point of a form that is known" in (caught.value.why or "")


def test_a_fault_of_one_hides_no_other() -> None:
    lying = Lying(3)
    lying.put(b"rubbish", lying.made[1].id)
    lying.store.put(BUCKET, f"{FOLDER}note.txt", b"of somebody")
    listed = {one.id: one for one in lying.points.listed()}
    assert listed[lying.made[1].id].point is None
    assert listed[lying.made[1].id].fault
    assert listed["note.txt"].fault
    assert [one.id for one in listed.values() if one.point] == [
        lying.made[2].id,
        lying.made[0].id,
    ]


def test_a_point_that_was_deleted_is_seen_to_have_been() -> None:
    lying = Lying(2)
    lying.store.delete(BUCKET, f"{FOLDER}{lying.made[1].id}.json")
    newest = next(iter(lying.points.listed()))
    assert newest.id == lying.made[1].id
    assert newest.point is None
    assert "has no recovery point" in newest.fault


def test_the_point_before_a_moment_is_a_sound_one() -> None:
    lying = Lying(3)
    second = lying.made[1].at
    assert lying.points.before(second + timedelta(hours=5)) == lying.made[2]
    assert lying.points.before(second) == lying.made[1]
    assert lying.points.before(second - timedelta(microseconds=1)) == lying.made[0]
    lying.put(b"rubbish", lying.made[1].id)
    assert lying.points.before(second) == lying.made[0]
    with pytest.raises(PointUnknownError) as caught:
        lying.points.before(AT - timedelta(seconds=1))
    assert lying.made[0].id in (caught.value.why or "")


def test_an_older_point_is_a_sound_one() -> None:
    lying = Lying(3)
    assert lying.points.older(lying.made[2].id) == lying.made[1].id
    lying.put(b"rubbish", lying.made[1].id)
    assert lying.points.older(lying.made[2].id) == lying.made[0].id
    assert lying.points.older(lying.made[0].id) == ""


def test_each_point_names_the_bytes_of_the_one_before() -> None:
    lying = Lying(2)
    content = lying.content(lying.made[1].id)
    assert lying.points.chained() == hashlib.sha256(content).hexdigest()


def test_a_newest_point_that_was_deleted_does_not_begin_the_chain_anew() -> None:
    lying = Lying(2)
    content = lying.content(lying.made[1].id)
    lying.store.delete(BUCKET, f"{FOLDER}{lying.made[1].id}.json")
    assert lying.points.chained() == hashlib.sha256(content).hexdigest()
