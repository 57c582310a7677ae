"""What stands in a column instead of what people wrote, as an expression of SQL.

A masked value comes from the number of its row and never from the value before it: a hash of an
address is guessed by hashing addresses. Of the value itself remains whether there was one, and of
a text whether it was short or long, so that pages look as they did.

Whoever takes `person-7@masked.invalid` on the live site would make row 7 collide with his own where
both must differ. Then another word than `person` helps: it is the caller's to choose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from orchestrator.recovery.columns import Column
from orchestrator.recovery.masking_rules import Rule

DOMAIN = "masked.invalid"
_FILLER = "Masked text. "
_CLASSES = ((20, 11), (100, 63), (500, 300), (2000, 1250))
_LONGEST = 4000
_FILLED = f"repeat('{_FILLER}', {_LONGEST // len(_FILLER) + 1})"
_ADDRESS = 9 + 19 + 1 + len(DOMAIN)
"""Characters of the longest address: the word with its dash, a number, the domain."""
_WORD = re.compile("[a-z]{3,8}")
_MONTHLY = ("date", "timestamp", "timestamptz")
_DOCUMENTS = ("json", "jsonb")
_EMPTY = {
    "S": "''",
    "N": "0",
    "B": "false",
    "I": "'0.0.0.0'",
    "json": "'{}'",
    "jsonb": "'{}'",
    "hstore": "''",
    "ltree": "''",
    "tsvector": "''",
    "bytea": "''",
    "uuid": "'00000000-0000-4000-8000-000000000000'",
    "date": "'2000-01-01'",
    "timestamp": "'2000-01-01'",
    "timestamptz": "'2000-01-01'",
    "time": "'00:00'",
    "timetz": "'00:00'",
    "interval": "'0'",
}
_LOCALE = "^[a-z]{2,3}([-_][A-Za-z]{2,4})?$"


def quoted(name: str) -> str:
    """A table, with its schema or without, as it must be written within a statement."""
    return ".".join(quoted_name(part) for part in name.split(".", 1))


def quoted_name(name: str) -> str:
    """A name that has no schema before it, the same way."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class Row:
    """What tells one row from another: an expression that no two rows share, and a word before it.

    Raises ValueError for a word that is not three to eight small letters.
    """

    number: str
    word: str = "person"

    def __post_init__(self) -> None:
        if not _WORD.fullmatch(self.word):
            message = "must be three to eight small letters"
            raise ValueError(message)


def expression(column: Column, rule: Rule, row: Row) -> str:
    """The new value of a column that does not keep its own.

    Raises ValueError with what stands against it, as the end of a sentence.
    """
    if column.key or column.referred:
        message = "is a key, which rows are told apart or found by"
        raise ValueError(message)
    if rule is Rule.DROP and column.nullable and (column.unique or not column.default):
        return "NULL"
    if column.refers:
        message = f"refers to {', '.join(column.refers)}"
        raise ValueError(message)
    if rule is Rule.DROP:
        value = _numbered(column, row) if column.unique else _fresh(column)
    else:
        value = _neutral(column, row)
    if value:
        return value
    if not column.nullable:
        message = f"must hold something, and no neutral value of type {column.type} is known"
        raise ValueError(message)
    return "NULL"


def _neutral(column: Column, row: Row) -> str:
    """As told apart as before, by the type; NULL and empty texts stay what they are."""
    own = _own(column)
    if column.type in _DOCUMENTS and not column.array:
        value = _translated(column, row)
    elif column.unique:
        value = _numbered(column, row)
    else:
        value = _alike(column, row)
    if not value:
        return ""
    if column.category == "S" and not column.array:
        return f"CASE WHEN {own}::text = '' THEN {own} WHEN {own} IS NOT NULL THEN {value} END"
    return f"CASE WHEN {own} IS NOT NULL THEN {value} END"


def _own(column: Column) -> str:
    return f"masked.{quoted_name(column.name)}"


def _type(column: Column) -> str:
    return quoted_name(column.type)


def _alike(column: Column, row: Row) -> str:
    """What many rows may share; '' where no value of the type is neutral."""
    own = _own(column)
    if column.array and column.category == "S":
        return f"array_fill('Masked'::{_type(column)}, ARRAY[cardinality({own})])"
    if column.category == "S" and not column.array:
        return _text(column, row)
    if column.type in _MONTHLY and not column.array:
        return f"date_trunc('month', {own})::{_type(column)}"
    return _empty(column)


def _text(column: Column, row: Row) -> str:
    number, word = row.number, row.word
    if _is_address(column):
        return f"'{word}-' || {number} || '@{DOMAIN}'"
    if _is_host(column):
        return f"'{word}-' || {number} || '.{DOMAIN}'"
    if _ends(column, "nickname"):
        return _fitting(f"'{word}_' || {number}", column)
    if _ends(column, "name"):
        return _fitting(f"'{word.title()} ' || {number}", column)
    if _ends(column, "phone", "phone_number", "mobile_phone_number"):
        return "'0000000000'" if not 0 < column.limit < 10 else "''"
    length = _length(f"length({_own(column)}::text)", column.limit)
    return f"left({_FILLED}, {length})"


def _numbered(column: Column, row: Row) -> str:
    """A value that no other row has; '' where the type has none."""
    number, own = row.number, _type(column)
    if column.category == "S" and not column.array:
        if _is_address(column) or _is_host(column) or _ends(column, "name", "nickname"):
            return _text(column, row)
        return _fitting(f"'{row.word}-' || {number}", column)
    step = "day" if column.type == "date" else "second"
    date = f"('2000-01-01'::timestamp + {number} * interval '1 {step}')::{own}"
    document = f"json_build_object('masked', {number})::{own}"
    if column.array:
        return f"ARRAY[({number})::{own}]" if column.category in "SN" else ""
    if column.category == "N":
        return f"({number})::{own}"
    return {
        "uuid": f"('00000000-0000-4000-8000-' || lpad(to_hex({number}), 12, '0'))::uuid",
        **dict.fromkeys(_MONTHLY, date),
        **dict.fromkeys(_DOCUMENTS, document),
    }.get(column.type, "")


def _translated(column: Column, row: Row) -> str:
    """The languages stay, their texts do not; anything else within is taken for personal."""
    text = f"left({_FILLED}, {_length('length(value)')})"
    if column.unique:
        text = f"{text} || ' ' || {row.number}"
    elif _ends(column, "name"):
        text = f"'{row.word.title()} ' || {row.number}"
    own = f"{_own(column)}::jsonb"
    other = _numbered(column, row) if column.unique else _empty(column)
    return (  # names come from the catalogue, quoted
        f"coalesce((SELECT jsonb_object_agg(key, CASE WHEN value <> '' THEN {text} ELSE '' END)"  # noqa: S608
        f" FROM jsonb_each_text(CASE jsonb_typeof({own}) WHEN 'object' THEN {own} ELSE '{{}}' END)"
        f" WHERE key ~ '{_LOCALE}')::{_type(column)}, {other})"
    )


def _fresh(column: Column) -> str:
    """As a new row has it: a program that finds `{}` in every new row may not bear NULL."""
    return "DEFAULT" if column.default else _empty(column)


def _empty(column: Column) -> str:
    """What a column of the type holds when it says nothing; '' where nobody knows."""
    if column.array:
        return f"'{{}}'::{_type(column)}[]"
    value = _EMPTY.get(column.type) or _EMPTY.get(column.category, "")
    return value and f"{value}::{_type(column)}"


def _length(asked: str, limit: int = 0) -> str:
    cases = " ".join(f"WHEN {asked} <= {most} THEN {given}" for most, given in _CLASSES)
    chosen = f"CASE {cases} ELSE {_LONGEST} END"
    return f"least({chosen}, {limit})" if limit else chosen


def _fitting(value: str, column: Column) -> str:
    """The end counts, for that is where the number stands."""
    return f"right({value}, {column.limit})" if column.limit else value


def _is_host(column: Column) -> bool:
    return _ends(column, "host") and not 0 < column.limit < _ADDRESS


def _is_address(column: Column) -> bool:
    return _ends(column, "email", "mail") and not 0 < column.limit < _ADDRESS


def _ends(column: Column, *words: str) -> bool:
    return any(re.search(rf"(^|_|user){word}s?$", column.name) for word in words)
