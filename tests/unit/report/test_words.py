"""Both languages say the same things, and days and durations are spoken as people do."""

from __future__ import annotations

import string
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from orchestrator.recovery.calendar import State
from orchestrator.report.drills import Act
from orchestrator.report.words import ENGLISH, FRENCH, day, moment, spoken, words_of


def named(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_keys() -> None:
    assert list(ENGLISH) == list(FRENCH)


@pytest.mark.parametrize("key", ENGLISH)
def test_both_languages_name_the_same_things(key: str) -> None:
    assert named(ENGLISH[key]) == named(FRENCH[key])
    assert ENGLISH[key]
    assert FRENCH[key]


def test_every_standing_and_act_has_its_words() -> None:
    for key in (*Act, *State, *(f"{state}-means" for state in State)):
        assert key in ENGLISH


def test_french_signs_keep_with_their_word() -> None:
    assert words_of("fr")["covered"].startswith("Prouvées dans leur délai\u00a0:")
    assert "{percent}\u00a0%" in words_of("fr")["covered"]
    assert words_of("en") is ENGLISH


def test_days_and_moments() -> None:
    at = datetime(2026, 3, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert moment(at, "en") == "28 February 2026, 23:30 UTC"
    assert moment(at, "fr") == "28 février 2026 à 23:30 UTC"
    assert day(date(2026, 8, 1), "fr") == "1er août 2026"
    assert day(date(2026, 12, 31), "en") == "31 December 2026"
    assert moment(datetime(2026, 12, 1, 0, 0, tzinfo=UTC), "fr") == "1er décembre 2026 à 00:00 UTC"


@pytest.mark.parametrize(
    ("seconds", "english", "french"),
    [
        (0, "0.0 s", "0,0 s"),
        (1.25, "1.2 s", "1,2 s"),
        (42, "42 s", "42 s"),
        (192, "3 min 12 s", "3 min 12 s"),
        (7500, "2 h 5 min", "2 h 5 min"),
        (183_600, "2 d 3 h", "2 j 3 h"),
    ],
)
def test_durations(seconds: float, english: str, french: str) -> None:
    assert (spoken(seconds, "en"), spoken(seconds, "fr")) == (english, french)
