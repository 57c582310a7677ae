"""Every instance within its period: by hand, and for a fleet whose nights fail at random."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.recovery.calendar import (
    Candidate,
    Standing,
    State,
    period_days,
    portion,
    standing,
)

DAY = date(2026, 3, 1)
FLEET = 400
DAYS = 120


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


@pytest.mark.parametrize(
    ("instance", "wanted"),
    [
        (Candidate("a/grist", green=ago(0)), Standing(State.GREEN, 0, 30)),
        (Candidate("a/grist", green=ago(30)), Standing(State.GREEN, 30, 0)),
        (Candidate("a/grist", green=ago(31)), Standing(State.DUE, 31, -1)),
        (Candidate("a/grist", 90, green=ago(31)), Standing(State.GREEN, 31, 59)),
        (Candidate("a/grist", green=ago(3), red=True), Standing(State.RED, 3, 27)),
        (Candidate("a/grist", red=True), Standing(State.RED, None, None)),
        (Candidate("a/grist", since=ago(4)), Standing(State.NEVER, 4, 26)),
        (Candidate("a/grist"), Standing(State.NEVER, None, None)),
        (Candidate("a/grist", since=ago(90), green=ago(2)), Standing(State.GREEN, 2, 28)),
        (Candidate("a/grist", green=ago(-2)), Standing(State.GREEN, 0, 30)),
    ],
)
def test_standing(instance: Candidate, wanted: Standing) -> None:
    assert standing(instance, DAY) == wanted


@pytest.mark.parametrize(
    ("written", "days"), [("30d", 30), ("2w", 14), ("36h", 1), ("15min", 1), ("1y", 365)]
)
def test_the_period_of_a_tenant_file(written: str, days: int) -> None:
    assert period_days(written) == days


def test_what_presses_comes_first_and_is_always_there() -> None:
    fleet = [
        Candidate("f/fresh", green=ago(1)),
        Candidate("r/ripe", green=ago(25)),
        Candidate("o/overdue", green=ago(40)),
        Candidate("b/bad", green=ago(1), red=True),
        Candidate("u/unknown"),
        Candidate("n/new", since=ago(1)),
    ]
    found = [one.instance for one in portion(fleet, DAY)]
    assert found == ["o/overdue", "u/unknown", "b/bad", "r/ripe"]


def test_the_order_in_which_they_are_named_changes_nothing() -> None:
    fleet = [Candidate(f"t{n}/grist", green=ago(n % 29)) for n in range(60)]
    assert portion(fleet, DAY) == portion(reversed(fleet), DAY)
    assert portion(fleet, DAY) == portion(fleet[31:] + fleet[:31], DAY)


def test_one_alone_is_not_drilled_each_night() -> None:
    assert [age for age in range(31) if portion([Candidate("a/rudi", green=ago(age))], DAY)] == [
        *range(25, 31)
    ]


def test_nobody_to_drill() -> None:
    assert portion([], DAY) == ()


def test_a_fleet_drilled_in_one_night_is_pulled_apart() -> None:
    fleet = {f"t{n}/grist": Candidate(f"t{n}/grist", green=DAY) for n in range(FLEET)}
    counts = []
    for night in range(1, 91):
        taken = portion(fleet.values(), DAY + timedelta(days=night))
        counts.append(len(taken))
        fleet |= {one.instance: replace(one, green=DAY + timedelta(night)) for one in taken}
    assert 10 <= min(counts) <= max(counts) <= 20


def oldest(fleet: list[int], failing: set[int]) -> int:
    """The highest age in days that any instance of a fleet comes to; ages go in."""
    live = {str(n): Candidate(f"t{n}/grist", green=ago(age)) for n, age in enumerate(fleet)}
    worst = 0
    for night in range(DAYS):
        today = DAY + timedelta(days=night)
        worst = max(worst, *(standing(one, today).days or 0 for one in live.values()))
        if night not in failing:
            for one in portion(live.values(), today):
                live[one.instance.removesuffix("/grist")[1:]] = replace(one, green=today)
    return worst


@settings(max_examples=8, deadline=None)
@given(chance=st.randoms(use_true_random=False))
def test_nobody_grows_too_old_though_a_night_of_each_week_fails(chance: Random) -> None:
    failing = {7 * week + chance.randrange(7) for week in range(DAYS // 7)}
    # Whoever is at its last days when this begins has too few nights left to lose two in a row.
    ages = [chance.randrange(29) for _ in range(FLEET)]
    assert oldest(ages, failing) <= 30


@settings(max_examples=8, deadline=None)
@given(chance=st.randoms(use_true_random=False), length=st.integers(1, 5))
def test_nobody_grows_too_old_while_no_six_nights_in_a_row_fail(
    chance: Random, length: int
) -> None:
    failing: set[int] = set()
    night = 1
    while night < DAYS:
        failing |= set(range(night, night + length))
        night += length + chance.randrange(1, 4)
    ages = [chance.randrange(25) for _ in range(FLEET)]
    assert oldest(ages, failing) <= 30


def test_six_nights_in_a_row_are_too_many() -> None:
    ages = [n % 26 for n in range(FLEET)]
    assert oldest(ages, set(range(40, 45))) <= 30
    assert oldest(ages, set(range(40, 46))) > 30


def test_when_all_nights_fail_all_are_due() -> None:
    assert oldest([0] * 3, set(range(DAYS))) == DAYS - 1
