"""Every version in a bucket, in order, from stores whose pages leave some out.

A store may walk its folders while the marker of the next page compares whole keys. SeaweedFS 4.48
does: it comes by `a/…`, `a-b`, `a.b`, `a`, sorts each page, and goes on with what is greater than
the last key of it. So a page's end loses keys that begin another key, keys beside a folder of the
same name, and such folders whole. What fits on one page is whole. More is listed folder by folder,
and at the end of each page it is asked once more for exactly those that may have been lost: for
keys without signs up to `.` and without folders, which is most of them, nothing. On stores that
lose nothing it is the same list.

What stays: a key is not found again that other keys begin with which, in its folder, have more than
a page of versions (`a` beside 1000 versions of `a.copy`), and a page happens to end there.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree as ET

from orchestrator.ports import ObjectVersion
from orchestrator.tools.objectstore_client import BATCH

_FOLDER = "/"
_LAST_SIGN = "."


@dataclass(frozen=True)
class Page:
    """One answer: versions as the store orders them, and the folders (`a/b/`) below."""

    versions: tuple[ObjectVersion, ...]
    folders: tuple[str, ...]
    marker: str
    version_marker: str
    more: bool


Ask = Callable[[dict[str, Any]], Page]


def listed(ask: Ask, prefix: str = "", size: int = BATCH) -> Iterator[ObjectVersion]:
    """Every version whose key begins so, by key, and of one key as the store orders them."""
    page = ask({"Prefix": prefix, "MaxKeys": size})
    if not page.more:
        yield from page.versions
        return
    for key, versions in _level(ask, prefix, "", size):
        if key.endswith(_FOLDER) and not versions:
            yield from listed(ask, key, size)
        yield from versions


def _level(
    ask: Ask, prefix: str, below: str, size: int
) -> Iterator[tuple[str, tuple[ObjectVersion, ...]]]:
    """Versions of each key of one folder, and the names of its folders with no versions.

    below: where to end, or nothing
    """
    given: dict[str, Any] = {"Prefix": prefix, "Delimiter": _FOLDER, "MaxKeys": size}
    # What began the key that was said last, the shortest first: only these may come again.
    said: dict[str, set[str]] = {}
    ahead: set[str] = set()
    while True:
        page = ask(given)
        found = _by_key(page)
        if page.more:
            ahead |= _folders_ahead(ask, prefix, page.marker)
            found |= _behind(ask, prefix, page.marker, below)
        reached = {one for one in ahead if not page.more or one <= page.marker}
        ahead -= reached
        for key in sorted({**dict.fromkeys(reached, ()), **found}):
            if below and key >= below:
                continue
            for other in [one for one in said if not key.startswith(one)]:
                del said[other]
            known = said.get(key)
            several = found.get(key, ())
            fresh = tuple(one for one in several if one.version not in (known or ()))
            said.setdefault(key, set()).update(one.version for one in fresh)
            if fresh or (known is None and not several):
                yield key, fresh
        if not page.more or (below and page.marker >= below):
            return
        given |= {"KeyMarker": page.marker}
        given.pop("VersionIdMarker", None)
        if page.version_marker:
            given |= {"VersionIdMarker": page.version_marker}


def _by_key(page: Page) -> dict[str, tuple[ObjectVersion, ...]]:
    found: dict[str, tuple[ObjectVersion, ...]] = dict.fromkeys(page.folders, ())
    for one in page.versions:
        found[one.key] = (*found.get(one.key, ()), one)
    return found


def _beginnings(prefix: str, marker: str) -> Iterator[str]:
    """Names that the marker goes on from with a sign that is smaller than a folder's."""
    name = marker[len(prefix) :]
    first = 0 if prefix else 1
    return (prefix + name[:end] for end in range(first, len(name)) if name[end] <= _LAST_SIGN)


def _behind(ask: Ask, prefix: str, marker: str, below: str) -> dict[str, tuple[ObjectVersion, ...]]:
    """What is smaller than the marker, and might come after it where the store walks folders."""
    found = {}
    for key in _beginnings(prefix, marker):
        if versions := _exactly(ask, key):
            found[key] = versions
    if marker.endswith(_FOLDER) and marker not in {prefix, below}:
        # All that begins as the folder is called and is smaller: `a`, `a-b`, `a.b` beside `a/`.
        found |= dict(_level(ask, marker[: -len(_FOLDER)], marker, BATCH))
    return found


def _folders_ahead(ask: Ask, prefix: str, marker: str) -> set[str]:
    """Folders that are greater than the marker, and might be walked before it."""
    folders = (key + _FOLDER for key in _beginnings(prefix, marker))
    return {one for one in folders if ask({"Prefix": one, "MaxKeys": 1}).versions}


def _exactly(ask: Ask, key: str) -> tuple[ObjectVersion, ...]:
    """All versions of one key."""
    given: dict[str, Any] = {"Prefix": key, "Delimiter": _FOLDER, "MaxKeys": BATCH}
    found: list[ObjectVersion] = []
    while True:
        page = ask(given)
        found += [one for one in page.versions if one.key == key]
        if not page.more or page.marker != key:
            return tuple(found)
        given |= {"KeyMarker": key, "VersionIdMarker": page.version_marker}


def read_page(body: bytes) -> Page:
    """An answer of a store, in its own order: boto's has versions and marks in two lists.

    Times come to the second from most stores; without the order, what was written and deleted
    within one second could not be put in order again.
    """
    root = ET.fromstring(body)  # noqa: S314 - the store that has all our data says it
    decode = urllib.parse.unquote_plus if _text(root, "EncodingType") == "url" else str
    versions, folders = [], []
    for element in root:
        kind = element.tag.rpartition("}")[2]
        if kind in {"Version", "DeleteMarker"}:
            versions.append(_version(element, decode(_text(element, "Key"))))
        elif kind == "CommonPrefixes":
            folders.append(decode(_text(element, "Prefix")))
    return Page(
        versions=tuple(versions),
        folders=tuple(folders),
        marker=decode(_text(root, "NextKeyMarker")),
        version_marker=_text(root, "NextVersionIdMarker"),
        more=_text(root, "IsTruncated") == "true",
    )


def _version(element: ET.Element, key: str) -> ObjectVersion:
    marker = element.tag.endswith("DeleteMarker")
    return ObjectVersion(
        key=key,
        version=_text(element, "VersionId") or "null",
        written=datetime.fromisoformat(_text(element, "LastModified")).astimezone(UTC),
        size=0 if marker else int(_text(element, "Size") or 0),
        etag="" if marker else _text(element, "ETag").strip('"'),
        marker=marker,
        newest=_text(element, "IsLatest") == "true",
    )


def _text(element: ET.Element, name: str) -> str:
    # Stores disagree on the namespace, and some have none.
    return element.findtext(f"{{*}}{name}") or ""
