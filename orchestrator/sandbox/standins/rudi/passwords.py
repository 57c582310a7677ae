"""Passwords of the manager: kept salted and slow. The product's own way is not public."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

_ROUNDS = 200_000
_KIND = "pbkdf2-sha256"


class BadSuperUserError(ValueError):
    """The variable `SU` holds no name and hash."""


def hashed(password: str, salt: str | None = None, rounds: int = _ROUNDS) -> str:
    """What is kept of a password."""
    salt = salt or secrets.token_hex(16)
    raw = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), rounds)
    return f"{_KIND}${rounds}${salt}${raw.hex()}"


def fits(password: str, kept: str) -> bool:
    """Whether this is the password."""
    kind, _, rest = kept.partition("$")
    words = rest.split("$")
    if kind != _KIND or len(words) != 3 or not words[0].isdigit():
        return False
    return hmac.compare_digest(hashed(password, words[1], int(words[0])), kept)


def credentials(name: str, password: str) -> str:
    """What goes into the variable `SU`."""
    return base64.urlsafe_b64encode(f"{name}:{hashed(password)}".encode()).rstrip(b"=").decode()


def super_user(text: str) -> tuple[str, str]:
    """Name and hash out of the variable. Raises BadSuperUserError."""
    try:
        plain = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, UnicodeDecodeError) as fault:
        raise BadSuperUserError(text[:4]) from fault
    name, colon, kept = plain.partition(":")
    if not colon or not name or not kept:
        raise BadSuperUserError(text[:4])
    return name, kept
