"""Uploads as rows: key, size, checksum, and the name of the service that holds them."""

from __future__ import annotations

import base64
import hashlib
import secrets
import string
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from orchestrator.sandbox.standins.decidim import encryption
from orchestrator.sandbox.standins.decidim.database import Database
from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.objects import disposition, store_of

_ALPHABET = string.ascii_lowercase + string.digits
_KEY_SIZE = 28
_PURPOSE = "blob_id"
REDIRECT = "/rails/active_storage/blobs/redirect/"


def create(
    database: Database, environment: Environment, filename: str, facts: Mapping[str, Any]
) -> dict[str, Any]:
    """The row of a file that somebody is about to put: `size`, `checksum`, `content_type`."""
    number = database.insert(
        "active_storage_blobs",
        key="".join(secrets.choice(_ALPHABET) for _ in range(_KEY_SIZE)),
        filename=filename,
        content_type=facts["content_type"],
        metadata="{}",
        service_name=environment.storage_service,
        byte_size=int(facts["size"]),
        checksum=facts["checksum"],
    )
    found = find(database, number)
    if found is None:
        raise LookupError(number)
    return found


def create_and_upload(
    database: Database, environment: Environment, filename: str, content: bytes, content_type: str
) -> dict[str, Any]:
    """The row and the object itself. Raises ObjectStoreError."""
    checksum = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
    facts = {"size": len(content), "checksum": checksum, "content_type": content_type}
    blob = create(database, environment, filename, facts)
    store_of(environment).put(blob["key"], content, signed_headers(blob))
    return blob


def find(database: Database, number: int) -> dict[str, Any] | None:
    """The row of that number, if there is one."""
    return database.row("SELECT * FROM active_storage_blobs WHERE id = %s", number)


def purge(database: Database, environment: Environment, number: int) -> None:
    """Row first, then object, as the product does it. Raises ObjectStoreError."""
    blob = find(database, number)
    if blob is None:
        return
    database.run("DELETE FROM active_storage_blobs WHERE id = %s", number)
    database.commit()
    store_of(environment).delete(blob["key"])


def signed_headers(blob: Mapping[str, Any]) -> dict[str, str]:
    """The headers that the address to put the file covers."""
    return {
        "Content-Type": blob["content_type"],
        "Content-MD5": blob["checksum"],
        "Content-Length": str(blob["byte_size"]),
    }


def direct_upload_headers(blob: Mapping[str, Any]) -> dict[str, str]:
    """The headers a browser sends with it; the length it sends by itself."""
    return {
        "Content-Type": blob["content_type"],
        "Content-MD5": blob["checksum"],
        "Content-Disposition": disposition(blob["filename"]),
    }


def signed_id(blob: Mapping[str, Any], environment: Environment) -> str:
    """The identifier that pages carry."""
    return encryption.sign(int(blob["id"]), _PURPOSE, environment.secret_key_base)


def number_of(signed: str, environment: Environment) -> int:
    """The row behind a signed identifier. Raises InvalidMessageError."""
    return int(encryption.verify(signed, _PURPOSE, environment.secret_key_base))


def path(blob: Mapping[str, Any], environment: Environment) -> str:
    """Where the site sends whoever asks for the file on to the bucket."""
    return f"{REDIRECT}{signed_id(blob, environment)}/{quote(blob['filename'])}"
