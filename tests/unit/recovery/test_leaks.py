"""A planted value is found wherever a text is cut, however it is written; masked text is clean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.recovery.leaks import Kind, Leak, decoded, leaks, probes
from orchestrator.recovery.words import plain

MAIL = "Amélie.Le-Goff@exemple.fr"
NAME = "Amélie Le Goff"
TELEPHONE = "06 12 34 56 78"
MASKED = """COPY public.decidim_users (id, email, name, nickname, created_at) FROM stdin;
7\tperson-7@masked.invalid\tPerson 7\tperson_7\t2026-11-01 00:00:00\t{"fr": "Masked text."}\t\\N
8\tperson-8@masked.invalid\tPerson 8\tperson_8\t2026-11-01 00:00:00\t{"fr": ""}\t0000000000
"""
letters = st.text(
    st.characters(categories=["Lu", "Ll", "Lo", "Nd", "Mn"], exclude_characters="\x00"),
    min_size=2,
    max_size=12,
)
people = st.lists(letters, min_size=2, max_size=4).map(" ".join)
surroundings = st.text(max_size=60)


def cut(text: str, places: list[int]) -> Iterator[str]:
    marks = sorted({place % (len(text) + 1) for place in places})
    for start, end in zip([0, *marks], [*marks, len(text)], strict=True):
        yield text[start:end]


def hits(text: str, *values: str) -> list[Leak]:
    return leaks([text], probes(values, seed=1))


@settings(max_examples=300)
@given(
    st.one_of(people, st.just(MAIL), st.just(TELEPHONE)),
    surroundings,
    surroundings,
    st.lists(st.integers(0, 500), max_size=12),
)
def test_a_planted_value_is_found_wherever_the_text_is_cut(
    value: str, before: str, after: str, places: list[int]
) -> None:
    looked_for = probes([value], seed=1)
    if not len(looked_for):
        assert looked_for.passed_over == 1
        return
    text = f"{before}\t{value}\t{after}"
    assert len(leaks(cut(text, places), looked_for)) == 1
    assert len(leaks(text, looked_for)) == 1  # letter by letter


@given(people, st.lists(st.integers(0, 500), max_size=12))
def test_nor_does_case_hide_it_nor_an_escape(value: str, places: list[int]) -> None:
    looked_for = probes([value], seed=1)
    for text in (value.upper(), json.dumps({"fr": f"\n{value}\n"}), f"?who={quote(value)}&a=1"):
        if len(looked_for) and plain(value) == plain(value.upper()):
            assert len(leaks(cut(text, places), looked_for)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "amelie le goff",
        "AMÉLIE LE-GOFF",
        "Ame\u0301lie Le Goff",
        "amelie_le_goff",
        r'{"name": "Am\u00e9lie Le Goff"}',
        r"Bonjour\nAmélie Le Goff\tMerci",
        r"Bonjour\\nAmélie Le Goff\\n",
        "Am&eacute;lie&nbsp;Le Goff",
        "Am%C3%A9lie%20Le%20Goff",
        "x\nAmélie\nLe\nGoff",
    ],
)
def test_a_name_is_found_however_it_is_written(text: str) -> None:
    assert [one.kind for one in hits(text, NAME)] == [Kind.NAME]
    assert leaks(text, probes([NAME], seed=1))


@pytest.mark.parametrize(
    "text",
    [
        "0612345678",
        "+33 6 12 34 56 78",
        "+33 (0)6.12.34.56.78",
        "0033612345678",
        "06-12-34-56-78",
        "75001 06 12 34 56 78",
        '{"tel": 612345678}',
        "06\u202f12\u202f34\u202f56\u202f78",
        "tel:%2B33612345678",
    ],
)
def test_a_telephone_number_is_found_however_it_is_written(text: str) -> None:
    assert [one.kind for one in hits(text, TELEPHONE)] == [Kind.TELEPHONE]
    assert leaks(text, probes([TELEPHONE], seed=1))


@pytest.mark.parametrize(
    "text", ["Amélie Le Goffic", "Amélie Goff", "06 12 34 56 79", "10612345678912", MASKED]
)
def test_what_is_another_is_not_found(text: str) -> None:
    assert hits(text, NAME, MAIL, TELEPHONE) == []


def test_where_it_was_found_first_is_told() -> None:
    found = leaks(["Amélie ", "Le Go", "ff, 06 12", " 34 56 78 ", ""], probes([NAME], seed=1))
    assert found == [Leak(Kind.NAME, 2)]


def test_the_same_seed_gives_the_same_sample_and_no_value_is_kept() -> None:
    values = [f"Jean Dupont{number}" for number in range(50)]
    first, second = (probes(values, 10, seed=3) for _ in range(2))
    assert len(first) == 10
    assert first.salt != second.salt
    held = [{one for one in values if hits_of(one, each)} for each in (first, second)]
    assert held[0] == held[1]
    other = {one for one in values if hits_of(one, probes(values, 10, seed=4))}
    assert other != held[0]
    assert "upont" not in repr(first)
    assert first.salt.hex() not in repr(first)


def hits_of(value: str, looked_for: object) -> bool:
    return bool(leaks([value], looked_for))  # type: ignore[arg-type]


def test_each_kind_has_its_share() -> None:
    values = [f"Jean Dupont{number}" for number in range(500)]
    values += [f"jean{number}@exemple.fr" for number in range(500)]
    values += ["06 12 34 56 78", "06 12 34 56 78", "+33612345678", "06 12 34 56 79"]
    taken = [one.kind for one in probes(values, 100, seed=1).sample]
    assert len(taken) == 100
    assert {kind: taken.count(kind) for kind in Kind} == {
        Kind.MAIL: 49,
        Kind.NAME: 49,
        Kind.TELEPHONE: 2,
    }


def test_what_is_too_short_or_public_is_passed_over() -> None:
    looked_for = probes(["Ana", "  ", "Saint Martin", NAME], seed=1, public=["Saint-Martin"])
    assert (len(looked_for), looked_for.passed_over) == (1, 2)
    assert hits_of("Ana", looked_for) is False
    assert hits_of("Saint Martin", looked_for) is False


def test_bytes_are_read_wherever_they_are_cut() -> None:
    content = f"\xff {NAME} ".encode()
    pieces = [content[place : place + 1] for place in range(len(content))]
    assert len(leaks(decoded([b"\xff", *pieces]), probes([NAME], seed=1))) == 1


@given(st.lists(st.integers(0, 500), max_size=12))
def test_masked_text_is_clean(places: list[int]) -> None:
    looked_for = probes([NAME, MAIL, TELEPHONE, "Jean Dupont", "jean@masked.fr"], seed=1)
    assert leaks(cut(MASKED, places), looked_for) == []
