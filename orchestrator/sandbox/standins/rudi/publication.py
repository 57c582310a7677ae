"""Descriptions of data in the catalog: taken in, made public, listed, removed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from orchestrator.sandbox.standins.rudi.descriptions import KEYS, checked
from orchestrator.sandbox.standins.rudi.exchange import RefusedError
from orchestrator.sandbox.standins.rudi.store import Store

METADATA = "metadatas"
COLLECTIONS = {
    "resources": METADATA,
    "organizations": "organizations",
    "contacts": "contacts",
    "media": "medias",
    "reports": "reports",
}
_LARGEST_PAGE = 500
_NO_FILTERS = frozenset({"limit", "offset", "sort_by", "fields", "count_by", "group_by"})


def put(store: Store, kind: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """Add or replace a document, with what it carries. Raises RefusedError."""
    found = checked(kind, document)
    if kind == "resources":
        found = _with_parts(store, found)
    store.put(COLLECTIONS[kind], found, KEYS[kind])
    return found


def commit_media(store: Store, media_id: str) -> list[dict[str, Any]]:
    """Mark a file as there, and return the descriptions that become public with it.

    Without any, the mark waits for one. Raises RefusedError for a file that nothing tells of.
    """
    known = store.one("medias", media_id=media_id)
    holding = [
        each
        for each in store.all(METADATA)
        if any(media.get("media_id") == media_id for media in each["available_formats"])
    ]
    if known is None:
        raise RefusedError(HTTPStatus.NOT_FOUND, f"no description offers media {media_id}")
    store.put("medias", {**known, "file_storage_status": "available"}, "media_id")
    for each in holding:
        for media in each["available_formats"]:
            if media.get("media_id") == media_id:
                media["file_storage_status"] = "available"
        each["updatedAt"] = _now()
        store.put(METADATA, each, "global_id")
    return holding


def is_listed(document: Mapping[str, Any]) -> bool:
    """Whether the public list shows it; a read by its identifier is answered in any case."""
    confidentiality = document["access_condition"].get("confidentiality") or {}
    return not confidentiality.get("restricted_access") and all(
        media.get("file_storage_status") == "available"
        for media in document["available_formats"]
        if media.get("media_type", "FILE") == "FILE"
    )


def page_of(documents: list[dict[str, Any]], query: Mapping[str, str]) -> dict[str, Any]:
    """One page of documents in the product's form. Raises RefusedError."""
    wanted = {name: value for name, value in query.items() if name not in _NO_FILTERS}
    found = [each for each in documents if _matches(each, wanted)]
    order = query.get("sort_by", "-updatedAt")
    name = order.lstrip("-")
    found.sort(key=lambda each: str(each.get(name, "")), reverse=order.startswith("-"))
    offset = _number(query, "offset", 0)
    limit = min(_number(query, "limit", 100), _LARGEST_PAGE)
    fields = [each for each in query.get("fields", "").split(",") if each]
    items = found[offset : offset + limit]
    if fields:
        items = [{name: each[name] for name in fields if name in each} for each in items]
    return {"total": len(found), "items": items}


def _with_parts(store: Store, document: dict[str, Any]) -> dict[str, Any]:
    known = store.one(METADATA, global_id=document["global_id"]) or {}
    document["producer"] = _part(store, "organizations", document["producer"])
    document["contacts"] = [_part(store, "contacts", each) for each in document["contacts"]]
    for media in document["available_formats"]:
        before = store.one("medias", media_id=media["media_id"]) or {}
        media.setdefault("media_type", "FILE")
        media["file_storage_status"] = before.get("file_storage_status", "missing")
        store.put("medias", media, "media_id")
    document["createdAt"] = known.get("createdAt", _now())
    document["updatedAt"] = _now()
    document["metadata_status"] = "local"
    return document


def _part(store: Store, kind: str, given: Any) -> dict[str, Any]:
    """A producer or contact: one that is there already, or one that is whole. As in the product."""
    key = KEYS[kind]
    if not isinstance(given, Mapping) or key not in given:
        raise RefusedError(HTTPStatus.BAD_REQUEST, f"'{key}' is required")
    known = store.one(COLLECTIONS[kind], **{key: given[key]})
    whole = checked(kind, {**(known or {}), **given})
    store.put(COLLECTIONS[kind], whole, key)
    return whole


def _matches(document: Mapping[str, Any], wanted: Mapping[str, str]) -> bool:
    for name, value in wanted.items():
        found = document.get(name)
        values = found if isinstance(found, list) else [found]
        if value not in {str(each) for each in values if not isinstance(each, dict)}:
            return False
    return True


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not text.isdigit():
        raise RefusedError(HTTPStatus.BAD_REQUEST, f"'{name}' should be a positive number")
    return int(text)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
