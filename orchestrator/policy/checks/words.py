"""What the checks share: whether something was really said, and lists of countries."""

from __future__ import annotations

_PLACEHOLDERS = ("à compléter", "a completer", "to be completed", "todo", "tbd", "xxx", "?")

UNION = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
ECONOMIC_AREA = UNION | {"IS", "LI", "NO"}


def said(text: str) -> bool:
    """Whether a text says something: neither empty nor a placeholder."""
    word = text.strip().lower()
    return bool(word) and not word.startswith(_PLACEHOLDERS)


def unsaid(named: dict[str, str]) -> list[str]:
    """Names of those texts that say nothing."""
    return [name for name, text in named.items() if not said(text)]
