"""Records of what was pruned: each is believed for what it proves, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from orchestrator.model.names import InstanceNames
from orchestrator.model.pruning import Pruning, pruning_id
from orchestrator.recovery.inventory import Item
from orchestrator.recovery.prunings import FOLDER, LONGEST, Prunings
from orchestrator.recovery.signed import seal
from tests.unit.recovery.made import AT
from tests.unit.recovery.store import Ring, Store

NAMES = InstanceNames("saint-martin", "decidim")
BUCKET = NAMES.backup_bucket
TAKEN = (Item(BUCKET, "repository/a", "v1", 7, "e"), Item(BUCKET, "points/x.json", "v2", 8, "e"))


def record(**given: object) -> Pruning:
    made = Pruning(
        id=pruning_id(AT, "3fa2c1"),
        tenant="saint-martin",
        product="decidim",
        opened=AT,
        closed=None,
        since=AT - timedelta(days=30),
        kept_s=2_592_000,
        points=("20261026T015900Z-3fa2c1",),
        taken=None,
        made_by="orchestrator 0",
    )
    return replace(made, **given)  # type: ignore[arg-type]


class Lying:
    """A bucket of backups with records."""

    def __init__(self) -> None:
        self.now = AT
        self.store = Store(lambda: self.now)
        self.store.buckets[BUCKET] = {}
        self.ring = Ring(made=True)

    @property
    def prunings(self) -> Prunings:
        return Prunings(self.store, self.ring, NAMES)

    def closed(self, made: Pruning | None = None, at: datetime | None = None) -> Pruning:
        one = made or record()
        self.prunings.begin(one)
        self.now = at or one.opened + timedelta(minutes=2)
        return self.prunings.close(one, TAKEN, self.now)


def test_a_record_is_the_same_again() -> None:
    open_one = record()
    assert Pruning.read(open_one.document()) == open_one
    whole = Lying().closed()
    assert Pruning.read(whole.document()) == whole
    assert whole.instance == NAMES.instance
    with pytest.raises(ValueError, match="v9"):
        Pruning.read({**whole.document(), "format": "orchestrator/pruning/v9"})


def test_what_was_opened_is_open_until_it_is_closed() -> None:
    lying = Lying()
    assert lying.prunings.open_one() is None
    lying.prunings.begin(record())
    assert lying.prunings.open_one() == record()
    explained = lying.prunings.explained()
    assert explained.versions == frozenset()
    assert explained.times == ((AT, AT + LONGEST),), "engines may work still"
    whole = lying.prunings.close(record(), TAKEN, AT + timedelta(minutes=2))
    assert lying.prunings.open_one() is None
    assert lying.prunings.closed() == (whole,)
    assert set(lying.prunings.taken(whole)) == set(TAKEN)
    explained = lying.prunings.explained()
    assert all(explained.covers(one) for one in TAKEN)
    assert not explained.covers(replace(TAKEN[0], version="v9"))
    assert explained.times == ((AT, AT + timedelta(minutes=2)),)


def forged(lying: Lying) -> None:
    other = Ring(made=True, seed=2)
    lying.store.put(BUCKET, key(".json"), seal(lying.closed().document(), other.sign))


def renamed(lying: Lying) -> None:
    content = lying.store.read(BUCKET, key(".json")) or b""
    lying.store.put(BUCKET, f"{FOLDER}20261126T015901Z-ffffff.json", content)
    lying.store.delete(BUCKET, key(".json"))


def of_another(lying: Lying) -> None:
    made = replace(lying.closed(), tenant="saint-denis")
    lying.store.put(BUCKET, key(".json"), seal(made.document(), lying.ring.sign))


def opened_as_closed(lying: Lying) -> None:
    lying.store.put(BUCKET, key(".json"), lying.store.read(BUCKET, key(".open.json")) or b"")


def none_of_ours(lying: Lying) -> None:
    lying.store.put(BUCKET, key(".json"), seal({"format": "x"}, lying.ring.sign))


def listed_otherwise(lying: Lying) -> None:
    (one,) = lying.prunings.closed()
    assert one.taken
    lying.store.put(BUCKET, one.taken.key, b"another list")


def key(end: str) -> str:
    return f"{FOLDER}{record().id}{end}"


@pytest.mark.parametrize(
    "spoil", [forged, renamed, of_another, opened_as_closed, none_of_ours, listed_otherwise]
)
def test_what_is_not_believed_explains_nothing(spoil: Callable[[Lying], None]) -> None:
    lying = Lying()
    lying.closed()
    spoil(lying)
    assert lying.prunings.explained().versions == frozenset()


def test_a_closing_that_is_not_believed_leaves_it_open() -> None:
    lying = Lying()
    lying.prunings.begin(record())
    lying.store.put(BUCKET, key(".json"), b"nothing")
    assert lying.prunings.open_one() == record()


def test_records_go_whole_when_no_point_of_before_is_kept() -> None:
    lying = Lying()
    lying.closed()
    later = record(id=pruning_id(AT, "ffffff"))
    lying.prunings.begin(later)
    closed = AT + timedelta(minutes=2)
    after = AT + timedelta(minutes=3)
    found = {one.key for one in lying.prunings.older(after, None)}
    assert len(found) == 3
    assert all(record().id in one for one in found), "what is open stays"
    assert lying.prunings.older(closed, None) == ()
    assert lying.prunings.older(after, closed) == ()
