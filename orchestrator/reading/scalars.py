"""What an unquoted word means here: text, unless it is plainly a number, true, false or nothing.

Dates and fractions stay text; the model reads them. Words that two versions of YAML read
differently are refused rather than guessed.
"""

from __future__ import annotations

import re

Plain = str | int | bool | None

_WORDS: dict[str, Plain] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_AMBIGUOUS = frozenset({"yes", "no", "on", "off", "y", "n"})
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")
_LEADING_ZERO = re.compile(r"-?0[0-9]+")
_DIGITS_LIMIT = 18


def plain(text: str) -> Plain:
    """The value of an unquoted word; see `trap` for those that have none."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) <= _DIGITS_LIMIT and _WHOLE.fullmatch(text):
        return int(text)
    return text


def trap(text: str) -> str:
    """Why an unquoted word is refused, or the empty string."""
    if text.lower() in _AMBIGUOUS:
        return (
            f"unquoted `{text}` is true or false to some programs and text to others: "
            f'write "{text}" in quotes for the text, or true or false'
        )
    if _LEADING_ZERO.fullmatch(text):
        return f'unquoted `{text}` loses its leading zero: write "{text}" in quotes'
    return ""
