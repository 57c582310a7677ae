"""SCRAM-SHA-256: what is kept of a password, and the server's half of the proof."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass

ITERATIONS = 15000
MECHANISM = "SCRAM-SHA-256"
_BINDING = base64.b64encode(b"n,,").decode()


class RefusedError(Exception):
    """The proof does not hold, or the words are not those of the exchange."""


@dataclass(frozen=True)
class Credential:
    """What is kept of a password: enough to check it, too little to use it."""

    salt: str
    stored_key: str
    server_key: str
    iterations: int = ITERATIONS


def credential(password: str, salt: bytes | None = None) -> Credential:
    """What to keep of a password."""
    salt = salt or secrets.token_bytes(28)
    plain = unicodedata.normalize("NFKC", password).encode()
    salted = hashlib.pbkdf2_hmac("sha256", plain, salt, ITERATIONS)
    stored = hashlib.sha256(keyed(salted, b"Client Key")).digest()
    server = keyed(salted, b"Server Key")
    return Credential(_encoded(salt), _encoded(stored), _encoded(server))


def _encoded(each: bytes) -> str:
    return base64.b64encode(each).decode()


def holds(kept: Credential, password: str) -> bool:
    """Whether this is the password of it."""
    return credential(password, base64.b64decode(kept.salt)) == kept


def first_words(payload: bytes) -> tuple[str, str]:
    """The user's name and the rest of the client's first message. Raises RefusedError."""
    text = _text(payload)
    if not text.startswith("n,,"):
        raise RefusedError
    bare = text[3:]
    name = _fields(bare).get("n", "").replace("=2C", ",").replace("=3D", "=")
    if not name:
        raise RefusedError
    return name, bare


class Exchange:
    """One conversation: two messages in, two out."""

    def __init__(self, kept: Credential, bare: str) -> None:
        theirs = _fields(bare).get("r", "")
        if not theirs:
            raise RefusedError
        self._kept = kept
        self._nonce = theirs + secrets.token_urlsafe(24)
        self.first = f"r={self._nonce},s={kept.salt},i={kept.iterations}"
        self._so_far = f"{bare},{self.first}"

    def last(self, payload: bytes) -> str:
        """The server's proof in return for the client's. Raises RefusedError."""
        text = _text(payload)
        fields = _fields(text)
        if fields.get("r") != self._nonce or fields.get("c") != _BINDING:
            raise RefusedError
        whole = f"{self._so_far},{text.rpartition(',p=')[0]}".encode()
        stored = base64.b64decode(self._kept.stored_key)
        try:
            proof = base64.b64decode(fields.get("p", ""), validate=True)
        except ValueError:
            raise RefusedError from None
        signature = keyed(stored, whole)
        if len(proof) != len(signature):
            raise RefusedError
        client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=True))
        if not hmac.compare_digest(hashlib.sha256(client_key).digest(), stored):
            raise RefusedError
        ours = keyed(base64.b64decode(self._kept.server_key), whole)
        return f"v={base64.b64encode(ours).decode()}"


def keyed(key: bytes, text: bytes) -> bytes:
    """The keyed hash that everything here is made of."""
    return hmac.digest(key, text, "sha256")


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        raise RefusedError from None


def _fields(text: str) -> dict[str, str]:
    return {part[:1]: part[2:] for part in text.split(",") if part[1:2] == "="}
