"""What may go and what stays: nothing that a kept point needs is ever among what goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.ports import ObjectVersion
from orchestrator.recovery.files import Snapshot
from orchestrator.recovery.history import as_of
from orchestrator.recovery.postgresql import Base
from orchestrator.recovery.pruning import forgotten, full_bases_kept, going, parted, passed
from tests.unit.recovery.made import point

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)
DAY = timedelta(days=1)
SINCE = NOW - 30 * DAY


def base(days: float, kind: str = "full", *, broken: bool = False) -> Base:
    at = NOW - days * DAY
    return Base(f"{at:%Y%m%d-%H%M%S}F", kind, at, at, 1, broken=broken, timeline=1)


@pytest.mark.parametrize(
    ("bases", "named", "kept"),
    [
        ([60, 35, 5], [], 2),
        ([60, 45, 40], [], 1),
        ([20, 5], [], 2),
        ([31], [], 1),
        ([60, 35, 5], [60], 3),
        ([60, 50, 35, 5], [50], 3),
        ([90, 60, 35, 30, 29], [], 2),
        ([], [], 0),
    ],
    ids=[
        *("the newest before", "none younger", "none older", "only one", "hung on"),
        *("hung on between", "at the beginning", "none"),
    ],
)
def test_of_bases_the_newest_before_the_beginning_and_all_younger_stay(
    bases: list[float], named: list[float], kept: int
) -> None:
    labels = [f"{base(one).label}_20261126-000000D" for one in named]
    assert full_bases_kept([base(one) for one in bases], SINCE, labels) == kept


def test_a_broken_base_is_none_to_begin_from_and_counts_as_the_engine_counts_it() -> None:
    found = [base(60), base(40, broken=True), base(35, "diff"), base(5)]
    assert full_bases_kept(found, SINCE, ()) == 3


def test_of_snapshots_the_newest_before_the_beginning_and_those_of_points_stay() -> None:
    every = [Snapshot(f"s{age}", f"{age}", NOW - age * DAY) for age in (60, 50, 40, 31, 29, 1)]
    assert [one.snapshot for one in forgotten(every, SINCE, {"50"})] == ["60", "40"]
    assert forgotten(every[4:], SINCE, ()) == ()
    assert forgotten(every[3:], SINCE, ()) == ()


def test_of_points_those_go_whose_own_day_has_come_and_never_the_newest() -> None:
    points = [point(at=NOW - age * DAY, expires=NOW - (age - 30) * DAY) for age in (40, 31, 29)]
    found = parted(points, NOW)
    assert [one.at for one in found.expired] == [NOW - 31 * DAY, NOW - 40 * DAY]
    assert [one.at for one in found.kept] == [NOW - 29 * DAY]
    assert parted(points[:2], NOW).kept == (points[1],)
    assert parted([], NOW).kept == ()


def history(*days: float, marks: Sequence[float] = ()) -> list[ObjectVersion]:
    """One key, written on these days ago, some of them marks; the newest first."""
    ages = sorted({*days, *marks})
    return [
        ObjectVersion("k", f"v{age}", NOW - age * DAY, 1, "e", age in marks, place == 0)
        for place, age in enumerate(ages)
    ]


def left(
    versions: list[ObjectVersion], taken: Sequence[str] = (), staying: Sequence[str] = ()
) -> list[str]:
    names = frozenset(("k", one) for one in taken)
    held = frozenset(("k", one) for one in staying)
    found = going(passed(versions, SINCE, names), SINCE, names, held)
    return [one.version for one in found]


@pytest.mark.parametrize(
    ("versions", "gone"),
    [
        (history(400), []),
        (history(41, 50), ["v50"]),
        (history(29, 50), []),
        (history(1, 40, 50), ["v50"]),
        (history(50, marks=[31]), ["v50", "v31"]),
        (history(50, marks=[29]), []),
        (history(marks=[31]), ["v31"]),
        (history(marks=[29]), []),
        (history(5, 50, marks=[40]), ["v50"]),
        (history(5, 50, marks=[40, 35]), ["v50", "v40"]),
    ],
)
def test_what_was_overwritten_or_deleted_before_the_beginning_goes(
    versions: list[ObjectVersion], gone: list[str]
) -> None:
    assert left(versions) == gone


def test_what_stays_keeps_the_mark_above_it() -> None:
    versions = history(50, 60, marks=[31])
    assert left(versions, staying=["v60"]) == ["v50"]
    assert left(versions, staying=["v50"]) == ["v60"]


def test_what_was_taken_away_goes_at_once_unless_it_is_read_again_or_needed() -> None:
    hidden = history(20, marks=[0])
    assert left(hidden) == []
    assert left(hidden, taken=["v20"]) == ["v20", "v0"]
    assert left(hidden, taken=["v20"], staying=["v20"]) == []
    assert left(history(20), taken=["v20"]) == []
    assert left(history(20, 40, marks=[0]), taken=["v20"]) == ["v20"]


@st.composite
def buckets(draw: st.DrawFn) -> list[ObjectVersion]:
    """Histories of some keys, as a store tells them."""
    found = []
    for key in ("a", "b", "c"):
        ages = sorted(draw(st.sets(st.integers(0, 60), max_size=6)))
        for place, age in enumerate(ages):
            mark, version = draw(st.booleans()), f"{key}{age}"
            written = NOW - age * DAY
            found.append(ObjectVersion(key, version, written, 1, version, mark, place == 0))
    return found


@given(buckets(), st.integers(0, 30), st.sets(st.sampled_from("abc")))
def test_any_moment_that_is_promised_is_the_same_afterwards(
    versions: list[ObjectVersion], days: int, rows: set[str]
) -> None:
    """And what rows name that were deleted long before is held by the points that name it."""
    moment = NOW - days * DAY
    guard = timedelta(minutes=1)
    chosen = [one for one in as_of(versions, moment, guard, rows) if one.version]
    staying = frozenset((one.key, str(one.version)) for one in chosen if one.raised)
    gone = going(passed(versions, SINCE, frozenset()), SINCE, frozenset(), staying)
    rest = [one for one in versions if one not in gone]
    after = [one for one in as_of(rest, moment, guard, rows) if one.version]
    assert [one.version for one in after] == [one.version for one in chosen]
    # In whatever place it ends, nothing that was hidden can be read.
    for place in range(len(gone)):
        seen = {one.key: one for one in reversed(versions) if one not in gone[:place]}
        shown = {key for key, one in seen.items() if not one.marker}
        assert shown == {one.key for one in versions if one.newest and not one.marker}


@given(buckets(), st.data())
def test_what_a_point_names_stays_and_a_second_time_nothing_goes(
    versions: list[ObjectVersion], data: st.DataObject
) -> None:
    names = [(one.key, one.version) for one in versions if not one.marker]
    some = st.frozensets(st.sampled_from(names)) if names else st.just(frozenset())
    needed, taken = data.draw(some), data.draw(some)
    gone = going(passed(versions, SINCE, taken), SINCE, taken, needed)
    assert not needed & {(one.key, one.version) for one in gone}
    assert not any(one.newest and not one.marker for one in gone)
    rest = [one for one in versions if one not in gone]
    assert going(passed(rest, SINCE, taken), SINCE, taken, needed) == ()
