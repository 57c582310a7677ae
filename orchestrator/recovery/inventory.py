"""Every object that a recovery point needs, by version and checksum, to be read again.

The list lies beside the manifest, which holds its digest: whoever changes an object, replaces it or
takes it away is found, whatever the backup tool thinks of it (reliability.md 1.3).
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass

from orchestrator.errors.signatures import SignedFormUnknownError
from orchestrator.ports import ObjectVersion

FOLDER = "inventories/"
REPOSITORY = "repository/"
FILES = "files/"
# The engine writes these anew with each base; both spellings of each hold a checksum of their own.
_REWRITTEN = re.compile(r"repository/(archive|backup)/[^/]+/(archive|backup)\.info(\.copy)?$")
_PASSING = re.compile(r"repository/backup/[^/]+/latest$|.*/backup\.manifest\.copy$")
_LOCK = re.compile(r"files/locks/")
_SEGMENT = re.compile(r"repository/archive/[^/]+/[^/]+/[0-9A-F]{16}/([0-9A-F]{24})[-.]")
_HISTORY = re.compile(r"repository/archive/[^/]+/[^/]+/([0-9A-F]{8})\.history")
# A base, or what the engine notes of each one that ever was.
_BASE = re.compile(r"repository/backup/[^/]+/(?:backup\.history/[^/]+/)?([0-9]{8}-[0-9]{6}F)[_./]")


@dataclass(frozen=True)
class Chain:
    """What a base hangs on: a full one, and the log from its beginning.

    full:  label of the full one, which those that were made of it begin with
    start: the first file of the log that it needs
    """

    full: str
    start: str


@dataclass(frozen=True)
class Item:
    """One object: `etag` is the store's checksum of it, `bytes` its size."""

    bucket: str
    key: str
    version: str
    bytes: int
    etag: str

    @property
    def rewritten(self) -> bool:
        """Whether a newer version of it is nothing unusual."""
        return bool(_REWRITTEN.match(self.key))


def of_repository(
    bucket: str, versions: Iterable[ObjectVersion], last_segment: str, chain: Chain | None = None
) -> tuple[Item, ...]:
    """What lies in the repository now, without log that is younger than a segment.

    Of what a base hangs on where that is known; else all of it.
    """
    items = (
        Item(bucket, one.key, one.version, one.size, one.etag)
        for one in versions
        if one.newest and not one.marker and _counts(one.key, last_segment)
    )
    return needed(items, chain)


def needed(items: Iterable[Item], chain: Chain | None) -> tuple[Item, ...]:
    """Those that what hangs on a chain needs: not other bases, and no log from before it."""
    if chain is None:
        return tuple(items)
    return tuple(one for one in items if not _beside(one.key, chain))


def of_snapshots(bucket: str, versions: Iterable[ObjectVersion]) -> tuple[Item, ...]:
    """What lies in the repository of files now, without the locks of whoever uses it.

    Any snapshot may need what an older one brought there, so all of it counts.
    """
    return tuple(
        Item(bucket, one.key, one.version, one.size, one.etag)
        for one in versions
        if one.newest and not one.marker and not _LOCK.match(one.key)
    )


def written(items: Iterable[Item]) -> bytes:
    """The list as it is kept; the same items give the same bytes."""
    lines = (
        json.dumps([one.bucket, one.key, one.version, one.bytes, one.etag], ensure_ascii=False)
        for one in sorted(items, key=lambda item: (item.bucket, item.key))
    )
    return gzip.compress("\n".join(lines).encode(), mtime=0)


def read(content: bytes, digest: str, name: str) -> tuple[Item, ...]:
    """The list again. Raises SignedFormUnknownError when it is not the one of that digest."""
    if hashlib.sha256(content).hexdigest() != digest:
        reason = "the signed manifest names another digest of it"
        raise SignedFormUnknownError(name, reason=reason)
    # Names may hold characters that other ways of parting lines take for an end of one.
    lines = gzip.decompress(content).decode().split("\n")
    return tuple(Item(*json.loads(line)) for line in lines if line)


def _beside(key: str, chain: Chain) -> bool:
    if base := _BASE.match(key):
        return base[1] != chain.full
    if segment := _SEGMENT.match(key):
        return segment[1] < chain.start
    history = _HISTORY.match(key)
    return history is not None and history[1] < chain.start[:8]


def _counts(key: str, last_segment: str) -> bool:
    if _PASSING.match(key):
        return False
    segment = _SEGMENT.match(key)
    return segment is None or segment[1] <= last_segment
