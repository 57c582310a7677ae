"""Ed25519 key pairs in the form that OpenSSH writes, which products read from files.

The form holds the public half beside the private one, so telling it needs no cryptography.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Iterator

_BEGIN = "-----BEGIN OPENSSH PRIVATE KEY-----"
_END = "-----END OPENSSH PRIVATE KEY-----"
_MAGIC = b"openssh-key-v1\0"
_ALGORITHM = b"ssh-ed25519"
_SIZE = 32


class NotAKeyError(ValueError):
    """The text holds no Ed25519 private key, or one that a passphrase closes."""


def generated() -> str:
    """A new private key."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return (
        Ed25519PrivateKey.generate()
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.OpenSSH,
            serialization.NoEncryption(),
        )
        .decode()
    )


def public_half(private: str, comment: str) -> str:
    """The line of a `.pub` file that belongs to a private key. Raises NotAKeyError."""
    cipher, _, _, blob = _parts(private)
    if cipher != b"none":
        raise NotAKeyError("closed by a passphrase")
    fields = list(_fields(blob))
    if len(fields) != 2 or fields[0] != _ALGORITHM or len(fields[1]) != _SIZE:
        raise NotAKeyError("another kind of key")
    return f"{_ALGORITHM.decode()} {base64.b64encode(blob).decode()} {comment}\n"


def _parts(private: str) -> tuple[bytes, bytes, bytes, bytes]:
    """Cipher, way to derive its key, what that needs, and the public half."""
    lines = [line.strip() for line in private.strip().splitlines()]
    if len(lines) < 3 or (lines[0], lines[-1]) != (_BEGIN, _END):
        raise NotAKeyError("no private key of OpenSSH")
    try:
        body = base64.b64decode("".join(lines[1:-1]), validate=True)
        if not body.startswith(_MAGIC):
            raise NotAKeyError("no private key of OpenSSH")
        rest = _fields(body[len(_MAGIC) :], counted=3)
        cipher, derivation, options, public = (next(rest) for _ in range(4))
    except (binascii.Error, struct.error, StopIteration, RuntimeError) as fault:
        raise NotAKeyError("damaged") from fault
    return cipher, derivation, options, public


def _fields(body: bytes, counted: int = -1) -> Iterator[bytes]:
    """Texts that say their length; after `counted` of them stands a number that is passed over."""
    place = 0
    while place < len(body):
        if counted == 0:
            place += 4
        counted -= 1
        (length,) = struct.unpack_from(">I", body, place)
        place += 4
        yield body[place : place + length]
        place += length
