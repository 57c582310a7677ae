"""Identifiers that we choose for a tenant's producer, contact and probe: the same each time."""

from __future__ import annotations

import hashlib
import uuid


def identifier(tenant: str, what: str) -> str:
    """A UUID in the form that the product demands, told from what it stands for."""
    digest = hashlib.sha256(f"{tenant}\0rudi\0{what}".encode()).digest()
    return str(uuid.UUID(bytes=digest[:16], version=4))
