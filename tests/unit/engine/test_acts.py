"""The chain of acts: whatever is done to a line, the lines after it tell."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.engine.acts import File, digest_of, line_of, read_all, read_line, verify
from orchestrator.model.act import NOTHING_BEFORE, Act, By, Deed, Phase
from orchestrator.model.run import Outcome
from tests.unit.engine.clock import START

DEED = Deed("onboard", "a/grist", By("ops", "machine-a"), "ticket n° 12", "0" * 64, "7f3c91")


def chained(*deeds: Deed, hours: int = 1) -> list[bytes]:
    """A line a deed, each an hour after the one before it."""
    lines: list[bytes] = []
    for number, deed in enumerate(deeds, start=1):
        previous = digest_of(lines[-1]) if lines else NOTHING_BEFORE
        lines.append(line_of(Act(number, START + timedelta(hours=hours * number), deed, previous)))
    return lines


def ended(deed: Deed) -> Deed:
    return replace(deed, phase=Phase.ENDED, outcome=Outcome.DONE)


def file(*lines: bytes, name: str = "2026-01.jsonl") -> File:
    return File(name, b"".join(line + b"\n" for line in lines))


OTHER = replace(DEED, run="000001", subject="b/rudi@before")
LINES = chained(DEED, ended(DEED), OTHER, ended(OTHER))
WHOLE = (file(*LINES[:2]), file(*LINES[2:], name="2026-02.jsonl"))
CONTENT = b"".join(one.content for one in WHOLE)
PROVEN = len(CONTENT) - len(LINES[-1]) - 1  # bytes that a later line proves


def says(*files: File, whole: bool = True) -> list[str]:
    return [str(spot) for spot in verify(files, whole=whole).breaks]


def changed(place: int, value: int) -> tuple[File, ...]:
    """The journal with another byte at one place, in its two files."""
    first = len(WHOLE[0].content)
    content = CONTENT[:place] + bytes([value]) + CONTENT[place + 1 :]
    return (replace(WHOLE[0], content=content[:first]), replace(WHOLE[1], content=content[first:]))


def test_a_journal_as_it_was_written_holds() -> None:
    found = verify(WHOLE, whole=True)
    assert found.breaks == found.remarks == ()
    assert (found.records, found.head) == (4, digest_of(LINES[-1]))
    assert (found.since, found.until) == (
        START + timedelta(hours=1),
        START + timedelta(hours=4),
    )
    assert [act.number for *_, act in read_all(WHOLE)] == [1, 2, 3, 4]
    assert [place for _, place, *_ in read_all(WHOLE)] == [1, 2, 1, 2]


def test_a_line_is_canonical_and_read_back() -> None:
    act = read_line(LINES[1])
    assert line_of(act) == LINES[1]
    assert LINES[1].startswith(b'{"at":"2026-01-05T10:00:00.000Z","by":{"account":"ops","host":')
    assert "ticket n° 12".encode() in LINES[1]
    assert digest_of(LINES[0]).encode() in LINES[1]
    more = {**json.loads(LINES[1]), "later": [1]}
    assert (
        read_line(
            json.dumps(more, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        )
        == act
    )


def test_each_byte_but_those_of_the_last_line_is_proven() -> None:
    for place in range(PROVEN):
        assert says(*changed(place, CONTENT[place] ^ 1)), place


@given(place=st.integers(0, PROVEN - 1), other=st.integers(1, 255))
def test_a_byte_that_is_any_other_is_found(place: int, other: int) -> None:
    assert says(*changed(place, CONTENT[place] ^ other))


@given(other=st.integers(1, 255))
def test_the_end_of_the_last_line_is_looked_at(other: int) -> None:
    assert says(*changed(len(CONTENT) - 1, CONTENT[-1] ^ other))


@pytest.mark.parametrize(
    ("tamper", "expected"),
    [
        (
            lambda a, b, c: [a.replace(b'"a/grist"', b'"a/gross"'), b, c],
            ["2026-01.jsonl:2: `previous` differs from the line before"],
        ),
        (
            lambda a, _b, c: [a, c],
            [
                "2026-01.jsonl:2: number 3 where 2 was due",
                "2026-01.jsonl:2: `previous` differs from the line before",
            ],
        ),
        (
            lambda _a, b, c: [b, c],
            [
                "2026-01.jsonl:1: number 2 where 1 was due",
                "2026-01.jsonl:1: `previous` names a line before the first",
            ],
        ),
        (
            lambda a, b, c: [a, a, b, c],
            [
                "2026-01.jsonl:2: number 1 where 2 was due",
                "2026-01.jsonl:2: `previous` differs from the line before",
            ],
        ),
        (
            lambda a, b, c: [a, b.replace(b",", b", ", 1), c],
            [
                "2026-01.jsonl:2: not canonical JSON: it was written in another way",
                "2026-01.jsonl:3: `previous` differs from the line before",
            ],
        ),
        (
            lambda a, b, c: [a, b, c[:-1] + b',"format":"orchestrator/act/v1"}'],
            ["2026-01.jsonl:3: not canonical JSON: it was written in another way"],
        ),
        (
            lambda a, b, c: [a, b, c.replace(b"act/v1", b"act/v9")],
            ["2026-01.jsonl:3: unknown format, not orchestrator/act/v1"],
        ),
        (
            lambda a, b, c: [a, b, c.replace(b'"number":3', b'"number":7')],
            ["2026-01.jsonl:3: number 7 where 3 was due"],
        ),
        (
            lambda a, b, c: [a, b, c.replace(b'"number":3', b'"number":true')],
            ["2026-01.jsonl:3: `number` is not a count"],
        ),
        (
            lambda a, b, c: [a, b"", b, c],
            [
                "2026-01.jsonl:2: not canonical JSON: it cannot be read",
                "2026-01.jsonl:3: number 2 where 3 was due",
                "2026-01.jsonl:3: `previous` differs from the line before",
            ],
        ),
        (
            lambda a, b, c: [a, b, c.replace(b'"ops"', b'"ops@ville.example"')],
            ["2026-01.jsonl:3: not fit for the journal of acts: by"],
        ),
        (
            lambda a, b, _c: [a, b, b"[" * 100_000],
            ["2026-01.jsonl:3: not canonical JSON: it cannot be read"],
        ),
    ],
    ids=[
        *("value", "middle removed", "first removed", "doubled", "blanks", "double key"),
        *("format", "number", "no number", "empty line", "mail", "deep"),
    ],
)
def test_what_was_tampered_with_is_told_by_file_and_line(
    tamper: Callable[..., list[bytes]], expected: list[str]
) -> None:
    lines = chained(DEED, ended(DEED), DEED)
    assert says(file(*tamper(*lines))) == expected


def test_lines_that_change_places_are_told() -> None:
    first, second, third, last = LINES
    told = says(file(first, third, second, last))
    assert [one.partition(": ")[0] for one in told] == [
        *["2026-01.jsonl:2"] * 2,
        *["2026-01.jsonl:3"] * 2,
        *["2026-01.jsonl:4"] * 2,
    ]


def test_a_torn_line_is_told() -> None:
    cut = replace(WHOLE[1], content=WHOLE[1].content[:-9])
    assert says(WHOLE[0], cut) == ["2026-02.jsonl:2: torn: the line is not ended"]


def test_nothing_alone_tells_of_the_last_line() -> None:
    """The digest of the last line is what shows it, when it was kept elsewhere."""
    short = (WHOLE[0], file(LINES[2], name="2026-02.jsonl"))
    other = file(LINES[2], LINES[3].replace(b'"ops"', b'"spo"'), name="2026-02.jsonl")
    assert says(*short) == says(WHOLE[0], other) == []
    heads = {verify(files, whole=True).head for files in (WHOLE, short, (WHOLE[0], other))}
    assert len(heads) == 3


def test_a_file_that_is_missing_is_told_and_one_that_was_not_given_is_a_remark() -> None:
    assert len(says(WHOLE[1])) == 2
    found = verify(WHOLE[1:], whole=False)
    assert found.breaks == ()
    begins = "2026-02.jsonl:1: begins at number 3: what was before it was not given"
    assert [str(spot) for spot in found.remarks] == [begins]
    assert says(WHOLE[1], WHOLE[0], whole=False)
    forged = file(LINES[0].replace(NOTHING_BEFORE.encode(), b"1" * 64))
    assert says(forged, whole=False)


def remarks(*deeds: Deed, hours: int = 1, **more: Any) -> list[str]:
    found = verify([file(*chained(*deeds, hours=hours))], whole=True)
    assert found.breaks == ()
    return [f"{spot.line}: {spot.says}" for spot in found.remarks]


def test_what_is_worth_a_look_breaks_nothing() -> None:
    assert remarks(DEED) == ["1: run 7f3c91 has begun and has not ended: it runs or was killed"]
    assert remarks(ended(DEED)) == ["1: run 7f3c91 has ended and has not begun"]
    assert remarks(DEED, DEED, ended(DEED)) == [
        "1: run 7f3c91 has begun and has not ended, and has begun again"
    ]
    assert remarks(DEED, ended(DEED), DEED, ended(DEED)) == []
    assert remarks(DEED, ended(DEED), hours=-1) == ["2: the time goes backwards"]


def test_an_empty_journal_holds() -> None:
    for files in ([], [file()]):
        found = verify(files, whole=True)
        assert (found.records, found.since, found.head, found.breaks) == (0, None, "", ())
