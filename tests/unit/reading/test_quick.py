"""The quick reader is never wrong: whatever it reads, the full one reads the same."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.reading import quick, tree

CLONE = Path(__file__).parents[3]
# Kits hold whole texts and are read once in a tenant's life, in full.
FILES = sorted(path for path in (CLONE / "tenants").rglob("*.yaml") if path.parent.name != "_kits")


def both(text: str) -> tuple[object, tree.Tree]:
    return quick.read(text, depth=tree.DEPTH_LIMIT), tree.read(text, "x")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_shipped_files_are_read_quickly_and_alike(path: Path) -> None:
    fast, full = both(path.read_text(encoding="utf-8"))
    assert fast is not None
    assert fast == full.data
    assert full.faults == []


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2\n",
        "a: {b: 1, b: 2}\n",
        "a: &x 1\n",
        "a: *x\n",
        "a: no\n",
        "a: [on]\n",
        "a: 012\n",
        "a: b: c\n",
        'a: "b"c\n',
        'a: "b"#c\n',
        "a: [b]#c\n",
        "a: [b\n  ,c]\n",
        "a: b\n  c\n",
        "a: |\n  b\n",
        "a: >\n  b\n",
        "a: !!str 1\n",
        "---\na: 1\n",
        "a: 1\n---\nb: 1\n",
        "? a\n: b\n",
        "a: [b: c]\n",
        "a: [b, ]\n",
        "- - a\n",
        'a: "\\n"\n',
        "a:\tb\n",
        "\ufeffa: b\n",
        "a:\n    b: 1\n  c: 2\n",
        "a:\n- b\n  c\n",
        "a: 'b\n",
        "just words\n",
        "",
        "".join(" " * n + "a:\n" for n in range(40)),
        "a: " + "[" * 40 + "]" * 40,
    ],
)
def test_it_gives_up_rather_than_guess(text: str) -> None:
    assert quick.read(text, depth=tree.DEPTH_LIMIT) is None


PIECES = st.lists(
    st.sampled_from(
        [*"abc01-:,[]{}#'\"&*!|>%@?.~/ \n", ": ", " #", "\n  ", "\n- ", "a: ", "null", "true", "12"]
    ),
    max_size=24,
)


@given(PIECES)
def test_on_any_text_it_agrees_or_gives_up(pieces: list[str]) -> None:
    fast, full = both("".join(pieces))
    if fast is not None:
        assert fast == full.data
        assert full.faults == []
