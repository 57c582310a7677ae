"""What an organisation, a contact and a description of data must say to be taken."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

from orchestrator.sandbox.standins.rudi import vocabulary
from orchestrator.sandbox.standins.rudi.exchange import RefusedError
from orchestrator.sandbox.standins.rudi.release import ACCEPTED_API_VERSIONS

_MAIL = re.compile(r"[^@\s]+@[^@\s]+$")
_REQUIRED = (
    *("global_id", "resource_title", "synopsis", "summary", "theme", "keywords", "producer"),
    *("contacts", "available_formats", "dataset_dates", "storage_status", "access_condition"),
    "metadata_info",
)
KEYS = {
    "resources": "global_id",
    "organizations": "organization_id",
    "contacts": "contact_id",
    "media": "media_id",
    "reports": "report_id",
}


def checked(kind: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """The document, once it is found whole. Raises RefusedError with the first fault."""
    finders: dict[str, Callable[[Mapping[str, Any]], Iterator[str]]] = {
        "resources": _resource,
        "organizations": _organization,
        "contacts": _contact,
    }
    identifier = document.get(KEYS[kind])
    if not is_uuid(identifier):
        raise RefusedError(HTTPStatus.BAD_REQUEST, f"'{KEYS[kind]}' should be a UUID v4")
    finder = finders.get(kind)
    if finder and (fault := next(finder(document), None)):
        raise RefusedError(HTTPStatus.BAD_REQUEST, fault)
    return dict(document)


def is_uuid(value: object) -> bool:
    """Whether this is a UUID of version 4 in its usual form."""
    try:
        return isinstance(value, str) and uuid.UUID(value).version == 4
    except ValueError:
        return False


def _organization(document: Mapping[str, Any]) -> Iterator[str]:
    if not document.get("organization_name"):
        yield "'organization_name' is required"


def _contact(document: Mapping[str, Any]) -> Iterator[str]:
    if not document.get("contact_name"):
        yield "'contact_name' is required"
    if not _MAIL.match(str(document.get("email", ""))):
        yield "'email' is required"


def _resource(document: Mapping[str, Any]) -> Iterator[str]:
    for name in _REQUIRED:
        if document.get(name) in (None, "", [], {}):
            yield f"'{name}' is required"
    for name in ("synopsis", "summary", "keywords", "contacts", "available_formats"):
        if not isinstance(document[name], list):
            yield f"'{name}' should be a list"
    for name in ("producer", "dataset_dates", "access_condition", "metadata_info"):
        if not isinstance(document[name], Mapping):
            yield f"'{name}' should be an object"
    if document["theme"] not in vocabulary.THEMES:
        yield f"theme '{document['theme']}' is not in the thesaurus"
    if document["storage_status"] not in vocabulary.STORAGE_STATUSES:
        yield f"storage status '{document['storage_status']}' is unknown"
    version = document["metadata_info"].get("api_version")
    if version not in ACCEPTED_API_VERSIONS:
        yield f"'metadata_info.api_version' {version} is not compatible"
    for entry in (*document["synopsis"], *document["summary"]):
        if not isinstance(entry, Mapping) or not entry.get("text"):
            yield "a synopsis or summary needs 'lang' and 'text'"
    yield from _licence(document["access_condition"].get("licence"))
    for media in document["available_formats"]:
        yield from _media(media)


def _licence(licence: Any) -> Iterator[str]:
    if not isinstance(licence, Mapping):
        yield "'access_condition.licence' is required"
    elif licence.get("licence_type") == "CUSTOM":
        if not licence.get("custom_licence_uri"):
            yield "'custom_licence_uri' is required"
    elif licence.get("licence_type") != "STANDARD":
        yield "'licence_type' should be STANDARD or CUSTOM"
    elif licence.get("licence_label") not in vocabulary.LICENCES:
        yield f"licence '{licence.get('licence_label')}' is unknown"


def _media(media: Any) -> Iterator[str]:
    if not isinstance(media, Mapping) or not is_uuid(media.get("media_id")):
        yield "'media_id' should be a UUID v4"
        return
    connector = media.get("connector")
    if media.get("media_type", "FILE") not in vocabulary.MEDIA_TYPES:
        yield f"media type '{media.get('media_type')}' is unknown"
    if not isinstance(connector, Mapping) or not connector.get("url"):
        yield "'connector.url' is required"
    if media.get("media_type", "FILE") == "FILE":
        checksum = media.get("checksum")
        if not media.get("file_type") or not isinstance(media.get("file_size"), int):
            yield "'file_type' and 'file_size' are required"
        if not isinstance(checksum, Mapping) or not checksum.get("hash"):
            yield "'checksum' is required"
        elif checksum.get("algo") not in vocabulary.HASH_ALGORITHMS:
            yield f"hash algorithm '{checksum.get('algo')}' is unknown"
