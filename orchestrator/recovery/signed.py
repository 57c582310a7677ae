"""Signed documents, verified offline: without the secrets server, by its public keys alone.

A signed document is canonical JSON (RFC 8785), so the same values are the same bytes everywhere and
each document can be written in one way only. The signature covers the canonical bytes of the
document, and not its own envelope; the envelope is held to its one form to the byte instead.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from orchestrator.errors.signatures import (
    SignatureInvalidError,
    SignedFormUnknownError,
    SignerUnknownError,
)
from orchestrator.ports import Signature

_DOCUMENT, _SIGNATURE, _KEY, _VALUE = "document", "signature", "key", "value"
_SIGNER: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_BYTES = 64  # of an Ed25519 signature
_LARGEST_EXACT = 2**53 - 1  # of the whole numbers in JSON


def seal(document: Mapping[str, Any], sign: Callable[[bytes], Signature]) -> bytes:
    """The document and its signature as one canonical text.

    Raises ValueError for what canonical JSON cannot say: whole numbers from 2**53 on, infinity,
    keys that are no text, half characters.
    """
    plain = dict(document)
    made = sign(_canonical(plain))
    return _canonical({_DOCUMENT: plain, _SIGNATURE: {_KEY: made.key, _VALUE: made.value}})


def opened(
    content: bytes, public_keys: Mapping[str, str], *, name: str = "the document"
) -> Mapping[str, Any]:
    """The document of a signed one; `public_keys` are PEM by `Signature.key`, `name` is for faults.

    Raises SignedFormUnknownError, SignerUnknownError and SignatureInvalidError.
    """
    document, signature = _parted(content, name)
    signer, value = signature.key, signature.value
    if signer not in public_keys:
        raise SignerUnknownError(name, signer=signer, known=public_keys)
    if not _verified(public_keys[signer], _raw(value), _canonical(document)):
        raise SignatureInvalidError(name, signer=signer)
    return document


def _parted(content: bytes, name: str) -> tuple[dict[str, Any], Signature]:
    match _read(content, name):
        case {
            "document": dict() as document,
            "signature": {"key": str(key), "value": str(value), **beside},
            **further,
        } if not beside and not further:
            signature = Signature(key, value)
        case _:
            raise SignedFormUnknownError(name, reason="it is JSON, but not of the form of ours")
    if not _SIGNER.fullmatch(signature.key) or not _raw(signature.value):
        raise SignedFormUnknownError(name, reason="what should be its signature is none")
    return document, signature


def _read(content: bytes, name: str) -> Any:
    """The values of a text that is as canonical JSON writes them."""
    reason = "it is JSON, but was written anew by something else"
    try:
        found = json.loads(content.decode("utf-8"), parse_int=_whole)
        same = _canonical(found) == content
    except (ValueError, RecursionError):
        same, reason = False, "it is not JSON, or not such as ours"
    if not same:
        raise SignedFormUnknownError(name, reason=reason)
    return found


def _whole(digits: str) -> int | float:
    """A whole number; canonical JSON writes so what was a large fraction as well."""
    value = float(digits)
    return int(digits) if abs(value) <= _LARGEST_EXACT else value


def _raw(value: str) -> bytes:
    """The bytes of a signature; none when it is not base64 in its one spelling."""
    try:
        raw = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return b""
    spelled = base64.b64encode(raw).decode()
    return raw if len(raw) == _BYTES and spelled == value else b""


def _verified(pem: str, signature: bytes, content: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    key = load_pem_public_key(pem.encode())
    if not isinstance(key, Ed25519PublicKey):
        return False
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True


def _canonical(value: Any) -> bytes:
    import rfc8785

    return rfc8785.dumps(value)
