"""Reads the shipped pages, so that `explain` and `help` work with no network."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from pathlib import Path

_HERE = Path(__file__).parent
_FRENCH = "## En français"


@cache
def codes() -> tuple[str, ...]:
    """Every error code that has a page, by name."""
    return tuple(sorted(path.stem for path in (_HERE / "errors").glob("*.md")))


@cache
def topics() -> tuple[str, ...]:
    """Every help topic, by name."""
    return tuple(sorted(path.stem for path in (_HERE / "topics").glob("*.md")))


def nearest(code: str) -> str:
    """The code that was probably meant, or the empty string."""
    return next(iter(get_close_matches(code, codes(), n=1)), "")


def page(code: str, *, language: str) -> str:
    """The page of a code: the English part, or the French one where there is one."""
    text = (_HERE / "errors" / f"{code}.md").read_text(encoding="utf-8")
    english, found, french = text.partition(_FRENCH)
    if language == "fr" and found:
        return f"# {code}\n\n{french.replace('### ', '## ').strip()}"
    return english.strip()


def summary(code: str) -> str:
    """The first sentence of a code's page."""
    text = page(code, language="en").partition("\n")[2].strip()
    paragraph = " ".join(text.partition("\n\n")[0].split())
    return paragraph.partition(". ")[0].removesuffix(".")


def topic(name: str) -> str:
    """The text of a help topic."""
    return (_HERE / "topics" / f"{name}.md").read_text(encoding="utf-8").strip()
