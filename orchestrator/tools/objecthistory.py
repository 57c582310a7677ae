"""Objects through time in any S3-compatible store that keeps versions."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from orchestrator.ports import ObjectVersion, Progress
from orchestrator.tools import objectreading
from orchestrator.tools.objectstore_client import (
    Keys,
    Site,
    code_of,
    connected,
    date_of,
    guarded,
    removed,
)

AT_ONCE = 16
_BATCH = 1000
_SAY_EVERY_S = 1.0
_NONE = frozenset({"NoSuchKey", "NoSuchVersion", "404"})
_THERE = frozenset({"PreconditionFailed", "412", "ConditionalRequestConflict", "409"})
_ENTRY = re.compile(rb"<(Version|DeleteMarker)>")
_ORDER = "EntriesInOrder"


class S3ObjectHistory:
    """Implements `ports.ObjectHistory`."""

    def __init__(self, site: Site, keys: Keys) -> None:
        self._site = site
        self._s3: Any = connected("s3", site, keys, connections=AT_ONCE)
        self._s3.meta.events.register("before-parse.s3.ListObjectVersions", _keep_order)

    def now(self) -> datetime:
        """The store's own clock, from the date of an answer."""
        answer = guarded(self._site, "ask the time of", "the store", self._s3.list_buckets)
        return date_of(answer, self._site)

    def versions(self, bucket: str, prefix: str = "") -> Iterator[ObjectVersion]:
        """Every version and mark, by key, and of one key the newest first."""
        pages = iter(
            self._s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix)
        )
        # A key may go on on the next page, so it is handed out when another one begins.
        waiting: list[ObjectVersion] = []
        while page := guarded(self._site, "list versions in", bucket, lambda: next(pages, None)):
            waiting += _entries(page)
            waiting.sort(key=_order)
            if not page.get("IsTruncated"):
                break
            last = max(one.key for one in waiting) if waiting else ""
            yield from (one for one in waiting if one.key != last)
            waiting = [one for one in waiting if one.key == last]
        yield from waiting

    def read(self, bucket: str, key: str, version: str = "") -> bytes | None:
        """The content of an object as it is now, or of one version; None when there is none."""
        which = {"VersionId": version} if version else {}

        def get() -> bytes | None:
            try:
                found = self._s3.get_object(Bucket=bucket, Key=key, **which)
            except ClientError as error:
                if code_of(error) in _NONE:
                    return None
                raise
            content: bytes = found["Body"].read()
            return content

        content: bytes | None = guarded(self._site, "read from", bucket, get)
        return content

    def put_new(self, bucket: str, key: str, content: bytes) -> bool:
        """Write an object that is not there yet; False, and nothing written, when it is."""

        def put() -> bool:
            try:
                self._s3.put_object(Bucket=bucket, Key=key, Body=content, IfNoneMatch="*")
            except ClientError as error:
                if code_of(error) in _THERE:
                    return False
                raise
            return True

        return bool(guarded(self._site, "write to", bucket, put))

    def bring(
        self, source: str, target: str, wanted: Iterable[tuple[str, str]], progress: Progress
    ) -> int:
        """Make versions of one bucket the newest of their keys in another; how many."""

        def copy(one: tuple[str, str]) -> None:
            key, version = one
            self._s3.copy_object(
                Bucket=target,
                Key=key,
                CopySource={"Bucket": source, "Key": key, "VersionId": version},
            )

        return self._many(wanted, lambda one: self._guard("copy into", target, copy, one), progress)

    def reread(self, wanted: Iterable[objectreading.Wanted], progress: Progress) -> Iterator[str]:
        """A sentence for each version that is gone or does not hold what it did."""
        return objectreading.reread(self._s3, self._site, wanted, progress)

    def hide(self, bucket: str, keys: Iterable[str]) -> int:
        """Delete objects so that their versions stay; how many."""
        done = 0
        left = iter(keys)
        while batch := list(itertools.islice(left, _BATCH)):
            removed(self._site, self._s3, bucket, [{"Key": key} for key in batch])
            done += len(batch)
        return done

    def _many(
        self,
        wanted: Iterable[tuple[str, str]],
        work: Callable[[tuple[str, str]], None],
        progress: Progress,
    ) -> int:
        done, said = 0, time.monotonic()
        with ThreadPoolExecutor(AT_ONCE, "objects") as crew:
            for _ in crew.map(work, wanted):
                done += 1
                if time.monotonic() - said > _SAY_EVERY_S:
                    said = time.monotonic()
                    progress(f"{done} objects brought")
        return done

    def _guard(self, action: str, name: str, call: Callable[[Any], Any], given: Any) -> None:
        guarded(self._site, action, name, lambda: call(given))


def _keep_order(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_told: Any
) -> None:
    """Note which entries of an answer are marks: what reads it parts them from the versions.

    The store's times are of whole seconds, so within one of them only the place in the answer tells
    which came later; a store gives the newest of a key first.
    """
    found = _ENTRY.findall(response_dict["body"])
    customized_response_dict[_ORDER] = [name == b"DeleteMarker" for name in found]


def _entries(page: dict[str, Any]) -> list[ObjectVersion]:
    """Versions and marks of an answer in its own order."""
    versions, markers = iter(page.get("Versions") or ()), iter(page.get("DeleteMarkers") or ())
    return [
        _marker(next(markers)) if marker else _version(next(versions)) for marker in page[_ORDER]
    ]


def _version(told: dict[str, Any]) -> ObjectVersion:
    return ObjectVersion(
        key=str(told["Key"]),
        version=str(told["VersionId"]),
        written=told["LastModified"].astimezone(UTC),
        size=int(told["Size"]),
        etag=str(told.get("ETag") or "").strip('"'),
        marker=False,
        newest=bool(told["IsLatest"]),
    )


def _marker(told: dict[str, Any]) -> ObjectVersion:
    return ObjectVersion(
        key=str(told["Key"]),
        version=str(told["VersionId"]),
        written=told["LastModified"].astimezone(UTC),
        size=0,
        etag="",
        marker=True,
        newest=bool(told["IsLatest"]),
    )


def _order(one: ObjectVersion) -> tuple[str, bool, float]:
    """By key, the newest first; what is alike in this keeps the store's own order."""
    return (one.key, not one.newest, -one.written.timestamp())
