"""Erasing one person: the ledger first, then the account, and never undone by a restoration."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from orchestrator.errors.erasures import (
    ErasureImpossibleError,
    ErasuresBrokenError,
    PersonNotGoneError,
    PersonNotOpaqueError,
    PersonUnknownError,
)
from orchestrator.flows import backup, beside, erase, restore
from orchestrator.flows.steps.erased_again import Again, erasures_of
from orchestrator.flows.steps.restoring import NOTE, Restoration
from orchestrator.model.change import Operation, Risk
from orchestrator.model.erasure import Entry
from orchestrator.model.restoration import Asked, Stage
from orchestrator.products.erasing import Account
from orchestrator.products.trying import NotAccepted
from orchestrator.recovery.points import Points
from tests.unit.recovery.instance import (
    NAMES,
    KilledError,
    People,
    World,
    carry_out,
    changes,
)

STORE = NAMES.backup_bucket
ID = "3fa2c1"
LEFT = ("a name", "a mail address")


class Town(World):
    """An instance with a point, in which three people are."""

    def __init__(self) -> None:
        super().__init__()
        for person in ("17", "18", "19"):
            self.data.people[person] = Account(f"mark-{person}", LEFT)
        carry_out(self, backup.steps(self.subject, self.tools))
        self.point = next(Points(self.store, self.ring, NAMES).listed()).point
        self.passed += 3600
        self.before = len(self.acts)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return erasures_of(self.subject, self.tools).listed()

    @property
    def done(self) -> list[str]:
        return self.acts[self.before :]

    def steps(self, person: str = "17") -> list[Any]:
        return erase.steps(self.subject, self.tools, person, "RGPD-7")

    def erase(self, person: str = "17") -> list[str]:
        return carry_out(self, self.steps(person))

    def restore(self, again: Again | None = None, **given: Any) -> list[str]:
        assert self.point is not None
        asked = Asked(given.pop("id", ID), self.point.id, **given)
        return carry_out(self, restore.steps(self.subject, self.tools, asked, again))

    def gone(self, *people: str) -> bool:
        return all(not self.data.people[person].left for person in people)


@pytest.fixture
def town() -> Town:
    return Town()


def test_first_the_ledger_then_the_account(town: Town) -> None:
    assert town.erase() == ["ledger", "account"]
    assert town.done == ["put erasures", "secret decidim/erasures", "erase 17"]
    assert town.gone("17")
    assert not town.gone("18")
    (entry,) = town.entries
    assert (entry.person, entry.mark, entry.reference) == ("17", "mark-17", "RGPD-7")


def test_the_plan_says_what_goes_and_changes_nothing(town: Town) -> None:
    found = [one for step in town.steps() for one in step.look()]
    assert [(one.operation, one.target, one.risk) for one in found] == [
        (Operation.CREATE, "erasure/17", Risk.NONE),
        (Operation.DELETE, "account/17", Risk.DESTROYS),
    ]
    assert all(what in found[1].detail for what in LEFT)
    assert town.done == []


def test_twice_changes_nothing(town: Town) -> None:
    town.erase()
    before = len(town.acts)
    assert changes(town.steps()) == []
    assert town.erase() == []
    assert len(town.acts) == before


def test_killed_anywhere_it_goes_on() -> None:
    whole = Town()
    whole.erase()
    for place, act in enumerate(whole.done):
        town = Town()
        town.dies_at = town.before + place
        with pytest.raises(KilledError):
            town.erase()
        town.dies_at = None
        town.erase()
        assert town.gone("17"), act
        assert [one.person for one in town.entries] == ["17"], act
        assert changes(town.steps()) == []


def test_who_destroyed_their_own_account_is_written_down(town: Town) -> None:
    town.data.people["17"] = Account("mark-17", ())
    assert town.erase() == ["ledger"]
    assert town.restore()
    assert town.gone("17")


def test_somebody_whom_nobody_knows(town: Town) -> None:
    with pytest.raises(PersonUnknownError):
        town.steps("99")
    assert town.done == []


@pytest.mark.parametrize("person", ["marie@ville.example", "Marie", "17; drop table"])
def test_somebody_is_named_by_a_number_and_not_repeated(town: Town, person: str) -> None:
    with pytest.raises(PersonNotOpaqueError) as caught:
        town.steps(person)
    fault = caught.value
    assert person not in " ".join((fault.message, fault.why, *fault.hints, *fault.details))


def test_a_product_that_knows_no_way_says_what_to_do(town: Town) -> None:
    town.erasing = None
    with pytest.raises(ErasureImpossibleError) as caught:
        town.steps()
    assert caught.value.hints == ("erase them by hand",)
    assert "erased" not in town.restore()


def test_without_a_store_there_is_no_ledger(town: Town) -> None:
    del town.store.buckets[STORE]
    with pytest.raises(ErasureImpossibleError, match="no store of backups"):
        town.steps()


def test_one_whom_the_product_cannot_do_without_is_refused_first(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once in the ledger, every restoration would end at them."""
    monkeypatch.setattr(town.erasing, "refused", lambda *_given: "that account is the key's")
    with pytest.raises(ErasureImpossibleError, match="that account is the key's"):
        town.steps()
    assert town.entries == ()


def test_a_product_that_lies_is_found_out(town: Town) -> None:
    assert isinstance(town.erasing, People)
    town.erasing.leaves = {"17"}
    with pytest.raises(PersonNotGoneError) as caught:
        town.erase()
    assert caught.value.details == ("17: a name",)
    assert [one.person for one in town.entries] == ["17"]


def test_a_product_that_refuses_is_repeated(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(*_given: Any) -> None:
        raise NotAccepted("script erase.rb: account 17 could not be destroyed")

    assert isinstance(town.erasing, People)
    monkeypatch.setattr(town.erasing, "erase", refuses)
    with pytest.raises(PersonNotGoneError) as caught:
        town.erase()
    assert caught.value.details == ("script erase.rb: account 17 could not be destroyed",)


def test_a_broken_ledger_erases_nobody(town: Town) -> None:
    town.erase()
    town.store.delete(STORE, "erasures/00000001.json")
    before = len(town.acts)
    with pytest.raises(ErasuresBrokenError):
        town.erase("18")
    assert len(town.acts) == before


# Restorations


def planned(town: Town, at: timedelta = timedelta()) -> str:
    assert town.point is not None
    asked = Asked(ID, town.point.id, town.point.at + at if at else None)
    step = Restoration(town.subject, town.tools, asked).erased()
    assert step is not None
    (change,) = step.look()
    return change.detail


def test_a_restoration_erases_them_again_before_it_opens(town: Town) -> None:
    town.erase("17")
    town.erase("18")
    assert planned(town) == "2 people were erased since, and will be again"
    again = Again()
    town.restore(again)
    assert town.gone("17", "18")
    assert not town.gone("19")
    assert (again.count, again.spoken()) == (2, "; 2 people were erased again")
    assert [stage for stage, _ in town.staged] == [
        *(Stage.STOPPED, Stage.CLOSED, Stage.WITHIN, Stage.OPEN)
    ]
    order = [town.done.index(one) for one in ("up within", "erase 17 18", "up open")]
    assert order == sorted(order)
    assert town.done.index(f"note {NOTE} compared") < order[0]
    assert len(town.entries) == 2
    assert changes(town.steps("17")) == []


def test_nobody_to_erase_needs_no_product(town: Town) -> None:
    assert planned(town) == "nobody was erased since that moment"
    again = Again()
    town.restore(again)
    assert Stage.WITHIN not in [stage for stage, _ in town.staged]
    assert again.spoken() == "; nobody had to be erased again"


def test_who_was_erased_before_the_moment_is_gone_in_it(town: Town) -> None:
    town.erase("17")
    town.passed += 3600
    assert planned(town, timedelta(hours=2)) == "nobody was erased since that moment"


def test_an_erasure_that_was_killed_is_older_than_what_it_left(town: Town) -> None:
    """Written down, and an hour later a point: the account is there in it all the same."""
    town.steps()[0].act(town.says.append)
    town.passed += 3600
    carry_out(town, backup.steps(town.subject, town.tools))
    town.point = next(Points(town.store, town.ring, NAMES).listed()).point
    assert planned(town) == "nobody was erased since that moment"
    town.passed += 60
    town.restore()
    assert town.gone("17")


def test_who_came_after_the_moment_is_not_looked_for(town: Town) -> None:
    town.data.people["20"] = Account("mark-20", LEFT)
    town.erase("20")
    town.restore()
    assert "20" not in town.data.people


def test_somebody_else_who_was_given_the_number_stays(town: Town) -> None:
    town.data.people["20"] = Account("mark-20", LEFT)
    town.erase("20")
    town.restore()
    town.data.people["20"] = Account("mark-another", LEFT)
    carry_out(town, backup.steps(town.subject, town.tools))
    town.point = next(Points(town.store, town.ring, NAMES).listed()).point
    town.passed += 60
    town.restore(id="aaaaaa")
    assert town.data.people["20"].left == LEFT
    # And they can ask for it as well.
    assert town.erase("20") == ["ledger", "account"]
    assert [one.mark for one in town.entries] == ["mark-20", "mark-another"]


def test_killed_anywhere_a_restoration_never_opens_with_them() -> None:
    def erased() -> Town:
        town = Town()
        town.erase("17")
        town.before = len(town.acts)
        return town

    whole = erased()
    whole.restore()
    for place, act in enumerate(whole.done):
        town = erased()
        town.dies_at = town.before + place
        with pytest.raises(KilledError):
            town.restore()
        assert town.gone("17") or "up open" not in town.done, act
        town.dies_at = None
        again = Again()
        town.restore(again)
        assert town.gone("17"), act
        assert town.stage is Stage.OPEN
        # What an earlier try erased is told by the last one, unless all was over by then.
        assert again.count == 1, act


def test_a_product_that_lies_keeps_the_site_shut(town: Town) -> None:
    town.erase()
    assert isinstance(town.erasing, People)
    town.erasing.leaves = {"17"}
    for _ in range(2):
        with pytest.raises(PersonNotGoneError):
            town.restore()
        assert town.stage is Stage.WITHIN
    town.erasing.leaves = set()
    town.restore()
    assert town.gone("17")
    assert town.stage is Stage.OPEN


@pytest.mark.parametrize("flow", [restore, beside])
def test_with_a_broken_ledger_nothing_is_restored(town: Town, flow: Any) -> None:
    town.erase()
    town.store.delete(STORE, "erasures/00000001.json")
    assert town.point is not None
    before, commands = len(town.acts), len(town.asked)
    with pytest.raises(ErasuresBrokenError):
        flow.steps(town.subject, town.tools, Asked(ID, town.point.id))
    assert len(town.acts) == before
    assert town.asked[commands:] == []
    assert town.staged == []
