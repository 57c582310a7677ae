"""The second fence around secrets: known values become stars in whatever a tool prints."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator
from functools import lru_cache
from urllib.parse import quote

from orchestrator.model.secret import STARS, Secret

_SHORTEST = 6  # a shorter value would star out innocent text
_SHORTEST_LINE = 20  # of a key in several lines, each of which is telling by itself
_ARMOUR = "-----"


def mask(text: str, secrets: Iterable[Secret]) -> str:
    """The text with every known secret replaced, in each form a tool might write it."""
    for secret in secrets:
        for form in _forms(secret):
            text = text.replace(form, STARS)
    return text


@lru_cache(maxsize=256)
def _forms(secret: Secret) -> tuple[str, ...]:
    value = secret.reveal()
    if len(value) < _SHORTEST:
        return ()
    forms = [
        value,
        json.dumps(value)[1:-1],
        base64.b64encode(value.encode()).decode(),
        quote(value, safe=""),
        *_lines(value),
    ]
    return tuple(dict.fromkeys(forms))


def _lines(value: str) -> Iterator[str]:
    lines = value.splitlines()
    if len(lines) > 1:
        yield from (
            line for line in lines if len(line) >= _SHORTEST_LINE and not line.startswith(_ARMOUR)
        )
