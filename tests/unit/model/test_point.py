"""A manifest is the same after being written and read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.model.point import FORMAT, RecoveryPoint, point_id, read_time, written
from orchestrator.recovery.signed import opened, seal
from tests.unit.recovery.made import AT, point
from tests.unit.recovery.store import Ring

TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.timezones())  # noqa: DTZ001


def test_a_point_is_read_as_it_was_written() -> None:
    made = point()
    assert RecoveryPoint.read(json.loads(json.dumps(made.document()))) == made
    bare = replace(made, bucket=None, counts={}, images={})
    assert RecoveryPoint.read(json.loads(json.dumps(bare.document()))) == bare


def test_a_point_survives_being_signed() -> None:
    ring = Ring(made=True)
    made = point()
    assert RecoveryPoint.read(opened(seal(made.document(), ring.sign), ring.public_keys())) == made


def test_the_form_names_itself() -> None:
    document = point().document()
    assert document["format"] == FORMAT
    assert document["at"] == "2026-11-26T01:59:00.123456Z"
    assert document["bucket"]["as_of"] == document["at"]
    assert document["counts"]["decidim_users"] == [3, 5]
    assert point().instance == "saint-martin/decidim"


@given(TIMES)
def test_a_moment_stays_itself(moment: datetime) -> None:
    assert read_time(written(moment)) == moment.astimezone(UTC)
    assert written(moment).endswith("Z")


def test_a_moment_without_a_zone_is_none() -> None:
    with pytest.raises(ValueError, match="2026"):
        read_time("2026-11-26T01:59:00")


@given(st.lists(TIMES, min_size=2, max_size=2))
def test_names_sort_by_time(moments: list[datetime]) -> None:
    one, other = sorted(moments)
    if other.astimezone(UTC) - one.astimezone(UTC) >= timedelta(seconds=1):
        assert point_id(one, "ffffff") < point_id(other, "000000")


def test_a_name_is_of_utc() -> None:
    paris = AT.astimezone(timezone(timedelta(hours=1)))
    assert point_id(paris, "3fa2c1") == "20261126T015900Z-3fa2c1"
