"""Which values of a live site are looked for in an anonymised copy, as statements; pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from orchestrator.recovery.columns import Column
from orchestrator.recovery.masked_values import quoted, quoted_name
from orchestrator.recovery.masking_rules import Rule, Rules

AT_MOST = 5_000
"""Values that are asked for of one column; a sample is drawn from all of them."""
_TELLS = re.compile(
    "(^|_)(e?mails?|(nick|user|first|last|family|sur|full|display)?names?|"
    "((mobile|cell)_?)?(tele)?phones?(_numbers?)?)$"
)
_DOCUMENTS = ("json", "jsonb", "hstore", "xml")
_WRITTEN = (
    r"[[:alnum:]._%+-]+@[[:alnum:]-]+(?:\.[[:alnum:]-]+)+",
    r"(?:\+[0-9]{2}[ .]?|\m0)[1-9](?:[ .-]?[0-9]{2}){4}\M",
)
"""A mail address and a telephone number within any text, as PostgreSQL finds them."""


def probed(rules: Rules, columns: Iterable[Column]) -> tuple[str, ...]:
    """Statements for addresses, names and telephone numbers of people, by table and column.

    Each yields a JSON list of texts, drawn by chance: all of a column that is called after one of
    these, and what looks like an address or a number in every other that is masked or dropped.
    """
    found = sorted(columns, key=lambda one: (one.table, one.name))
    return tuple(_drawn(text) for one in found for text in _texts(rules, one))


def _texts(rules: Rules, column: Column) -> Iterator[str]:
    """What selects the values of a column, as `value`; nothing where it holds no text."""
    if column.kind not in ("r", "p") or rules.rule(column.table, column.name) is Rule.KEEP:
        return
    name, table = quoted_name(column.name), quoted(column.table)
    is_text = column.category == "S" and not column.array
    # In a table that is dropped as a whole, names are as often words of the code.
    if is_text and _TELLS.search(column.name) and not _is_word(rules, column):
        yield f"SELECT {name}::text AS value FROM {table} WHERE {name} <> ''"  # noqa: S608
    elif column.category == "S" or column.array or column.type in _DOCUMENTS:
        for pattern in _WRITTEN:
            yield (
                f"SELECT held[1] AS value FROM {table},"  # noqa: S608 - quoted
                f" regexp_matches({name}::text, '({pattern})', 'g') AS held"
            )


def _is_word(rules: Rules, column: Column) -> bool:
    return rules.empties(column.table) and column.name.endswith("name")


def _drawn(texts: str) -> str:
    return (
        "SELECT coalesce(jsonb_agg(one.value), '[]') FROM (SELECT value FROM"  # noqa: S608
        f" (SELECT DISTINCT value FROM ({texts}) AS every) AS each"
        f" ORDER BY random() LIMIT {AT_MOST}) AS one"
    )
