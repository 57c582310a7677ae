"""Objects read whole on a real SeaweedFS: what is not as it was is found, and nothing else."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.config import Config
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors.objects import StoreRequestError, StoreUnreachableError
from orchestrator.model.secret import Secret
from orchestrator.ports import ObjectVersion
from orchestrator.tools import objectreading, objectstore_client
from orchestrator.tools.objecthistory import S3ObjectHistory
from orchestrator.tools.objectstore import S3ObjectStore
from orchestrator.tools.objectstore_client import Keys, Site, connected
from tests import weed

OPERATOR = Keys("OPERATOR", Secret("operator-secret-for-tests"))
MIB = 1 << 20


class Store:
    """The ports under test, and a client to do what people and programs do to a bucket."""

    def __init__(self, endpoint: str) -> None:
        self.site = Site(endpoint, "sandbox")
        self.history = S3ObjectHistory(self.site, OPERATOR)
        self.s3: Any = connected("s3", self.site, OPERATOR)
        self._buckets = S3ObjectStore(endpoint, "sandbox", endpoint, OPERATOR)

    def bucket(self, name: str) -> str:
        self._buckets.create_bucket(name)
        self._buckets.version(name)
        return name

    def put(self, bucket: str, key: str, content: bytes) -> str:
        return str(self.s3.put_object(Bucket=bucket, Key=key, Body=content)["VersionId"])

    def delete(self, bucket: str, key: str) -> str:
        return str(self.s3.delete_object(Bucket=bucket, Key=key)["VersionId"])

    def send_in_parts(self, bucket: str, key: str, *parts: bytes) -> str:
        """An object in parts of these contents; its version."""
        where = {"Bucket": bucket, "Key": key}
        upload = self.s3.create_multipart_upload(**where)["UploadId"]
        sent = []
        for number, content in enumerate(parts, 1):
            told = self.s3.upload_part(**where, UploadId=upload, PartNumber=number, Body=content)
            sent.append({"PartNumber": number, "ETag": told["ETag"]})
        done = self.s3.complete_multipart_upload(
            **where, UploadId=upload, MultipartUpload={"Parts": sent}
        )
        return str(done["VersionId"])

    def found(self, bucket: str, prefix: str = "") -> list[ObjectVersion]:
        return list(self.history.versions(bucket, prefix))

    def wanted(self, bucket: str, prefix: str = "") -> list[tuple[str, str, str, int, str]]:
        return [
            (bucket, one.key, one.version, one.size, one.etag)
            for one in self.found(bucket, prefix)
            if not one.marker
        ]

    def faults(self, wanted: list[tuple[str, str, str, int, str]]) -> list[str]:
        return sorted(self.history.reread(wanted, lambda _text: None))


class Dribble:
    """A body that gives less than it was asked for, as connections do."""

    def __init__(self, content: bytes, sizes: list[int]) -> None:
        self._left = content
        self._sizes = itertools.cycle(sizes)

    def read(self, most: int) -> bytes:
        size = min(most, next(self._sizes))
        found, self._left = self._left[:size], self._left[size:]
        return found


def etag_of(content: bytes, part: int) -> str:
    """As a store makes it of an object sent in parts of that size."""
    parts = [content[at : at + part] for at in range(0, len(content), part)]
    digests = [hashlib.md5(one, usedforsecurity=False).digest() for one in parts]
    whole = hashlib.md5(b"".join(digests), usedforsecurity=False).hexdigest()
    return f"{whole}-{len(parts)}"


def read_small(content: bytes, sizes: list[int], etag: str, wanted: int) -> str:
    """What is found wrong, with blocks of 4 bytes and parts of 8, 12 and 16."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(objectreading, "_BLOCK", 4)
        patch.setattr(objectreading, "_PARTS", (8, 12, 16))
        sums = objectreading._Sums(wanted, etag)
        for block in objectreading._blocks(Dribble(content, sizes)):
            sums.take(block)
        return sums.fault("key")


@given(
    st.binary(min_size=1, max_size=70),
    st.lists(st.integers(1, 9), min_size=1, max_size=5),
    st.sampled_from([8, 12, 16, None]),
    st.data(),
)
def test_short_reads_change_nothing(
    content: bytes, sizes: list[int], part: int | None, data: st.DataObject
) -> None:
    plain = hashlib.md5(content, usedforsecurity=False).hexdigest()
    etag = etag_of(content, part) if part else plain
    assert read_small(content, sizes, etag, len(content)) == ""
    flipped = bytearray(content)
    flipped[data.draw(st.integers(0, len(content) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    fault = read_small(bytes(flipped), sizes, etag, len(content))
    assert fault == "key does not hold what it did"
    cut = read_small(content[:-1], sizes, etag, len(content))
    assert cut == f"key has {len(content) - 1} bytes, not {len(content)}"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("weed")
    with weed.running(folder, OPERATOR.access, OPERATOR.secret.reveal()) as address:
        yield Store(address)


def test_what_is_whole_has_no_fault(store: Store) -> None:
    bucket = store.bucket("whole")
    store.put(bucket, "empty", b"")
    store.put(bucket, "small", b"1" * 1000)
    store.put(bucket, "larger", bytes(range(256)) * 4 * 1024 * 3)
    store.send_in_parts(bucket, "one-part", b"a" * 700)
    store.send_in_parts(bucket, "parts", b"a" * 5 * MIB, b"b" * 5 * MIB, b"c" * 1000)
    store.send_in_parts(bucket, "exact", b"a" * 5 * MIB, b"b" * 5 * MIB)
    wanted = store.wanted(bucket)
    assert {key: etag.partition("-")[2] for _, key, _, _, etag in wanted} == {
        "empty": "",
        "exact": "2",
        "larger": "",
        "one-part": "1",
        "parts": "3",
        "small": "",
    }
    assert store.faults(wanted) == []


@pytest.mark.parametrize("at", [0, 4 * MIB, 5 * MIB, 10 * MIB + 999])
def test_a_flipped_byte_is_found_in_every_part(store: Store, at: int) -> None:
    bucket = store.bucket("flipped-parts")
    whole = b"a" * 5 * MIB + b"b" * 5 * MIB + b"c" * 1000
    store.send_in_parts(bucket, "key", whole[: 5 * MIB], whole[5 * MIB : 10 * MIB], whole[-1000:])
    wanted = store.wanted(bucket)[:1]
    assert store.faults(wanted) == []
    flipped = bytearray(whole)
    flipped[at] ^= 1
    parts = flipped[: 5 * MIB], flipped[5 * MIB : 10 * MIB], flipped[-1000:]
    version = store.send_in_parts(bucket, "key", *(bytes(part) for part in parts))
    place, key, _, size, etag = wanted[0]
    assert store.faults([(place, key, version, size, etag)]) == ["key does not hold what it did"]


def test_a_flipped_byte_is_found_on_the_disk_of_the_store(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = objectstore_client._CONFIG.merge(Config(retries={"total_max_attempts": 1}))
    monkeypatch.setattr(objectstore_client, "_CONFIG", once)
    folder = tmp_path_factory.mktemp("rotten")
    # The store packs what can be packed, and then it cannot be found again.
    content = b"".join(hashlib.sha256(b"%d" % number).digest() for number in range(1500))
    with weed.running(folder, OPERATOR.access, OPERATOR.secret.reveal()) as address:
        store = Store(address)
        bucket = store.bucket("rotten")
        store.put(bucket, "sound", b"sound" * 4000)
        store.put(bucket, "key", content)
        wanted = store.wanted(bucket)
        assert store.faults(wanted) == []
        flip(folder, content)
        assert store.faults(wanted) == ["key is kept, but the store cannot read it any more"], (
            "the store sees it itself, and hands nothing out"
        )


def flip(folder: Any, content: bytes) -> None:
    """Flip one bit of the content where the store keeps it."""
    for file in sorted((folder / "data").rglob("*.dat")):
        at = file.read_bytes().find(content)
        if at >= 0:
            with file.open("r+b") as open_file:
                open_file.seek(at + len(content) // 2)
                byte = content[len(content) // 2]
                open_file.write(bytes([byte ^ 1]))
            return
    raise AssertionError(folder)


def test_what_was_replaced_is_gone_or_shorter_is_told_apart(store: Store) -> None:
    bucket = store.bucket("faults")
    for key in ("gone", "other", "short", "sound"):
        store.put(bucket, key, b"x" * 100)
    wanted = {one[1]: one for one in store.wanted(bucket)}
    store.s3.delete_object(Bucket=bucket, Key="gone", VersionId=wanted["gone"][2])
    replaced = store.put(bucket, "other", b"y" * 100)
    cut = store.put(bucket, "short", b"x" * 99)
    wanted["other"] = (bucket, "other", replaced, *wanted["other"][3:])
    wanted["short"] = (bucket, "short", cut, *wanted["short"][3:])
    mark = store.delete(bucket, "marked")
    wanted["marked"] = (bucket, "marked", mark, 1, "0" * 32)
    assert store.faults(list(wanted.values())) == [
        "gone is gone in the version that is needed",
        "marked is gone in the version that is needed",
        "other does not hold what it did",
        "short has 99 bytes, not 100",
    ]


def test_parts_of_a_size_that_nobody_knows_count_by_their_size_alone(store: Store) -> None:
    bucket = store.bucket("odd-parts")
    # As many as parts of 5 MiB would be, and then of a size that none of the known ones gives.
    store.send_in_parts(bucket, "as-many", b"a" * 6 * MIB, b"b" * 1000)
    store.send_in_parts(bucket, "fewer", b"a" * 12 * MIB, b"b" * 6 * MIB)
    wanted = store.wanted(bucket)
    assert store.faults(wanted) == []
    shorter = [(*one[:3], one[3] + 1, one[4]) for one in wanted]
    assert store.faults(shorter) == [
        f"as-many has {6 * MIB + 1000} bytes, not {6 * MIB + 1001}",
        f"fewer has {18 * MIB} bytes, not {18 * MIB + 1}",
    ]


def test_a_bucket_that_went_is_a_fault_of_the_store(store: Store) -> None:
    with pytest.raises(StoreRequestError, match="no-such-bucket"):
        store.faults([("no-such-bucket", "key", "1", 1, "0" * 32)])


def test_nothing_wanted_is_nothing_read(store: Store) -> None:
    assert store.faults([]) == []


def test_a_store_that_is_away_is_not_a_thousand_broken_objects() -> None:
    history = S3ObjectHistory(Site("http://127.0.0.1:1", "sandbox"), OPERATOR)
    wanted = [("some-bucket", f"{number}", "1", 1, "0" * 32) for number in range(50)]
    with pytest.raises(StoreUnreachableError):
        list(history.reread(wanted, lambda _text: None))
