"""The secrets of a Decidim instance: where each lies, how it is made, what the stack calls it.

Paths are below the tenant's kv mount. What is generated is generated once and never again: losing
`secret_key_base` makes citizens' verifications and signatures unreadable (decidim.md 5.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

APPLICATION_PATH = "decidim/application"
DATABASE_PATH = "decidim/database"
QUEUE_PATH = "decidim/queue"
OBJECTS_PATH = "decidim/objects"
CERTIFICATE_PATH = "decidim/certificate"


class Kind(StrEnum):
    """How a value comes about."""

    HEX = "hex"
    PASSWORD = "password"  # noqa: S105 - a kind of secret, not one
    ISSUED = "issued"


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


# Words of documents and examples; each has so many letters that chance does not write it.
_PLACEHOLDERS = (
    *("change-me", "change_me", "changeme", "insecure", "example", "placeholder"),
    *("decidim", "password", "secret_key", "secretkey", "development"),
)
_DISTINCT = 8  # of 64 random hex digits fewer than eight different ones are never seen


def weakness(spec: SecretSpec, value: str) -> str:
    """What is wrong with a kept value, in words that do not give it away; empty when nothing is."""
    # hex writes two letters a byte; base64 for URLs at least one
    if len(value) < spec.size * (2 if spec.kind is Kind.HEX else 1):
        return "too short"
    if len(set(value)) < _DISTINCT or (value + value).find(value, 1) < len(value):
        return "the same few letters over and over"
    if any(word in value.lower() for word in _PLACEHOLDERS):
        return "a well-known placeholder"
    return ""


SPECS: tuple[SecretSpec, ...] = (
    SecretSpec("secret_key_base", APPLICATION_PATH, "secret_key_base", Kind.HEX, 64),
    SecretSpec("api_jwt_secret", APPLICATION_PATH, "api_jwt_secret", Kind.HEX, 64),
    SecretSpec("health_token", APPLICATION_PATH, "health_token", Kind.HEX),
    SecretSpec("system_admin_password", APPLICATION_PATH, "system_admin_password", Kind.PASSWORD),
    SecretSpec("database_superuser_password", DATABASE_PATH, "superuser_password", Kind.HEX),
    SecretSpec("database_password", DATABASE_PATH, "password", Kind.HEX),
    SecretSpec("queue_password", QUEUE_PATH, "password", Kind.HEX),
    SecretSpec("objects_access_key", OBJECTS_PATH, "access_key", Kind.ISSUED),
    SecretSpec("objects_secret_key", OBJECTS_PATH, "secret_key", Kind.ISSUED),
    SecretSpec("certificate_chain", CERTIFICATE_PATH, "chain", Kind.ISSUED),
    SecretSpec("certificate_key", CERTIFICATE_PATH, "key", Kind.ISSUED),
)
