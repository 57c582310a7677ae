"""The second fence around secrets: known values become stars in whatever a tool prints."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from urllib.parse import quote

from orchestrator.model.secret import STARS, Secret

_SHORTEST = 6  # a shorter value would star out innocent text


def mask(text: str, secrets: Iterable[Secret]) -> str:
    """The text with every known secret replaced, also in its base64 and URL-quoted forms."""
    for secret in secrets:
        value = secret.reveal()
        if len(value) < _SHORTEST:
            continue
        for form in (value, base64.b64encode(value.encode()).decode(), quote(value, safe="")):
            text = text.replace(form, STARS)
    return text
