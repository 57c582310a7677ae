"""Tokens that the node believes: signed with an Ed25519 key whose public half it has."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from orchestrator.model.secret import Secret

PROFILE = "orchestrator"
"""Our profile of the catalog and our user of the storage, see the templates."""
LASTS_S = 1800


def catalog_token(private: Secret, now: datetime) -> Secret:
    """A token for the routes of our profile. Raises ValueError for what is no key."""
    every = {"req_mtd": "all", "req_url": "all"}
    return signed(private, {"sub": PROFILE, "client_id": PROFILE, **every}, now)


def storage_token(private: Secret, now: datetime) -> Secret:
    """A token that has the storage make one for uploads. Raises ValueError for what is no key."""
    return signed(private, {"sub": "auth", "client_id": PROFILE}, now)


def signed(
    private: Secret, claims: Mapping[str, Any], now: datetime, lasts_s: int = LASTS_S
) -> Secret:
    """A token with these claims, for half an hour. Raises ValueError for what is no key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key

    key = load_ssh_private_key(private.reveal().encode(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("another kind of key")  # noqa: TRY004 - its content is wrong
    start = int(now.timestamp())
    # A clock may be a little ahead of another.
    times = {"jti": str(uuid.uuid4()), "iat": start - 5, "exp": start + lasts_s}
    parts = ({"alg": "EdDSA", "typ": "JWT"}, {**times, **claims})
    text = ".".join(_packed(json.dumps(each).encode()) for each in parts)
    return Secret(f"{text}.{_packed(key.sign(text.encode()))}")


def _packed(body: bytes) -> str:
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()
