"""One bucket as the copier sees it: what is there now, and every version of one object."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import IO, Any
from xml.etree import ElementTree as ET

_BLOCK = 1 << 20
_GONE = frozenset({"NoSuchKey", "NoSuchVersion", "404", "MethodNotAllowed"})
_PAGE = "Page"


@dataclass(frozen=True)
class Current:
    """An object as a reader gets it now."""

    etag: str
    written: datetime


@dataclass(frozen=True)
class Version:
    """One version of an object, or the mark that it was deleted."""

    id: str
    written: datetime
    deleted: bool


def client(
    endpoint: str,
    region: str,
    keys: tuple[Path, Path],
    authority: Path | None,
    say: Callable[[str], None] = lambda _said: None,
) -> Any:
    """A client of a store, with the keys that lie in two files; it says what is tried again."""
    import boto3
    from botocore import handlers
    from botocore.config import Config

    access, secret = (path.read_text("utf-8").strip() for path in keys)
    made = boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id=access,
        aws_secret_access_key=secret,
        verify=str(authority) if authority else None,
        config=Config(
            s3={"addressing_style": "path"},
            # What hangs is tried again soon: a version that is not copied may be destroyed by then.
            connect_timeout=5,
            read_timeout=15,
            retries={"max_attempts": 3, "mode": "standard"},
        ),
    )

    def again(event_name: str, caught_exception: Exception | None = None, **_given: Any) -> None:
        if caught_exception is not None:
            operation = event_name.rpartition(".")[2]
            say(f"{operation} did not answer: {type(caught_exception).__name__}")

    made.meta.events.register("needs-retry.s3", again)
    # To wait for leave to send a body hangs on TLS now and then: what makes the line readable may
    # be the end of the handshake, and no answer.
    made.meta.events.unregister("before-call.s3", handlers.add_expect_header)
    return made


class Side:
    """A bucket with the client that may use it; faults are botocore's own."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        s3.meta.events.register("after-call.s3.ListObjectVersions", _keep)

    def current(self, prefix: str = "") -> Iterator[tuple[str, Current]]:
        """Every object that is there now.

        Where a store walks folders while its pages go on by whole keys, as SeaweedFS 4.48 does, a
        page may leave out keys that begin another one's: documents and attachments have none. What
        is left out all the same is found when a recovery point is made, and refuses it.
        """
        pages = self._s3.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=prefix):
            for one in page.get("Contents", ()):
                yield one["Key"], Current(one["ETag"], one["LastModified"].astimezone(UTC))

    def now(self) -> datetime:
        """The store's own clock, UTC."""
        answer = self._s3.list_objects_v2(Bucket=self._bucket, MaxKeys=1)
        date = answer["ResponseMetadata"]["HTTPHeaders"]["date"]
        return parsedate_to_datetime(date).astimezone(UTC)

    def versions(self, key: str) -> list[Version]:
        """Every version of one object, the oldest first."""
        found: list[Version] = []
        given: dict[str, Any] = {"Prefix": key, "Delimiter": "/"}
        while True:
            answer = self._s3.list_object_versions(Bucket=self._bucket, **given)
            found += _of(answer[_PAGE], key)
            # What begins with the key comes after it, so it is whole once others are told.
            if not answer.get("IsTruncated") or answer.get("NextKeyMarker") != key:
                return found[::-1]
            given |= {"KeyMarker": key, "VersionIdMarker": answer["NextVersionIdMarker"]}

    def fetch(self, key: str, version: str, into: IO[bytes]) -> bool:
        """Write a version into a file; False where it is gone by now."""
        from botocore.exceptions import ClientError

        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=key, VersionId=version)
        except ClientError as error:
            if error.response["Error"]["Code"] in _GONE:
                return False
            raise
        size = 0
        for block in iter(lambda: answer["Body"].read(_BLOCK), b""):
            into.write(block)
            size += len(block)
        if size != answer["ContentLength"]:
            # A copy that is cut short would be believed for ever.
            raise OSError(f"{key}: {size} bytes came of {answer['ContentLength']}")  # noqa: EM102
        return True

    def store(self, key: str, content: IO[bytes]) -> None:
        """Write an object whole, in one part, so that the store's checksum is that of its bytes."""
        content.seek(0)
        digest = hashlib.md5(usedforsecurity=False)
        for block in iter(lambda: content.read(_BLOCK), b""):
            digest.update(block)
        content.seek(0)
        checksum = base64.b64encode(digest.digest()).decode()
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=content, ContentMD5=checksum)


def _keep(http_response: Any, parsed: dict[str, Any], **_given: Any) -> None:
    """Hand on the answer as it came: what boto reads of it has versions and marks in two lists."""
    parsed[_PAGE] = http_response.content


def _of(page: bytes, key: str) -> list[Version]:
    """The versions of exactly that key, in the order of the answer, the newest first."""
    found = []
    for element in ET.fromstring(page):  # noqa: S314 - the store that has all the data says it
        kind = element.tag.rpartition("}")[2]
        text = {each.tag.rpartition("}")[2]: each.text or "" for each in element}
        if kind in ("Version", "DeleteMarker") and text.get("Key") == key:
            written = datetime.fromisoformat(text["LastModified"]).astimezone(UTC)
            found.append(Version(text["VersionId"], written, kind == "DeleteMarker"))
    return found
