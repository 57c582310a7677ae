"""What files prove: signed, of the instance in their name, the newest first; and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from orchestrator.model.drill import DrillRecord
from orchestrator.recovery import evidence
from orchestrator.recovery.calendar import Candidate, Standing, State
from orchestrator.recovery.evidence import FileName, Line, file_name, gathered, parsed, sealed
from tests.unit.recovery.drilled import LOST, RECORD, later, opener, record, seal

GREEN = RECORD
RED = later(3, assertions=(LOST,))
OTHER = record("val-des-ormes", "grist", id="00ab12")


def file(drill: DrillRecord, signed_by: str = "") -> tuple[str, bytes]:
    return file_name(drill), sealed(drill, seal(signed_by or drill.tenant))


def test_names_sort_by_time_and_say_what_they_hold() -> None:
    name = "2026-11-23T021000Z-saint-martin-decidim-7f3c91.json"
    assert file_name(GREEN) == name
    began = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
    assert parsed(name) == FileName(began, "saint-martin", "decidim", "7f3c91")
    elsewhere = record(began=began.astimezone(timezone(timedelta(hours=11))))
    assert file_name(elsewhere) == name


@pytest.mark.parametrize(
    "name",
    [
        "notes.txt",
        "2026-11-23T021000Z-saint-martin-decidim-7f3c91.json.new",
        "2026-13-23T021000Z-saint-martin-decidim-7f3c91.json",
        "2026-11-23T021000Z-decidim-7f3c91.json",
        "x2026-11-23T021000Z-saint-martin-decidim-7f3c91.json",
    ],
)
def test_names_of_no_record(name: str) -> None:
    assert parsed(name) is None


def test_what_is_sealed_is_the_document() -> None:
    content = sealed(GREEN, lambda content: content)
    assert json.loads(content) == GREEN.document()
    assert content.endswith(b"}\n")


def test_gathered_newest_first_with_key_and_verdict() -> None:
    found = gathered([file(GREEN), file(OTHER), file(RED)], opener)
    told = [(one.record, one.key, one.verified, one.proves) for one in found.records]
    assert told == [
        (RED, "points-1", True, False),
        (GREEN, "points-1", True, True),
        (OTHER, "points-1", True, True),
    ]
    assert found.foreign == ()


def test_signed_by_somebody_else_proves_nothing() -> None:
    found = gathered([file(GREEN, signed_by="val-des-ormes")], opener)
    assert [(one.verified, one.proves) for one in found.records] == [(False, False)]


def test_a_record_is_not_lent_by_renaming_its_file() -> None:
    name = file_name(record(product="grist"))
    found = gathered([(name, file(GREEN)[1])], opener)
    assert [(one.file, one.verified, one.proves) for one in found.records] == [(name, False, False)]


def test_a_record_of_another_tenant_in_a_right_name_proves_nothing() -> None:
    lent = record(instance="val-des-ormes/decidim")
    found = gathered([file(lent)], opener)
    assert [one.verified for one in found.records] == [False]


def test_strangers_are_named_and_passed_over() -> None:
    name = file_name(GREEN)
    strange = [
        ("notes.txt", b"nothing"),
        (name, b"no JSON"),
        (name.replace("7f3c91", "aa"), b"[]"),
        (name.replace("7f3c91", "bb"), seal("saint-martin")(b"[]")),
        (name.replace("7f3c91", "cc"), seal("saint-martin")(b'{"format": "another/v1"}')),
        (name.replace("7f3c91", "dd"), b"\xff\xfe"),
    ]
    found = gathered([*strange, file(OTHER)], opener)
    assert [one.record for one in found.records] == [OTHER]
    assert found.foreign == tuple(sorted(name for name, _ in strange))


def test_lines() -> None:
    forged = later(9)
    kept = gathered([file(GREEN), file(RED), file(OTHER), file(forged, "nobody")], opener).records
    red, green, other = (next(k for k in kept if k.record == r) for r in (RED, GREEN, OTHER))
    known = [
        Candidate("val-des-ormes/grist", 10),
        Candidate("val-des-ormes/rudi", since=date(2026, 11, 1)),
        Candidate("saint-martin/decidim"),
    ]
    day = date(2026, 11, 23)
    assert evidence.lines(known, kept, date(2026, 12, 4)) == (
        Line(
            Candidate("saint-martin/decidim", green=day, red=True),
            Standing(State.RED, 11, 19),
            red,
            green,
        ),
        Line(
            Candidate("val-des-ormes/grist", 10, green=day),
            Standing(State.DUE, 11, -1),
            other,
            other,
        ),
        Line(known[1], Standing(State.NEVER, 33, -3), None, None),
    )


def test_covered_is_what_was_proven_within_the_period() -> None:
    kept = gathered([file(GREEN), file(RED), file(OTHER)], opener).records
    known = [
        Candidate("saint-martin/decidim"),
        Candidate("val-des-ormes/grist", 10),
        Candidate("a/b"),
    ]
    found = evidence.lines(known, kept, date(2026, 12, 4))
    assert {one.candidate.instance: one.covered for one in found} == {
        "a/b": False,
        "saint-martin/decidim": True,
        "val-des-ormes/grist": False,
    }


def test_the_newest_green_heals_a_red_one() -> None:
    kept = gathered([file(GREEN), file(RED), file(later(4))], opener).records
    (found,) = evidence.lines([Candidate("saint-martin/decidim")], kept, date(2026, 12, 4))
    assert found.standing == Standing(State.GREEN, 7, 23)
