"""JSON web tokens signed with Ed25519 keys: the only kind the node takes."""

from __future__ import annotations

import base64
import importlib
import json
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from orchestrator.sandbox.standins.rudi.keys import private_key, public_key


class BadTokenError(Exception):
    """No token, or one that proves nothing."""


def signed(payload: Mapping[str, Any], key: Path, *, lasts_s: int = 1200) -> str:
    """A token. Raises UnusableKeyError, OSError."""
    now = int(time.time())
    whole = {"jti": str(uuid.uuid4()), "iat": now, "exp": now + lasts_s, **payload}
    text = ".".join(_packed(each) for each in ({"alg": "EdDSA", "typ": "JWT"}, whole))
    signature = private_key(key).sign(text.encode())
    return f"{text}.{_encoded(signature)}"


def claims(token: str) -> dict[str, Any]:
    """What a token says, believed by nobody yet. Raises BadTokenError."""
    try:
        head, body, _ = token.split(".")
        header, payload = json.loads(_decoded(head)), json.loads(_decoded(body))
    except ValueError:
        raise BadTokenError("not a token") from None
    if not isinstance(header, dict) or header.get("alg") != "EdDSA":
        raise BadTokenError("not signed with EdDSA")
    if not isinstance(payload, dict):
        raise BadTokenError("no claims")
    return payload


def check(token: str, key: Path) -> dict[str, Any]:
    """What a token says, proven with the public key and in time. Raises BadTokenError."""
    found = claims(token)
    text, _, signature = token.rpartition(".")
    invalid = importlib.import_module("cryptography.exceptions").InvalidSignature
    try:
        public_key(key).verify(_decoded(signature), text.encode())
    except (invalid, ValueError, OSError):
        raise BadTokenError("signature or key") from None
    expires = found.get("exp")
    if not isinstance(expires, int | float) or expires < time.time():
        raise BadTokenError("expired")
    return found


def bearer(headers: Mapping[str, str]) -> str:
    """The token of a request. Raises BadTokenError."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise BadTokenError("no token")
    return token.strip()


def _packed(value: Mapping[str, Any]) -> str:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
