"""From the list and the real columns to the statements that mask a database; all of it pure.

Default-deny: a column that is not listed is a fault, never harmless. The statements are one a
table, always in the same order, and belong into one transaction in a database that nobody else
reaches. Afterwards `CLEANING` removes what the old values left behind in the database. Its
log holds them still: what is let out is a dump into a server of its own, never its files or log.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from orchestrator.errors.masking import ColumnUnlistedError, MaskingImpossibleError
from orchestrator.recovery.columns import Column
from orchestrator.recovery.masked_values import Row, expression, quoted, quoted_name
from orchestrator.recovery.masking_rules import Rule, Rules

# The planner's statistics hold the most frequent values of every column, and those of an emptied
# table are never renewed. Rows that were replaced stay in the files until they are written anew.
CLEANING = (
    "SELECT lo_unlink(oid) FROM pg_largeobject_metadata",
    "DELETE FROM pg_statistic",
    "DELETE FROM pg_statistic_ext_data",
    "VACUUM FULL ANALYZE",
    "CHECKPOINT",
)
"""Statements for a superuser, each on its own: the last ones refuse to run in a transaction."""


def unlisted(rules: Rules, columns: Iterable[Column]) -> tuple[str, ...]:
    """Every column that the list does not name, as `table.column`, in order."""
    return tuple(sorted(one.place for one in columns if rules.rule(one.table, one.name) is None))


def statements(rules: Rules, columns: Iterable[Column], *, word: str = "person") -> tuple[str, ...]:
    """What masks the database, one statement for each table that changes, by name.

    `word` begins every masked name and address: three to eight small letters, else ValueError.

    Raises:
        ColumnUnlistedError: The database has columns that the list does not name.
        MaskingImpossibleError: A rule cannot be carried out; every one that cannot.
    """
    found = sorted(columns, key=lambda one: (one.table, one.name))
    if missing := unlisted(rules, found):
        raise ColumnUnlistedError(missing, file=rules.file)
    tables = [(table, tuple(held)) for table, held in groupby(found, lambda one: one.table)]
    faults = [fault for table, held in tables for fault in _faults(rules, table, held, found)]
    if faults:
        raise MaskingImpossibleError(faults, file=rules.file)
    views = [table for table, held in tables if held[0].kind == "m"]
    made = [_statement(rules, table, held, word) for table, held in tables if held[0].kind != "m"]
    # Views that keep their rows hold copies, so they come last.
    made += [f"REFRESH MATERIALIZED VIEW {quoted(table)}" for table in views]
    return tuple(one for one in made if one)


def _faults(
    rules: Rules, table: str, held: Sequence[Column], columns: Sequence[Column]
) -> Iterator[str]:
    if held[0].kind == "f":
        yield f"{table}: lies on another server, where it would be changed too"
    elif held[0].kind == "m":
        return
    elif rules.empties(table):
        for other in sorted({one.table for one in columns if table in one.refers}):
            if not rules.empties(other):
                yield f"{table}: cannot be emptied, {other} refers to it and is kept"
    else:
        for column in held:
            try:
                _value(rules, column, Row("0"))
            except ValueError as error:
                yield f"{column.place}: {error}"


def _statement(rules: Rules, table: str, held: Sequence[Column], word: str) -> str:
    if rules.empties(table):
        return f"TRUNCATE TABLE {quoted(table)} CASCADE"
    own = next((one.name for one in held if one.numbers), None)
    number = f"masked.{quoted_name(own)}" if own else "numbered.number"
    changed = [(one.name, _value(rules, one, Row(number, word))) for one in held]
    parts = ", ".join(f"{quoted_name(name)} = {value}" for name, value in changed if value)
    if not parts:
        return ""
    start = f"UPDATE {quoted(table)} AS masked SET {parts}"  # noqa: S608 - quoted
    if own or "numbered.number" not in parts:
        return start
    return (
        f"{start} FROM (SELECT tableoid AS part, ctid AS place, row_number() OVER"  # noqa: S608
        f" (ORDER BY tableoid, ctid) AS number FROM {quoted(table)}) AS numbered"
        " WHERE masked.tableoid = numbered.part AND masked.ctid = numbered.place"
    )


def _value(rules: Rules, column: Column, row: Row) -> str:
    """The expression of a column; '' where it stays, or the database computes it itself."""
    rule = rules.rule(column.table, column.name)
    if rule is None or rule is Rule.KEEP or column.generated:
        return ""
    return expression(column, rule, row)
