"""Tokens that a process signs for itself: they end with it."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from typing import Any


class Sessions:
    """Signs and checks with a key that nobody else has."""

    def __init__(self, lasts_s: int) -> None:
        self._key = secrets.token_bytes(32)
        self._lasts_s = lasts_s

    def token(self, claims: Mapping[str, Any]) -> str:
        """A token with these claims."""
        whole = {**claims, "exp": int(time.time()) + self._lasts_s}
        head, body = (_encoded(json.dumps(each).encode()) for each in (_HEAD, whole))
        return f"{head}.{body}.{self._signature(f'{head}.{body}')}"

    def claims(self, token: str) -> dict[str, Any] | None:
        """The claims of a token of ours that still lasts."""
        text, _, signature = token.rpartition(".")
        if not text or not hmac.compare_digest(signature.encode(), self._signature(text).encode()):
            return None
        body = text.partition(".")[2]
        found = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
        return dict(found) if found["exp"] > time.time() else None

    def _signature(self, text: str) -> str:
        return _encoded(hmac.digest(self._key, text.encode(), "sha256"))


_HEAD = {"alg": "HS256", "typ": "JWT"}


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
