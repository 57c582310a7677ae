"""What is made from `SECRET_KEY_BASE`: encrypted attributes, signed identifiers, passwords.

The derivations are those of the framework, so a wrong key fails here exactly as it does there.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import importlib
import json
import secrets
from functools import lru_cache
from typing import Any

_ATTRIBUTE = b"attribute"
_ATTRIBUTE_ITERATIONS = 2**16
_SIGNING_ITERATIONS = 1000
_KEY_SIZE = 32
_NONCE_SIZE = 12
_TAG_SIZE = 16
_PASSWORD_ITERATIONS = 60_000


class InvalidMessageError(ValueError):
    """The text was not encrypted, or not signed, with this key."""


@lru_cache
def attribute_key(secret_key_base: str) -> bytes:
    """The key of encrypted attributes; the secret is the salt, which is how the product has it."""
    return hashlib.pbkdf2_hmac(
        "sha1", _ATTRIBUTE, secret_key_base.encode(), _ATTRIBUTE_ITERATIONS, _KEY_SIZE
    )


def encrypt(text: str, secret_key_base: str) -> str | None:
    """Ciphertext, nonce and tag in base64, parted by two hyphens. An empty text stays nothing."""
    if not text:
        return None
    nonce = secrets.token_bytes(_NONCE_SIZE)
    sealed = _cipher(secret_key_base).encrypt(nonce, json.dumps(text).encode(), None)
    parts = (sealed[:-_TAG_SIZE], nonce, sealed[-_TAG_SIZE:])
    return "--".join(base64.b64encode(part).decode() for part in parts)


def decrypt(text: str, secret_key_base: str) -> str | None:
    """The text again, nothing for an empty one. Raises InvalidMessageError."""
    if not text:
        return None
    try:
        sealed, nonce, tag = (base64.b64decode(part, validate=True) for part in text.split("--"))
        plain = json.loads(_cipher(secret_key_base).decrypt(nonce, sealed + tag, None))
    except (ValueError, binascii.Error, _invalid_tag()) as fault:
        raise InvalidMessageError from fault
    return str(plain)


def sign(value: int | str, purpose: str, secret_key_base: str) -> str:
    """A value that can be shown to everybody and believed when it comes back."""
    body = json.dumps({"_rails": {"data": value, "pur": purpose}}, separators=(",", ":"))
    text = base64.urlsafe_b64encode(body.encode()).decode().rstrip("=")
    return f"{text}--{_signature(text, secret_key_base)}"


def verify(signed: str, purpose: str, secret_key_base: str) -> int | str:
    """The value that was signed. Raises InvalidMessageError."""
    text, _, signature = signed.rpartition("--")
    if not hmac.compare_digest(signature.encode(), _signature(text, secret_key_base).encode()):
        raise InvalidMessageError
    found = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))["_rails"]
    if found["pur"] != purpose:
        raise InvalidMessageError
    value: int | str = found["data"]
    return value


def password_digest(password: str) -> str:
    """What is stored of a password; independent of `SECRET_KEY_BASE`."""
    salt = secrets.token_hex(16)
    return f"standin${salt}${_stretched(password, salt)}"


def password_matches(password: str, digest: str) -> bool:
    """Whether the password is the one that was stored."""
    _, _, rest = digest.partition("$")
    salt, _, stretched = rest.partition("$")
    return bool(stretched) and hmac.compare_digest(stretched, _stretched(password, salt))


def fingerprint(secret_key_base: str) -> str:
    """A name for the key by which two keys can be compared."""
    return hashlib.sha256(secret_key_base.encode()).hexdigest()


def _stretched(password: str, salt: str) -> str:
    made = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), _PASSWORD_ITERATIONS)
    return made.hex()


def _signature(text: str, secret_key_base: str) -> str:
    key = hashlib.pbkdf2_hmac(
        "sha1", secret_key_base.encode(), b"ActiveStorage", _SIGNING_ITERATIONS, 64
    )
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def _cipher(secret_key_base: str) -> Any:
    aead = importlib.import_module("cryptography.hazmat.primitives.ciphers.aead")
    return aead.AESGCM(attribute_key(secret_key_base))


def _invalid_tag() -> type[Exception]:
    found: type[Exception] = importlib.import_module("cryptography.exceptions").InvalidTag
    return found
