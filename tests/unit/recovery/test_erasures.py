"""The ledger of erasures: believed whole, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from orchestrator.errors.erasures import ErasuresBrokenError
from orchestrator.model.erasure import Entry, about
from orchestrator.model.names import InstanceNames
from orchestrator.recovery.erasures import FIRST, FOLDER, MARGIN, Erasures, since
from orchestrator.recovery.signed import seal
from tests.unit.recovery.store import Kv, Ring, Store

NAMES = InstanceNames("saint-martin", "decidim")
BUCKET = NAMES.backup_bucket
AT = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
KEPT = "decidim/erasures"


class KilledError(Exception):
    """The process ended here."""


class Lying:
    """A ledger as it lies there; `acts` is what was written, `dies_at` where the process ends."""

    def __init__(self, people: int = 0) -> None:
        self.acts: list[str] = []
        self.dies_at: int | None = None
        self.store = Store(lambda: AT, self.touch)
        self.store.buckets[BUCKET] = {}
        self.ring = Ring(made=True)
        self.kv = Kv(self.touch)
        for number in range(people):
            self.record(str(100 + number), hours=number)

    def touch(self, action: str) -> None:
        if self.dies_at is not None and len(self.acts) >= self.dies_at:
            raise KilledError(action)
        self.acts.append(action)

    @property
    def ledger(self) -> Erasures:
        return Erasures(self.store, self.ring, self.kv, NAMES)

    def record(self, person: str, mark: str = "aa", hours: float = 0) -> Entry:
        return self.ledger.record(person, mark, "RGPD-7", AT + timedelta(hours=hours))

    def key(self, number: int) -> str:
        return f"{FOLDER}{number:08}.json"

    def content(self, number: int) -> bytes:
        return self.store.read(BUCKET, self.key(number)) or b""

    def destroy(self, number: int) -> None:
        """Every version of it, which needs more than a key of the store where locks hold."""
        del self.store.buckets[BUCKET][self.key(number)]


def broken(lying: Lying) -> str:
    """The faults; nobody can add to it either."""
    with pytest.raises(ErasuresBrokenError) as caught:
        lying.ledger.listed()
    before = len(lying.acts)
    with pytest.raises(ErasuresBrokenError):
        lying.record("999")
    assert len(lying.acts) == before
    return "\n".join(caught.value.details)


def test_what_was_recorded_is_read() -> None:
    lying = Lying(3)
    found = lying.ledger.listed()
    assert [(one.number, one.person) for one in found] == [(1, "100"), (2, "101"), (3, "102")]
    assert [one.at - AT for one in found] == [timedelta(hours=number) for number in range(3)]
    assert found[0].previous == FIRST
    assert lying.ledger.noted()


def test_an_empty_ledger_is_whole() -> None:
    assert Lying().ledger.listed() == ()


def test_the_same_account_twice_is_one_entry() -> None:
    lying = Lying(2)
    before = list(lying.acts)
    assert lying.record("100").number == 1
    assert lying.acts == before


def test_another_account_of_the_same_number_is_another_entry() -> None:
    lying = Lying(2)
    assert lying.record("100", mark="bb").number == 3
    assert [one.mark for one in lying.ledger.listed()] == ["aa", "aa", "bb"]


def test_an_entry_holds_a_number_a_day_and_a_ticket() -> None:
    body = json.loads(Lying(1).content(1))["document"]
    assert set(body) == {
        *("format", "number", "tenant", "product"),
        *("person", "mark", "at", "reference", "previous"),
    }


@pytest.mark.parametrize("text", ["", "marie@ville.example", "Marie <marie@ville.example>", "a\nb"])
def test_a_reference_names_nobody(text: str) -> None:
    lying = Lying()
    with pytest.raises(ValueError, match=r"reference|mail address"):
        lying.ledger.record("1", "aa", text, AT)
    assert lying.ledger.listed() == ()


def test_killed_anywhere_it_is_recorded_once() -> None:
    whole = Lying(1)
    whole.record("200")
    steps = len(whole.acts)
    for place in range(2, steps):
        lying = Lying(1)
        lying.dies_at = place
        with pytest.raises(KilledError):
            lying.record("200")
        lying.dies_at = None
        lying.record("200")
        assert [one.person for one in lying.ledger.listed()] == ["100", "200"]
        assert lying.ledger.noted()


def put(lying: Lying, number: int, content: bytes) -> None:
    lying.store.put(BUCKET, lying.key(number), content)


def resigned(lying: Lying, at: int, seed: int = 1, **given: object) -> bytes:
    body = {**json.loads(lying.content(at))["document"], **given}
    return seal(body, Ring(seed=seed, made=True).sign)


HARM: dict[str, tuple[Callable[[Lying], Any], str]] = {
    "deleted": (lambda one: one.store.delete(BUCKET, one.key(2)), "was deleted at"),
    "the last deleted": (lambda one: one.store.delete(BUCKET, one.key(3)), "was deleted"),
    "destroyed": (lambda one: one.destroy(2), "entry 2 is gone"),
    "the first destroyed": (lambda one: one.destroy(1), "entry 1 is gone"),
    "the last destroyed": (lambda one: one.destroy(3), "3 entries were written, and 2 are there"),
    "all destroyed": (
        lambda one: [one.destroy(number) for number in (1, 2, 3)],
        "3 entries were written, and 0 are there",
    ),
    "written over": (lambda one: put(one, 2, one.content(2)), "was written over"),
    "deleted and put again": (
        lambda one: (one.store.delete(BUCKET, one.key(2)), put(one, 2, one.content(1))),
        "was written over",
    ),
    "an entry too many": (
        lambda one: put(one, 5, resigned(one, 3, number=5)),
        "entry 4 is gone",
    ),
    "no document": (
        lambda one: (one.destroy(3), put(one, 3, b"")),
        "not JSON",
    ),
}


@pytest.mark.parametrize("name", HARM)
def test_one_that_is_taken_away_or_changed_is_found(name: str) -> None:
    lying = Lying(3)
    harm, told = HARM[name]
    harm(lying)
    assert told in broken(lying)


@pytest.mark.parametrize(
    ("given", "seed", "told"),
    [
        ({"person": "7"}, 1, "entry 3 is another one than was written"),
        ({"number": 2}, 1, "does not follow"),
        ({"previous": FIRST}, 1, "does not follow"),
        ({"tenant": "saint-jean"}, 1, "is of saint-jean/decidim"),
        ({"product": "grist"}, 1, "is of saint-martin/grist"),
        ({"format": "orchestrator/erasure/v9"}, 1, "no entry of a form"),
        ({"reference": "marie@ville.example"}, 1, "no entry of a form"),
        ({"further": "x"}, 1, "no entry of a form"),
        ({}, 2, "signature"),
    ],
)
def test_one_that_is_swapped_whole_is_found(given: dict[str, object], seed: int, told: str) -> None:
    """Whoever can destroy versions puts another one in its place."""
    lying = Lying(3)
    other = resigned(lying, 3, seed, **given)
    lying.destroy(3)
    put(lying, 3, other)
    assert told in broken(lying)


def test_any_byte_that_changed_is_found() -> None:
    content = Lying(1).content(1)
    for at in range(0, len(content), 5):
        lying = Lying(1)
        lying.destroy(1)
        changed = bytearray(content)
        changed[at] ^= 1
        put(lying, 1, bytes(changed))
        broken(lying)


def test_a_mark_that_is_taken_off_again_leaves_it_whole() -> None:
    lying = Lying(2)
    lying.store.delete(BUCKET, lying.key(2))
    broken(lying)
    lying.store.buckets[BUCKET][lying.key(2)].pop()
    assert len(lying.ledger.listed()) == 2


def test_an_older_secrets_server_is_behind_and_no_fault() -> None:
    lying = Lying(3)
    older = Lying(2)
    lying.kv.kept[KEPT] = older.kv.kept[KEPT]
    assert len(lying.ledger.listed()) == 3
    assert not lying.ledger.noted()
    lying.record("102")
    assert lying.ledger.noted()


@pytest.mark.parametrize(
    ("after", "due"),
    [
        (timedelta(), True),
        (timedelta(days=2), True),
        (-MARGIN, True),
        (-MARGIN - timedelta(seconds=1), False),
        (-timedelta(days=2), False),
    ],
)
def test_who_was_erased_since_a_moment(after: timedelta, due: bool) -> None:  # noqa: FBT001 - a case
    moment = datetime(2026, 11, 23, tzinfo=UTC)
    entry = Lying(1).ledger.listed()[0]
    assert since([replace(entry, at=moment + after)], moment) == (
        (replace(entry, at=moment + after),) if due else ()
    )


def test_what_an_act_is_about_is_no_number() -> None:
    found = about("saint-martin/decidim", "1742")
    assert len(found) == 12
    assert "1742" not in found
    assert found != about("saint-jean/decidim", "1742")
