"""From rules and columns to statements: nothing of a value gets through, nothing goes unnamed."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from orchestrator.errors.masking import ColumnUnlistedError, MaskingImpossibleError
from orchestrator.recovery.columns import STATEMENT, Column, read
from orchestrator.recovery.masked_values import Row, expression
from orchestrator.recovery.masking import CLEANING, statements, unlisted
from orchestrator.recovery.masking_rules import Rule, Rules

FILE = "masking.csv"
ID = Column("people", "id", "int8", "N", nullable=False, key=True, keys=1, unique=True)
ROW = Row('masked."id"')
KINDS = [
    ("varchar", "S"),
    ("text", "S"),
    ("int4", "N"),
    ("bool", "B"),
    ("timestamp", "D"),
    ("date", "D"),
    ("jsonb", "U"),
    ("json", "U"),
    ("uuid", "U"),
    ("inet", "I"),
    ("point", "G"),
]
OF_THE_VALUE = [
    r"{own} IS NOT NULL",
    r"WHEN {own}::text = '' THEN {own} ",
    r"length\({own}::text\)",
    r"cardinality\({own}\)",
    r"date_trunc\('month', {own}\)",
    r"CASE jsonb_typeof\({own}::jsonb\) WHEN 'object' THEN {own}::jsonb ELSE '{{}}' END",
]
"""All that may remain of a value: that there was one, how long, how many, which month; of a
document it is handed on to a query that takes its languages and the lengths of its texts."""


def rules(*lines: str) -> Rules:
    pairs = [line.split() for line in lines]
    return Rules(FILE, {(table, column): Rule(rule) for table, column, rule in pairs})


def column(name: str, **facts: Any) -> Column:
    return replace(Column("people", name), **facts)


columns = st.builds(
    lambda name, kind, facts: Column("people", name, *kind, **facts),
    st.sampled_from(["about", "email", "full_name", "nickname", "host", "phone"]),
    st.sampled_from(KINDS),
    st.fixed_dictionaries(
        {
            "array": st.booleans(),
            "nullable": st.booleans(),
            "default": st.booleans(),
            "unique": st.booleans(),
            "limit": st.sampled_from([0, 5, 20, 255]),
        }
    ),
)


@given(columns, st.sampled_from([Rule.MASK, Rule.DROP]))
def test_nothing_comes_from_the_value(one: Column, rule: Rule) -> None:
    try:
        value = expression(one, rule, ROW)
    except ValueError:
        assert not one.nullable
        return
    own = f'masked."{one.name}"'
    for form in OF_THE_VALUE:
        value = re.sub(form.format(own=re.escape(own)), "", value)
    assert own not in value
    assert "md5" not in value
    assert "sha" not in value


@given(columns)
def test_what_must_hold_something_is_never_emptied(one: Column) -> None:
    one = replace(one, nullable=False)
    for rule in (Rule.MASK, Rule.DROP):
        with suppress(ValueError):  # refused by name, which another test shows
            assert expression(one, rule, ROW) != "NULL"


@settings(max_examples=1000)
@example(Column("people", "host", unique=True, limit=5), Rule.MASK)
@given(columns, st.sampled_from([Rule.MASK, Rule.DROP]))
def test_what_is_unique_comes_from_the_row(one: Column, rule: Rule) -> None:
    one = replace(one, unique=True)
    try:
        value = expression(one, rule, ROW)
    except ValueError:
        return
    assert value == "NULL" or ROW.number in value


def test_one_statement_a_table_in_order() -> None:
    held = [
        ID,
        column("email", nullable=False, unique=True),
        column("locale", default=True),
        column("seen_at", type="timestamp", category="D"),
        Column("votes", "id", "int8", "N", key=True, keys=1, nullable=False),
        Column("votes", "who", "int8", "N", refers=("people",)),
        Column("settings", "key", key=True, keys=1, nullable=False),
    ]
    listed = rules(
        "people id keep",
        "people email mask",
        "people locale drop",
        "people seen_at drop",
        "votes * drop",
        "settings key keep",
    )
    update = (
        'UPDATE "people" AS masked SET "email" = CASE WHEN masked."email"::text = \'\''
        ' THEN masked."email" WHEN masked."email" IS NOT NULL'
        " THEN 'person-' || masked.\"id\" || '@masked.invalid' END,"
        ' "locale" = DEFAULT, "seen_at" = NULL'
    )
    wanted = (update, 'TRUNCATE TABLE "votes" CASCADE')
    assert statements(listed, held) == wanted
    assert statements(listed, reversed(held)) == wanted


def test_another_word_where_somebody_took_a_masked_name() -> None:
    held = [ID, column("nickname", limit=20, unique=True)]
    listed = rules("people id keep", "people nickname mask")
    (made,) = statements(listed, held, word="quokka")
    assert "right('quokka_' || masked.\"id\", 20)" in made
    with pytest.raises(ValueError, match="letters"):
        statements(listed, held, word="x'; drop")


def test_rows_without_a_number_are_numbered() -> None:
    held = [column("email", unique=True), column("about")]
    (made,) = statements(rules("people email mask", "people about mask"), held)
    assert "numbered.number || '@masked.invalid'" in made
    assert made.endswith("masked.tableoid = numbered.part AND masked.ctid = numbered.place")
    (plain,) = statements(rules("people about drop"), held[1:])
    assert plain == 'UPDATE "people" AS masked SET "about" = NULL'


def test_every_column_that_is_not_listed_is_told() -> None:
    held = [ID, column("birthday"), column("email"), Column("odd.cards", "number")]
    listed = rules("people id keep", "people email mask")
    assert unlisted(listed, held) == ("odd.cards.number", "people.birthday")
    with pytest.raises(ColumnUnlistedError) as caught:
        statements(listed, held)
    assert caught.value.details == ("odd.cards.number", "people.birthday")
    assert FILE in caught.value.message
    assert any(FILE in hint for hint in caught.value.hints)


def test_what_the_list_names_and_nobody_has_is_no_fault() -> None:
    assert statements(rules("people id keep", "gone id keep", "gone_too * drop"), [ID]) == ()


def test_what_is_computed_is_left_alone() -> None:
    held = [ID, column("folded", generated=True)]
    assert statements(rules("people id keep", "people folded mask"), held) == ()


def test_a_table_is_emptied_only_where_nothing_that_is_kept_refers_to_it() -> None:
    held = [ID, Column("votes", "who", "int8", "N", refers=("people",))]
    with pytest.raises(MaskingImpossibleError) as caught:
        statements(rules("people * drop", "votes who keep"), held)
    told = "people: cannot be emptied, votes refers to it and is kept"
    assert caught.value.details == (told,)
    assert len(statements(rules("people * drop", "votes * drop"), held)) == 2


def test_every_rule_that_cannot_be_carried_out_is_told() -> None:
    held = [
        ID,
        column("code", referred=True),
        column("boss", type="int8", category="N", nullable=False, refers=("people",)),
        column("place", type="point", category="G", nullable=False),
        Column("far", "name", kind="f"),
    ]
    listed = rules(*(f"people {one} drop" for one in ("id", "code", "boss", "place")))
    listed = Rules(FILE, {**listed.of, ("far", "name"): Rule.KEEP})
    with pytest.raises(MaskingImpossibleError) as caught:
        statements(listed, held)
    assert caught.value.details == (
        "far: lies on another server, where it would be changed too",
        "people.boss: refers to people",
        "people.code: is a key, which rows are told apart or found by",
        "people.id: is a key, which rows are told apart or found by",
        "people.place: must hold something, and no neutral value of type point is known",
    )


def test_views_that_hold_copies_come_last() -> None:
    held = [Column("a_view", "name", kind="m"), ID, column("name")]
    made = statements(rules("a_view name keep", "people id keep", "people name mask"), held)
    assert made[-1] == 'REFRESH MATERIALIZED VIEW "a_view"'
    assert len(made) == 2


def test_names_of_the_database_cannot_leave_their_quotes() -> None:
    held = [Column('odd"; drop', 'a"b')]
    listed = Rules(FILE, {('odd"; drop', 'a"b'): Rule.DROP})
    (made,) = statements(listed, held)
    assert made == 'UPDATE "odd""; drop" AS masked SET "a""b" = NULL'


def test_the_catalogue_is_read() -> None:
    said = """[{"key": true, "keys": 1, "kind": "r", "type": "int8", "array": false, "limit": 0,
        "table": "people", "column": "id", "refers": [], "unique": true, "category": "N",
        "default": false, "nullable": false, "referred": false, "generated": false}]"""
    assert read(said) == (ID,)
    assert read("[]") == ()
    assert "jsonb_agg" in STATEMENT


def test_what_the_old_values_left_behind_is_cleaned() -> None:
    assert "DELETE FROM pg_statistic" in CLEANING
    assert "VACUUM FULL ANALYZE" in CLEANING
