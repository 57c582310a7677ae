"""The list of what an anonymised copy keeps, masks and drops; nothing here touches a disk.

One line a column: `table,column,rule,why`. The column `*` stands for a table of which nothing is
kept, and for nothing else: a rule that keeps what is not named would let a new column through.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from io import StringIO

from orchestrator.errors.config import Fault
from orchestrator.errors.masking import MaskingFileFaultsError
from orchestrator.reading import suggest

HEADER = ("table", "column", "rule", "why")
WHOLE = "*"


class Rule(StrEnum):
    """What becomes of the values of a column."""

    KEEP = "keep"
    MASK = "mask"
    DROP = "drop"


@dataclass(frozen=True)
class Rules:
    """The whole list. `file` is how people know it; `of` maps (table, column) to its rule."""

    file: str
    of: Mapping[tuple[str, str], Rule]

    def rule(self, table: str, column: str) -> Rule | None:
        """What the list says of a column; None when it says nothing."""
        return Rule.DROP if self.empties(table) else self.of.get((table, column))

    def empties(self, table: str) -> bool:
        """Whether no row of the table is kept."""
        return (table, WHOLE) in self.of


def parse(text: str, file: str) -> Rules:
    """Read the list. Raises MaskingFileFaultsError with every fault at once, each with its line."""
    rows = csv.reader(StringIO(text))
    if tuple(next(rows, ())) != HEADER:
        fault = Fault(file, 1, "", f"must begin with the line `{','.join(HEADER)}`")
        raise MaskingFileFaultsError([fault])
    lines = [(rows.line_num, tuple(value.strip() for value in row)) for row in rows if row]
    if faults := list(_faults(lines, file)):
        raise MaskingFileFaultsError(faults)
    return Rules(file, {(row[0], row[1]): Rule(row[2]) for _, row in lines})


def _faults(lines: list[tuple[int, tuple[str, ...]]], file: str) -> Iterator[Fault]:
    seen: dict[tuple[str, str], int] = {}
    known = [rule.value for rule in Rule]
    emptied = {row[0] for _, row in lines if len(row) > 1 and row[1] == WHOLE}
    for number, row in lines:
        if len(row) != len(HEADER):
            yield Fault(file, number, "", f"must have {len(HEADER)} values, not {len(row)}")
            continue
        table, column, rule, why = row
        key = f"{table}.{column}"
        if not table or not column:
            yield Fault(file, number, key, "needs a table and a column")
        if rule not in known:
            message = f"must be {', '.join(known)}, not `{rule}`"
            yield Fault(file, number, key, message, suggest.nearest(rule, known))
        elif column == WHOLE and rule != Rule.DROP:
            yield Fault(file, number, key, "a whole table can only be dropped")
        if not why:
            yield Fault(file, number, key, "needs a reason")
        if (table, column) in seen:
            yield Fault(file, number, key, f"is listed already in line {seen[table, column]}")
        elif column != WHOLE and table in emptied:
            yield Fault(file, number, key, "is of a table that is dropped as a whole")
        seen.setdefault((table, column), number)
