"""Durations as people read them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from orchestrator.ui.durations import age, moment, spoken


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (10, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (192, "3 min 12 s"),
        (7500, "2 h 5 min"),
    ],
)
def test_spoken(seconds: float, text: str) -> None:
    assert spoken(seconds) == text


def test_moment() -> None:
    assert moment(datetime(2026, 11, 23, 2, 4, tzinfo=UTC)) == "2026-11-23 02:04 UTC"
    assert moment(None) == "-"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h 0 min"),
        (172_799, "47 h 59 min"),
        (172_800, "2 d"),
        (1_000_000, "11 d"),
    ],
)
def test_age(seconds: float, text: str) -> None:
    assert age(seconds) == text
