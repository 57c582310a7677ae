"""Objects read whole, many at a time, each held against its size and the store's own checksum."""

from __future__ import annotations

import hashlib
import itertools
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from orchestrator.errors.objects import StoreUnavailableError, StoreUnreachableError
from orchestrator.ports import Progress
from orchestrator.tools.objectstore_client import Site, code_of, guarded

AT_ONCE = 8
_BLOCK = 1 << 20
_MIB = 1 << 20
# How large the parts are that known programs send: pgBackRest, boto3 and browsers, Amazon's own.
_PARTS = (5 * _MIB, 8 * _MIB, 16 * _MIB, 64 * _MIB, 100 * _MIB)
_GONE = frozenset({"NoSuchKey", "NoSuchVersion", "404", "MethodNotAllowed"})
_SAY_EVERY_S = 2.0

Wanted = tuple[str, str, str, int, str]


def reread(s3: Any, site: Site, wanted: Iterable[Wanted], progress: Progress) -> Iterator[str]:
    """A sentence for each version (bucket, key, version, size, etag) that is not what it was."""
    with ThreadPoolExecutor(AT_ONCE, "reading") as crew:
        left = iter(wanted)
        running = {crew.submit(_one, s3, site, one) for one in itertools.islice(left, AT_ONCE * 2)}
        done, read_bytes, said = 0, 0, time.monotonic()
        while running:
            ended, running = wait(running, return_when=FIRST_COMPLETED)
            for future in ended:
                fault, size = _result(future, running)
                done, read_bytes = done + 1, read_bytes + size
                if fault:
                    yield fault
                running |= {crew.submit(_one, s3, site, one) for one in itertools.islice(left, 1)}
            if time.monotonic() - said > _SAY_EVERY_S:
                said = time.monotonic()
                progress(f"{done} objects read, {read_bytes / _MIB:.0f} MiB")


def _result(
    future: Future[tuple[str, int]], running: set[Future[tuple[str, int]]]
) -> tuple[str, int]:
    """What was found; a fault of the store itself ends all the others."""
    try:
        return future.result()
    except BaseException:
        for other in running:
            other.cancel()
        raise


def _one(s3: Any, site: Site, wanted: Wanted) -> tuple[str, int]:
    bucket, key, version, size, etag = wanted
    sums = _Sums(size, etag)

    def read() -> str:
        try:
            found = s3.get_object(Bucket=bucket, Key=key, VersionId=version)
        except ClientError as error:
            if code_of(error) in _GONE:
                return f"{key} is gone in the version that is needed"
            raise
        for block in _blocks(found["Body"]):
            sums.take(block)
        return ""

    try:
        gone: str = guarded(site, "read from", bucket, read)
    except (StoreUnavailableError, StoreUnreachableError):
        # A store may see for itself that what it keeps has changed, and hand out none of it; what
        # it says of the object it still knows. Where that fails as well, the store is away.
        _asked(s3, site, wanted)
        return f"{key} is kept, but the store cannot read it any more", sums.size
    if gone:
        return gone, 0
    fault = sums.fault(key)
    if (
        fault
        and sums.size == size
        and sums.in_parts
        and not sums.tried(_part_size(s3, site, wanted))
    ):
        return "", size  # sent in parts of a size that nobody knows: its own size has to do
    return fault, sums.size


def _part_size(s3: Any, site: Site, wanted: Wanted) -> int:
    """How large the first part is, as the store says."""
    return int(_asked(s3, site, wanted, PartNumber=1)["ContentLength"])


def _asked(s3: Any, site: Site, wanted: Wanted, **more: int) -> Any:
    """What the store says of a version without reading it."""
    bucket, key, version, _, _ = wanted
    return guarded(
        site,
        "look at an object of",
        bucket,
        lambda: s3.head_object(Bucket=bucket, Key=key, VersionId=version, **more),
    )


def _blocks(body: Any) -> Iterator[bytes]:
    """The content in blocks of one size, but for the last; a read may give less than asked for."""
    waiting = b""
    while chunk := body.read(_BLOCK - len(waiting)):
        waiting += chunk
        if len(waiting) == _BLOCK:
            yield waiting
            waiting = b""
    if waiting:
        yield waiting


@dataclass
class _Sums:
    """What an etag may be made of: the content's MD5, or that of the MD5s of its parts."""

    wanted: int
    etag: str
    size: int = 0

    def __post_init__(self) -> None:
        self._whole = _md5()
        count = int(self.etag.partition("-")[2] or 0)
        fits = (part for part in _PARTS if count and -(-self.wanted // part) == count)
        self._parts = {part: (_md5(), _md5()) for part in fits}  # of the part in hand, of all

    def take(self, block: bytes) -> None:
        """The next bytes: a block, which lies within one part of any size; shorter at the end."""
        for part, (in_hand, total) in self._parts.items():
            if self.size and self.size % part == 0:
                total.update(in_hand.digest())
                self._parts[part] = (in_hand := _md5(), total)
            in_hand.update(block)
        self._whole.update(block)
        self.size += len(block)

    @property
    def in_parts(self) -> bool:
        """Whether it was sent in parts."""
        return "-" in self.etag

    def tried(self, part: int) -> bool:
        """Whether the sum was made for parts of that size."""
        return part in self._parts or part >= self.wanted

    def fault(self, key: str) -> str:
        """What is wrong with what was read, or ''."""
        if self.size != self.wanted:
            return f"{key} has {self.size} bytes, not {self.wanted}"
        if not self.in_parts:
            found = {self._whole.hexdigest()}
        elif not self._parts:
            return ""  # sent in parts of a size that nobody knows: its size has to do
        else:
            count = self.etag.partition("-")[2]
            found = set()
            for in_hand, total in self._parts.values():
                total.update(in_hand.digest())
                found.add(f"{total.hexdigest()}-{count}")
        return "" if self.etag in found else f"{key} does not hold what it did"


def _md5() -> Any:
    return hashlib.md5(usedforsecurity=False)
