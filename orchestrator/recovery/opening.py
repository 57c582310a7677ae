"""Records of drills held against public keys: verified, changed, or none of ours.

Here the signed form of documents (`signed`) meets what records prove (`evidence`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from orchestrator.errors.signatures import (
    SignatureInvalidError,
    SignedFormUnknownError,
    SignerUnknownError,
)
from orchestrator.model.drill import DrillRecord
from orchestrator.recovery import evidence, signed
from orchestrator.recovery.evidence import Open, Opened, file_name, parsed

KeysOf = Callable[[str], Mapping[str, str]]
"""Public keys of a tenant by its slug: PEM by the name of the key."""


class Trust(StrEnum):
    """What a file turned out to be."""

    VERIFIED = "verified"
    CHANGED = "changed"
    FOREIGN = "foreign"


@dataclass(frozen=True)
class Judged:
    """One file; `why` is empty when it is verified, `record` is None when it is foreign."""

    file: str
    trust: Trust
    why: str
    key: str = ""
    record: DrillRecord | None = None


def opener(keys: Mapping[str, str]) -> Open:
    """Opens envelopes with these public keys. It raises ValueError for what is no envelope."""

    def opened(content: bytes) -> Opened:
        try:
            document = signed.opened(content, keys)
            verified = True
        except SignedFormUnknownError as error:
            raise ValueError(error.why) from error
        except (SignerUnknownError, SignatureInvalidError):
            # Its form was found to be right before its signer was looked at.
            document = json.loads(content)["document"]
            verified = False
        key = str(json.loads(content)["signature"]["key"])
        return Opened(json.dumps(document).encode(), key, verified)

    return opened


def judged(name: str, content: bytes, keys_of: KeysOf) -> Judged:
    """One file by its name and content; `keys_of` is asked for the tenant in its name alone."""
    told = parsed(name)
    if told is None:
        return Judged(name, Trust.FOREIGN, "its name is not that of a record")
    keys = keys_of(told.tenant)
    found = evidence.gathered([(name, content)], lambda _tenant: opener(keys)).records
    if not found:
        return Judged(name, Trust.FOREIGN, "it holds no whole signed record")
    (kept,) = found
    if kept.verified:
        return Judged(name, Trust.VERIFIED, "", kept.key, kept.record)
    return Judged(name, Trust.CHANGED, _doubt(name, content, keys), kept.key, kept.record)


def read_keys(text: str) -> Mapping[str, str]:
    """Public keys from a JSON object of PEM by name. Raises ValueError for anything else."""
    found = json.loads(text)
    if not isinstance(found, dict) or not found:
        message = "it is not a JSON object of PEM by key name"
        raise ValueError(message)
    for name, pem in found.items():
        if not isinstance(pem, str) or not _loads(pem):
            message = f"`{name}` is no public key in PEM"
            raise ValueError(message)
    return found


def _doubt(name: str, content: bytes, keys: Mapping[str, str]) -> str:
    opened = opener(keys)(content)
    if opened.verified:
        own = file_name(DrillRecord.from_document(json.loads(opened.content)))
        return f"it is signed, but as {own}" if own != name else "it is of another instance"
    if opened.key not in keys:
        return f"it is signed by `{opened.key}`, which is not among the keys"
    return f"the signature of `{opened.key}` does not fit what it says"


def _loads(pem: str) -> bool:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True
