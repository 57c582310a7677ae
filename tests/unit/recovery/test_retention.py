"""What is kept for too long, or not long enough, is told; what fits is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.recovery.leftovers import Leftover
from orchestrator.recovery.postgresql import Base
from orchestrator.recovery.retention import Fit, Item, Kept, audit
from tests.unit.recovery.made import point

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)
DAY = timedelta(days=1)
KEPT = 30 * DAY


def base(days: float, kind: str = "full", *, broken: bool = False) -> Base:
    at = NOW - days * DAY
    return Base(
        label=f"{at:%Y%m%d-%H%M%S}F",
        kind=kind,
        began=at - timedelta(minutes=5),
        ended=at,
        bytes=1,
        broken=broken,
        timeline=1,
    )


def kept(**given: object) -> Kept:
    whole = {
        "points": [point(at=NOW - 2 * DAY)],
        "bases": [base(35), base(5)],
        "uploads": Leftover("uploads"),
        "backups": Leftover("backups"),
        "lock": 30,
        "began": NOW - 40 * DAY,
    }
    return Kept(**{**whole, **given})  # type: ignore[arg-type]


def items(**given: object) -> dict[str, Item]:
    return {one.what: one for one in audit(KEPT, kept(**given), NOW)}


def differing(**given: object) -> dict[str, Fit]:
    return {what: one.fit for what, one in items(**given).items() if one.fit is not Fit.OK}


def test_what_fits_is_told_as_such() -> None:
    assert differing() == {}


def test_points_that_are_older_than_promised() -> None:
    old = [point(at=NOW - 31 * DAY), point(at=NOW - 29 * DAY)]
    assert differing(points=old) == {"recovery points": Fit.LONGER}
    assert items(points=old)["recovery points"].found == "2, 1 of them older"


@pytest.mark.parametrize(
    ("bases", "fit"),
    [
        ([base(60), base(35), base(5)], Fit.LONGER),
        ([base(60, "diff"), base(35), base(5)], Fit.OK),
        ([base(60, broken=True), base(35), base(5)], Fit.LONGER),
        ([base(31), base(5)], Fit.OK),
    ],
)
def test_one_base_before_the_window_is_needed_and_no_more(bases: list[Base], fit: Fit) -> None:
    assert items(bases=bases)["bases of the database"].fit is fit


def test_a_reach_that_is_too_short() -> None:
    assert differing(bases=[base(5)]) == {"reach": Fit.SHORTER}
    assert differing(bases=[]) == {"reach": Fit.SHORTER}
    assert differing(bases=[base(35, broken=True), base(5)]) == {"reach": Fit.SHORTER}


def test_a_young_instance_reaches_back_to_its_beginning() -> None:
    assert differing(bases=[base(5)], began=NOW - 6 * DAY) == {}


def test_what_lies_there_for_longer_and_what_is_locked_are_told_apart() -> None:
    left = Leftover("b", (("deleted", "1"), ("overwritten", "2")), 2, 14)
    found = items(uploads=left)["deleted objects"]
    assert found.fit is Fit.LONGER
    assert found.found == "2 versions of 14 bytes for longer"
    locked = Leftover("b", locked={("young", "3"): NOW + 9 * DAY})
    found = items(backups=locked)["deleted backups"]
    assert found.fit is Fit.OK
    assert found.found == "none; 1 locked, until 2026-12-05"


@pytest.mark.parametrize(
    ("lock", "fit"), [(30, Fit.OK), (7, Fit.OK), (31, Fit.LONGER), (None, Fit.SHORTER)]
)
def test_a_lock_is_never_longer_than_the_promise(lock: int | None, fit: Fit) -> None:
    assert items(lock=lock)["lock"].fit is fit
