"""Objects through time on a real SeaweedFS: what a version is, which is newer, what is read."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.config import Config
from botocore.stub import Stubber

from orchestrator.errors.objects import (
    StoreDeniedError,
    StoreLacksError,
    StoreRequestError,
    StoreUnreachableError,
)
from orchestrator.model.secret import Secret
from orchestrator.ports import ObjectVersion
from orchestrator.recovery.history import as_of
from orchestrator.tools import objectstore_client
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


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = tmp_path_factory.mktemp("weed")
    with weed.running(folder, OPERATOR.access, OPERATOR.secret.reveal()) as address:
        yield Store(address)


def test_versions_and_marks_of_one_second_come_newest_first(store: Store) -> None:
    bucket = store.bucket("one-second")
    written = []
    for number in range(4):
        written.append(store.put(bucket, "key", b"%d" % number))
        written.append(store.delete(bucket, "key"))
    written.append(store.put(bucket, "key", b"last"))
    found = store.found(bucket)
    assert [one.version for one in found] == written[::-1]
    assert [one.marker for one in found] == [False, *[True, False] * 4]
    assert [one.newest for one in found] == [True, *[False] * 8]
    # Were every write in a second of its own, the order would prove nothing.
    assert len({one.written for one in found}) < len(found)


def test_what_was_deleted_in_the_second_it_was_written_is_deleted(store: Store) -> None:
    bucket = store.bucket("gone-at-once")
    store.put(bucket, "key", b"1")
    store.delete(bucket, "key")
    found = store.found(bucket)
    later = max(one.written for one in found) + timedelta(seconds=1)
    assert [one.version for one in as_of(found, later, timedelta(0), ())] == [""]
    assert [one.size for one in as_of(found, later, timedelta(0), {"key"})] == [1]


def test_the_store_tells_whole_seconds_and_never_a_later_one(store: Store) -> None:
    bucket = store.bucket("seconds")
    before = datetime.now(UTC).replace(microsecond=0)
    store.put(bucket, "key", b"1")
    after = datetime.now(UTC)
    written = store.found(bucket)[0].written
    assert written.microsecond == 0
    assert before <= written <= after
    assert abs(store.history.now() - after) < timedelta(seconds=5)


def test_the_order_holds_over_the_edges_of_pages(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = store.bucket("pages")
    written: dict[str, list[str]] = {}
    for number in range(3):
        for key in ("a", "b", "c", "é"):
            written.setdefault(key, []).insert(0, store.put(bucket, key, b"%d" % number))
    for key in ("a", "c"):
        written[key].insert(0, store.delete(bucket, key))
    wanted = [(key, one) for key in ("a", "b", "c", "é") for one in written[key]]
    pages_of = store.history._s3.get_paginator

    def of(size: int) -> Any:
        def paginator(name: str) -> Any:
            real = pages_of(name)
            paginate = real.paginate
            real.paginate = lambda **given: paginate(**given, PaginationConfig={"PageSize": size})
            return real

        return paginator

    for size in (1, 2, 3, 5, 1000):
        monkeypatch.setattr(store.history._s3, "get_paginator", of(size))
        found = store.found(bucket)
        assert [(one.key, one.version) for one in found] == wanted, size


def test_a_prefix_and_an_empty_bucket(store: Store) -> None:
    bucket = store.bucket("prefixes")
    assert store.found(bucket) == []
    for key in ("points/1", "points/2", "other"):
        store.put(bucket, key, b"1")
    assert [one.key for one in store.found(bucket, "points/")] == ["points/1", "points/2"]


def test_a_bucket_that_is_not_there(store: Store) -> None:
    with pytest.raises(StoreRequestError, match="no-such-bucket"):
        store.found("no-such-bucket")


def test_nobody_there() -> None:
    history = S3ObjectHistory(Site("http://127.0.0.1:1", "sandbox"), OPERATOR)
    for ask in (history.now, lambda: list(history.versions("some-bucket"))):
        with pytest.raises(StoreUnreachableError):
            ask()


def test_an_object_is_read_as_it_is_and_as_it_was(store: Store) -> None:
    bucket = store.bucket("reading")
    assert store.history.read(bucket, "key") is None
    first = store.put(bucket, "key", b"first")
    store.put(bucket, "key", b"second")
    assert store.history.read(bucket, "key") == b"second"
    assert store.history.read(bucket, "key", first) == b"first"
    store.delete(bucket, "key")
    assert store.history.read(bucket, "key") is None
    assert store.history.read(bucket, "key", first) == b"first"
    store.s3.delete_object(Bucket=bucket, Key="key", VersionId=first)
    assert store.history.read(bucket, "key", first) is None


def test_what_is_there_is_never_written_over(store: Store) -> None:
    bucket = store.bucket("once")
    assert store.history.put_new(bucket, "key", b"first")
    assert not store.history.put_new(bucket, "key", b"second")
    assert store.history.read(bucket, "key") == b"first"
    assert len(store.found(bucket)) == 1


def test_of_many_who_write_at_once_one_has_written(store: Store) -> None:
    bucket = store.bucket("race")
    gate = threading.Barrier(8)

    def put(number: int) -> bool:
        gate.wait()
        return store.history.put_new(bucket, "key", b"%d" % number)

    with ThreadPoolExecutor(8) as crew:
        wrote = list(crew.map(put, range(8)))
    assert wrote.count(True) == 1
    assert store.history.read(bucket, "key") == b"%d" % wrote.index(True)


def test_a_version_is_brought_back_as_the_newest_and_the_others_stay(store: Store) -> None:
    bucket = store.bucket("bringing")
    keys = [f"{number}" for number in range(40)] + ["a b+c&é", "folder/key"]
    first = {key: store.put(bucket, key, f"first of {key}".encode()) for key in keys}
    for key in keys:
        store.put(bucket, key, b"second")
    assert store.history.bring(bucket, bucket, first.items(), lambda _text: None) == len(keys)
    for key in keys:
        assert store.history.read(bucket, key) == f"first of {key}".encode()
    found = store.found(bucket)
    assert len(found) == 3 * len(keys)
    # Several may be of one second: what is newest is what a reader gets.
    newest = {one.key: one for one in found if one.newest}
    assert {key: one.etag for key, one in newest.items()} == {
        key: hashlib.md5(f"first of {key}".encode(), usedforsecurity=False).hexdigest()
        for key in keys
    }


def test_what_cannot_be_brought_back_is_said(store: Store) -> None:
    bucket = store.bucket("not-there")
    version = store.put(bucket, "key", b"1")
    with pytest.raises(StoreRequestError, match="not-there"):
        store.history.bring(bucket, bucket, [("other", version)], lambda _text: None)


def test_what_is_hidden_keeps_its_versions(store: Store) -> None:
    bucket = store.bucket("hiding")
    keys = [f"{number:04}" for number in range(1005)]
    with ThreadPoolExecutor(8) as crew:
        list(crew.map(lambda key: store.put(bucket, key, b"1"), keys))
    assert store.history.hide(bucket, keys) == len(keys)
    found = store.found(bucket)
    assert [one.key for one in found] == [key for key in keys for _ in range(2)]
    assert all(one.marker == one.newest for one in found)
    assert store.history.hide(bucket, ()) == 0


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


def test_what_could_not_be_hidden_is_said() -> None:
    history = S3ObjectHistory(Site("http://127.0.0.1:1", "sandbox"), OPERATOR)
    with Stubber(history._s3) as stubber:
        denied = {"Key": "key", "Code": "AccessDenied", "Message": "not you"}
        stubber.add_response("delete_objects", {"Errors": [denied]})
        with pytest.raises(StoreDeniedError, match="some-bucket/key"):
            history.hide("some-bucket", ["key"])


def test_a_store_without_a_clock_is_said() -> None:
    history = S3ObjectHistory(Site("http://127.0.0.1:1", "sandbox"), OPERATOR)
    with Stubber(history._s3) as stubber:
        stubber.add_response("list_buckets", {"Buckets": []})
        with pytest.raises(StoreLacksError, match="its own time"):
            history.now()
