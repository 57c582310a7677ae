"""Secrets of an instance: where each lies below the tenant's kv mount, and how it comes about.

What is generated is generated once and never again: what was signed or encrypted with it would be
lost with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from orchestrator.products import keypair


class Kind(StrEnum):
    """How a value comes about."""

    HEX = "hex"
    PASSWORD = "password"  # noqa: S105 - a kind of secret, not one
    ED25519 = "ed25519"
    """A private key of OpenSSH; its public half is told from it."""
    ISSUED = "issued"
    """By the object store, an authority or an identity provider, before the stack is made."""
    TOLD = "told"
    """By the product itself after its first start; the stack is made once without and once with."""


@dataclass(frozen=True)
class SecretSpec:
    """One secret: `name` is what the stack calls it, `size` its random bytes when generated."""

    name: str
    path: str
    key: str
    kind: Kind
    size: int = 32

    @property
    def reference(self) -> str:
        """How people read where it lies."""
        return f"vault:{self.path}#{self.key}"

    @property
    def generated(self) -> bool:
        """Whether it is ours to make."""
        return self.kind in (Kind.HEX, Kind.PASSWORD, Kind.ED25519)


BACKUP_PARTS = ("writer", "auditor", "machine")
READER = "reader"

# Words of documents and examples; each has so many letters that chance does not write it.
_PLACEHOLDERS = (
    *("change-me", "change_me", "changeme", "insecure", "example", "placeholder"),
    *("decidim", "password", "secret_key", "secretkey", "development"),
)
_DISTINCT = 8  # of 64 random hex digits fewer than eight different ones are never seen


def weakness(spec: SecretSpec, value: str) -> str:
    """What is wrong with a kept value, in words that do not give it away; empty when nothing is."""
    if spec.kind is Kind.ED25519:
        return _fault_of_key(value)
    # hex writes two letters a byte; base64 for URLs at least one
    if len(value) < spec.size * (2 if spec.kind is Kind.HEX else 1):
        return "too short"
    if len(set(value)) < _DISTINCT or (value + value).find(value, 1) < len(value):
        return "the same few letters over and over"
    if any(word in value.lower() for word in _PLACEHOLDERS):
        return "a well-known placeholder"
    return ""


def _fault_of_key(value: str) -> str:
    try:
        keypair.public_half(value, "")
    except keypair.NotAKeyError as fault:
        return f"no Ed25519 private key: {fault}"
    return ""


def certificate(product: str) -> tuple[SecretSpec, SecretSpec]:
    """The certificate of the public names."""
    path = certificate_path(product)
    return (
        SecretSpec("certificate_chain", path, "chain", Kind.ISSUED),
        SecretSpec("certificate_key", path, "key", Kind.ISSUED),
    )


def objects(product: str) -> tuple[SecretSpec, SecretSpec]:
    """The key that opens the instance's bucket alone."""
    path = objects_path(product)
    return (
        SecretSpec("objects_access_key", path, "access_key", Kind.ISSUED),
        SecretSpec("objects_secret_key", path, "secret_key", Kind.ISSUED),
    )


def certificate_path(product: str) -> str:
    """Where the certificate lies."""
    return f"{product}/certificate"


def objects_path(product: str) -> str:
    """Where the bucket's key lies."""
    return f"{product}/objects"


def backups(product: str) -> tuple[SecretSpec, ...]:
    """What backups are made with, and read with when something is brought back.

    The writer cannot delete, the auditor cannot write. The pruner's key is no part of any stack.
    """
    writer, auditor, machine = (backups_path(product, one) for one in BACKUP_PARTS)
    return (
        SecretSpec("backup_password", backups_path(product, "database"), "password", Kind.HEX),
        SecretSpec("backup_writer_access_key", writer, "access_key", Kind.ISSUED),
        SecretSpec("backup_writer_secret_key", writer, "secret_key", Kind.ISSUED),
        SecretSpec("backup_auditor_access_key", auditor, "access_key", Kind.ISSUED),
        SecretSpec("backup_auditor_secret_key", auditor, "secret_key", Kind.ISSUED),
        SecretSpec("backup_machine_role", machine, "role", Kind.ISSUED),
        SecretSpec("backup_machine_secret", machine, "secret", Kind.ISSUED),
        SecretSpec("backup_passphrase_wrapped", machine, "wrapped", Kind.ISSUED),
    )


def reader(product: str) -> tuple[SecretSpec, SecretSpec]:
    """The key by which versions of objects are read to be copied, where that is wanted."""
    path = backups_path(product, READER)
    return (
        SecretSpec("backup_reader_access_key", path, "access_key", Kind.ISSUED),
        SecretSpec("backup_reader_secret_key", path, "secret_key", Kind.ISSUED),
    )


def backups_path(product: str, part: str) -> str:
    """Where they lie: `writer`, `auditor`, `pruner`, `reader`, `machine` or `database`."""
    return f"{product}/backups/{part}"


def login(product: str) -> tuple[SecretSpec, SecretSpec, SecretSpec]:
    """How the instance signs people in where the platform's own identity provider does it.

    The issuer is no secret, but is known only together with the two others.
    """
    path = login_path(product)
    return (
        SecretSpec("login_issuer", path, "issuer", Kind.ISSUED),
        SecretSpec("login_client_id", path, "client_id", Kind.ISSUED),
        SecretSpec("login_client_secret", path, "client_secret", Kind.ISSUED),
    )


def login_path(product: str) -> str:
    """Where that lies."""
    return f"{product}/login"
