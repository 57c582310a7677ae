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
_SEGMENT = re.compile(r"repository/archive/[^/]+/[^/]+/[0-9A-F]{16}/([0-9A-F]{24})-")


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
    bucket: str, versions: Iterable[ObjectVersion], last_segment: str
) -> tuple[Item, ...]:
    """What lies in the repository now, without log that is younger than a segment."""
    return tuple(
        Item(bucket, one.key, one.version, one.size, one.etag)
        for one in versions
        if one.newest and not one.marker and _counts(one.key, last_segment)
    )


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


def _counts(key: str, last_segment: str) -> bool:
    if _PASSING.match(key):
        return False
    segment = _SEGMENT.match(key)
    return segment is None or segment[1] <= last_segment
