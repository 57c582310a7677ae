"""Objects through time: what was there, brought back from store to store without passing here."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from orchestrator.errors.objects import ObjectTooLargeError, StoreLacksError
from orchestrator.ports import ObjectVersion, Progress, Wanted
from orchestrator.tools import objectreading
from orchestrator.tools.objectlock import BucketLocks
from orchestrator.tools.objectstore_client import (
    AT_ONCE,
    BATCH,
    Keys,
    Site,
    code_of,
    connected,
    date_of,
    guarded,
    removed,
    status_of,
)
from orchestrator.tools.versionlisting import Page, listed, read_page

AT_MOST = 5 * 1024**3
"""Bytes that a store copies in one request; what is larger must be copied in parts."""
_EVERY_S = 1.0
# The last of these is what a mark of deletion answers to a reader.
_NONE = frozenset({"NoSuchKey", "NoSuchVersion", "MethodNotAllowed"})
_TAKEN = frozenset({409, 412})
_PAGE = "Page"


class S3ObjectHistory:
    """Implements `ports.ObjectHistory`."""

    def __init__(self, site: Site, keys: Keys, *, page: int = BATCH) -> None:
        self._site = site
        self._s3: Any = connected("s3", site, keys)
        self._s3.meta.events.register("before-parse.s3.ListObjectVersions", _keep)
        self._page = page

    def now(self) -> datetime:
        """The store's own clock. Raises StoreLacksError when it tells none."""
        answer = guarded(self._site, "ask the time of", self._site.endpoint, self._s3.list_buckets)
        return date_of(answer, self._site)

    def versions(self, bucket: str, prefix: str = "") -> Iterator[ObjectVersion]:
        """Every version and mark; times are to the second, order is exact all the same."""

        def ask(given: dict[str, Any]) -> Page:
            def answered() -> Page:
                return read_page(self._s3.list_object_versions(Bucket=bucket, **given)[_PAGE])

            page: Page = guarded(self._site, "list the versions of", bucket, answered)
            return page

        found = listed(ask, prefix, self._page)
        for _key, several in itertools.groupby(found, key=lambda one: one.key):
            yield from _settled(list(several))

    def read(self, bucket: str, key: str, version: str = "") -> bytes | None:
        """The whole content, in memory: for small objects."""
        which = {"VersionId": version} if version else {}

        def content() -> bytes | None:
            try:
                found = self._s3.get_object(Bucket=bucket, Key=key, **which)
            except ClientError as error:
                if code_of(error) in _NONE:
                    return None
                raise
            return bytes(found["Body"].read())

        read: bytes | None = guarded(self._site, "read", f"{bucket}/{key}", content)
        return read

    def put_new(self, bucket: str, key: str, content: bytes) -> bool:
        """Write where nothing is.

        An attempt whose answer was lost is made again and finds its own object: that is ours.
        """

        def write() -> bool:
            try:
                self._s3.put_object(Bucket=bucket, Key=key, Body=content, IfNoneMatch="*")
            except ClientError as error:
                if status_of(error) not in _TAKEN:
                    raise
                told: Any = error.response.get("ResponseMetadata") or {}
                return bool(told.get("RetryAttempts")) and self.read(bucket, key) == content
            return True

        return bool(guarded(self._site, "write", f"{bucket}/{key}", write))

    def bring(self, source: str, target: str, wanted: Iterable[Wanted], progress: Progress) -> int:
        """Copy versions, 16 at a time; the first that fails ends it, what is done stays.

        Raises ObjectTooLargeError where a store does not copy so much in one request.
        """
        brought = 0
        said = time.monotonic()
        ended = threading.Event()

        def copy(one: Wanted) -> None:
            if not ended.is_set():
                self._copy(source, target, one)

        waiting: set[Future[None]] = set()
        rest = iter(wanted)
        with ThreadPoolExecutor(AT_ONCE) as crew:
            try:
                while True:
                    for each in itertools.islice(rest, 4 * AT_ONCE - len(waiting)):
                        waiting.add(crew.submit(copy, each))
                    if not waiting:
                        break
                    done, waiting = wait(waiting, _EVERY_S, return_when=FIRST_COMPLETED)
                    for one in done:
                        one.result()
                    brought += len(done)
                    if time.monotonic() - said >= _EVERY_S:
                        said = time.monotonic()
                        progress(f"{brought:,} objects brought")
            finally:
                ended.set()
        return brought

    def reread(self, wanted: Iterable[objectreading.Wanted], progress: Progress) -> Iterator[str]:
        """A sentence for each version that is gone or does not hold what it did."""
        return objectreading.reread(self._s3, self._site, wanted, progress)

    def hide(self, bucket: str, keys: Iterable[str]) -> int:
        """Delete by marks. Raises StoreLacksError where the bucket keeps no versions."""
        hidden = 0
        rest = iter(keys)
        while some := list(itertools.islice(rest, BATCH)):
            if not hidden:
                self._must_keep_versions(bucket)
            removed(self._site, self._s3, bucket, [{"Key": key} for key in some])
            hidden += len(some)
        return hidden

    def locked(
        self, bucket: str, wanted: Iterable[tuple[str, str]], progress: Progress
    ) -> Mapping[tuple[str, str], datetime]:
        """Until when each of these is locked; of a bucket that locks nothing none is asked for."""
        locks = BucketLocks(self._site, self._s3)
        if not locks.possible(bucket):
            return {}
        found: dict[tuple[str, str], datetime] = {}
        now = self.now()
        with ThreadPoolExecutor(AT_ONCE, "locks") as crew:
            rest = iter(wanted)
            asked = 0
            while some := list(itertools.islice(rest, BATCH)):
                ends = crew.map(lambda one: locks.until(bucket, *one), some)
                pairs = zip(some, ends, strict=True)
                found |= {one: until for one, until in pairs if until is not None and until > now}
                asked += len(some)
                progress(f"{asked:,} locks looked at")
        return found

    def destroy(self, bucket: str, wanted: Iterable[tuple[str, str]], progress: Progress) -> int:
        """End versions and marks; a request names a thousand of them."""
        destroyed = 0
        rest = iter(wanted)
        while some := list(itertools.islice(rest, BATCH)):
            named = [{"Key": key, "VersionId": version} for key, version in some]
            removed(self._site, self._s3, bucket, named)
            destroyed += len(some)
            progress(f"{destroyed:,} versions destroyed")
        return destroyed

    def _copy(self, source: str, target: str, wanted: Wanted) -> None:
        which = {"Bucket": source, "Key": wanted.key, "VersionId": wanted.version}

        def copied() -> None:
            try:
                self._s3.copy_object(Bucket=target, Key=wanted.target, CopySource=which)
            except ClientError as error:
                if status_of(error) != 400:
                    raise
                size = int(self._s3.head_object(**which)["ContentLength"])
                if size <= AT_MOST:
                    raise
                raise ObjectTooLargeError(source, wanted.key, size=size, at_most=AT_MOST) from error

        guarded(self._site, "copy", f"{source}/{wanted.key}", copied)

    def _must_keep_versions(self, bucket: str) -> None:
        found = guarded(
            self._site,
            "read the versioning of",
            bucket,
            lambda: self._s3.get_bucket_versioning(Bucket=bucket),
        )
        if found.get("Status") != "Enabled":
            raise StoreLacksError(
                "versions of objects",
                endpoint=self._site.endpoint,
                seen=f"versioning of `{bucket}` is off, so that what is deleted there is gone",
            )


def _keep(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_given: Any
) -> None:
    """Hand the answer on as it came, beside what boto reads in it."""
    customized_response_dict[_PAGE] = response_dict["body"]


def _settled(several: list[ObjectVersion]) -> list[ObjectVersion]:
    """The versions of one key, the newest first, and one newest.

    SeaweedFS calls two the newest where an object was there before versioning was turned on: that
    one has the version `null`, and comes first although it is older.
    """
    if [one.newest for one in several] != [True] + [False] * (len(several) - 1):
        several.sort(key=lambda one: (one.written, one.version != "null"), reverse=True)
    return [replace(one, newest=number == 0) for number, one in enumerate(several)]
