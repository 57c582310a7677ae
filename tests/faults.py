"""The page of faults, written from what the tests say of themselves: `python -m tests.faults`.

Each test that does harm carries `@pytest.mark.fault(number, what, injected, promise)`. A fault that
several tests do is told once; a fault that no test does has no line.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "orchestrator" / "docs" / "topics" / "faults.md"
MARKER = "pytest.mark.fault"
_HEAD = """# Faults

What can go wrong with an instance and with its backups, and what is promised then. Every promise is
kept by a test that does the harm. After each of them the state is the old one or the new one and
never a mix of both, nothing that was acknowledged is lost, no other tenant is touched, the cause
and the next step are told, and to run the same again changes nothing.

The numbers are those of the list of thirty that the tests go by; those that are missing here are
not tested yet. This page is written by `python -m tests.faults`.
"""


@dataclass(frozen=True, order=True)
class Fault:
    """One harm: its number, what goes wrong, how a test does it, what must happen, and where."""

    number: int
    what: str
    injected: str
    promise: str
    test: str


def found(folder: Path = ROOT / "tests") -> list[Fault]:
    """Every fault that a test says it does, by number."""
    return sorted(one for path in folder.rglob("test_*.py") for one in _of(path))


def page(faults: list[Fault]) -> str:
    """The page. Raises ValueError where two tests call one number by different names."""
    parts = [_HEAD]
    for number, same in groupby(faults, key=lambda one: one.number):
        several = list(same)
        if len({one.what for one in several}) > 1:
            raise ValueError(number)
        parts.append(f"## {number}. {several[0].what}\n")
        parts += [
            f"- Done: {one.injected}.\n  Promised: {one.promise}.\n  Test: `{one.test}`\n"
            for one in several
        ]
    return "\n".join(parts).replace("`\n\n- ", "`\n- ")


def _of(path: Path) -> Iterator[Fault]:
    for one in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(one, ast.FunctionDef):
            continue
        for marker in one.decorator_list:
            if isinstance(marker, ast.Call) and ast.unparse(marker.func) == MARKER:
                number, what, injected, promise = (ast.literal_eval(arg) for arg in marker.args)
                test = f"{path.relative_to(ROOT)}::{one.name}"
                yield Fault(number, what, injected, promise, test)


if __name__ == "__main__":
    PAGE.write_text(page(found()), encoding="utf-8")
