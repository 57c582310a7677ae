"""Objects through time, against a real SeaweedFS."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from orchestrator.errors.objects import (
    ObjectTooLargeError,
    StoreDeniedError,
    StoreLacksError,
    StoreRequestError,
    StoreUnreachableError,
)
from orchestrator.model.secret import Secret
from orchestrator.ports import ObjectVersion, Wanted
from orchestrator.recovery.history import as_of, difference
from orchestrator.recovery.kept_objects import OwnObjects
from orchestrator.tools import objecthistory
from orchestrator.tools.objecthistory import AT_MOST, S3ObjectHistory
from orchestrator.tools.objectstore_client import Keys, Site, connected
from tests import weed

OPERATOR = Keys("OPERATOR", Secret("operator-secret-for-tests"))
SHAPES = {
    "flat": [f"{number * 7919 % 10007:05d}key" for number in range(40)],
    "documents": [f"docs/{number:03d}.grist" for number in range(20)]
    + [f"docs/meta/{number}.json" for number in range(5)],
    "repository": [
        "repository/archive/main/archive.info",
        "repository/archive/main/archive.info.copy",
        *(f"repository/archive/main/15-1/{number:024d}.zst" for number in range(9)),
        "repository/backup/main/20260301F/backup.manifest",
        "repository/backup/main/20260301F/backup.manifest.copy",
        "repository/backup/main/backup.info",
        "repository/backup/main/backup.info.copy",
        "repository/backup/main/latest",
    ],
    "beginnings": [
        *("A", "a", "a-b", "a.b", "a/", "a/b", "a/b-c", "a/b.c", "a/b/c", "a/c", "a0", "ab"),
        *("b c", "b c/é&+%", "b c/é", "c!", "c!d", "c"),
    ],
}


def history(endpoint: str, page: int = 1000) -> S3ObjectHistory:
    return S3ObjectHistory(Site(endpoint, "sandbox"), OPERATOR, page=page)


def silent(_said: str) -> None:
    pass


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("weed")
    with weed.running(folder, OPERATOR.access, OPERATOR.secret.reveal()) as address:
        yield address


@pytest.fixture
def s3(endpoint: str) -> Any:
    return connected("s3", Site(endpoint, "sandbox"), OPERATOR)


@pytest.fixture
def bucket(s3: Any) -> Iterator[Callable[[str], str]]:
    """Makes versioned buckets; they go with the test, since each takes room in the store."""
    made = []

    def make(name: str, status: str = "Enabled") -> str:
        s3.create_bucket(Bucket=name)
        versioned = {"Status": status}
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioned)
        made.append(name)
        return name

    yield make
    for name in made:
        while (found := s3.list_object_versions(Bucket=name)) and (
            several := found.get("Versions", []) + found.get("DeleteMarkers", [])
        ):
            for one in several:
                s3.delete_object(Bucket=name, Key=one["Key"], VersionId=one["VersionId"])
        s3.delete_bucket(Bucket=name)


def contents(s3: Any, bucket: str) -> dict[str, bytes]:
    found = s3.list_objects_v2(Bucket=bucket).get("Contents", ())
    return {
        one["Key"]: s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for one in found
    }


def next_second(past: S3ObjectHistory) -> datetime:
    """A moment of the store that is over: what is written from here on is later."""
    moment = past.now()
    while past.now() <= moment:
        time.sleep(0.1)
    return moment


def test_the_time_is_the_stores(endpoint: str) -> None:
    past = history(endpoint)
    first = past.now()
    assert first.tzinfo is UTC
    assert abs(first - datetime.now(UTC)) < timedelta(minutes=1)
    assert next_second(past) >= first


def test_a_store_without_a_time_is_said(endpoint: str) -> None:
    past = history(endpoint)
    with Stubber(past._s3) as stubber:
        stubber.add_response("list_buckets", {"Buckets": []})
        with pytest.raises(StoreLacksError, match="time"):
            past.now()


def test_versions_and_marks_come_newest_first_even_within_a_second(
    endpoint: str, s3: Any, bucket: Callable[[str], str]
) -> None:
    name = bucket("order")
    written = []
    for number in range(4):
        written.append(s3.put_object(Bucket=name, Key="b", Body=b"x" * number)["VersionId"])
        written.append(s3.delete_object(Bucket=name, Key="b")["VersionId"])
    etag = s3.put_object(Bucket=name, Key="a", Body=b"12")["ETag"].strip('"')
    s3.put_object(Bucket=name, Key="c", Body=b"")
    first, *several, last = history(endpoint).versions(name)
    assert (first.key, first.size, first.etag, first.marker) == ("a", 2, etag, False)
    assert (last.key, last.newest) == ("c", True)
    assert [one.version for one in several] == list(reversed(written))
    assert [one.marker for one in several] == [True, False] * 4
    assert [one.newest for one in several] == [True] + [False] * 7
    assert [one.size for one in several] == [0, 3, 0, 2, 0, 1, 0, 0]
    assert all(one.written.tzinfo is UTC for one in several)
    assert [one.key for one in history(endpoint).versions(name, "b")] == ["b"] * 8
    with pytest.raises(StoreRequestError):
        list(history(endpoint).versions("no-such-bucket"))


@pytest.mark.parametrize("shape", SHAPES)
def test_pages_leave_nothing_out(
    endpoint: str, s3: Any, bucket: Callable[[str], str], shape: str
) -> None:
    name = bucket(f"pages-{shape}")
    for number, key in enumerate(SHAPES[shape]):
        for _ in range(1 if key.endswith("/") else 1 + number % 3):
            s3.put_object(Bucket=name, Key=key, Body=b"1")
        if number % 4 == 0 and not key.endswith("/"):
            s3.delete_object(Bucket=name, Key=key)
    whole = list(history(endpoint).versions(name))
    assert sorted({one.key for one in whole}) == sorted(SHAPES[shape])
    assert [one.key for one in whole] == sorted(one.key for one in whole)
    for size in (1, 2, 3, 5, 11):
        assert list(history(endpoint, size).versions(name)) == whole, size
    folder = SHAPES[shape][-1][:2]
    below = [one for one in whole if one.key.startswith(folder)]
    assert list(history(endpoint, 2).versions(name, folder)) == below


def test_what_was_there_before_versions_is_not_the_newest(
    endpoint: str, s3: Any, bucket: Callable[..., str]
) -> None:
    name = bucket("before", "Suspended")
    s3.put_object(Bucket=name, Key="a", Body=b"old")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    (only,) = history(endpoint).versions(name)
    assert (only.version, only.newest) == ("null", True)
    s3.put_object(Bucket=name, Key="a", Body=b"newer")
    newest, older = history(endpoint).versions(name)
    assert (newest.size, newest.newest, older.size, older.newest) == (5, True, 3, False)
    assert history(endpoint).bring(name, name, [Wanted("a", "null", "a")], silent) == 1
    assert contents(s3, name) == {"a": b"old"}


def test_content_of_now_and_of_a_version(
    endpoint: str, s3: Any, bucket: Callable[[str], str]
) -> None:
    name, past = bucket("read"), history(endpoint)
    old = s3.put_object(Bucket=name, Key="a/é &+", Body=b"old")["VersionId"]
    s3.put_object(Bucket=name, Key="a/é &+", Body=b"new")
    assert past.read(name, "a/é &+") == b"new"
    assert past.read(name, "a/é &+", old) == b"old"
    mark = s3.delete_object(Bucket=name, Key="a/é &+")["VersionId"]
    assert past.read(name, "a/é &+") is None
    assert past.read(name, "a/é &+", mark) is None
    assert past.read(name, "a/é &+", old) == b"old"
    assert past.read(name, "b") is None
    assert past.read(name, "b", old) is None
    with pytest.raises(StoreRequestError):
        past.read("no-such-bucket", "a")
    denied = S3ObjectHistory(Site(endpoint, "sandbox"), Keys("OPERATOR", Secret("wrong")))
    with pytest.raises(StoreDeniedError):
        denied.read(name, "b")
    with pytest.raises(StoreUnreachableError):
        history("http://127.0.0.1:1").read(name, "b")


def test_only_one_writes_what_is_new(endpoint: str, s3: Any, bucket: Callable[[str], str]) -> None:
    name, past = bucket("new"), history(endpoint)
    with ThreadPoolExecutor(8) as crew:
        won = list(crew.map(lambda number: past.put_new(name, "a", b"%d" % number), range(8)))
    assert won.count(True) == 1
    assert past.read(name, "a") == b"%d" % won.index(True)
    assert len(list(past.versions(name))) == 1
    s3.delete_object(Bucket=name, Key="a")
    assert past.put_new(name, "a", b"again")


@pytest.mark.parametrize(("status", "code"), [(412, "PreconditionFailed"), (409, "Conflict")])
@pytest.mark.parametrize(("attempts", "ours"), [(0, False), (1, True)])
def test_an_own_object_found_by_a_second_attempt_is_ours(
    endpoint: str,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    code: str,
    attempts: int,
    *,
    ours: bool,
) -> None:
    past = history(endpoint)
    monkeypatch.setattr(past, "read", lambda *_which: b"content")
    with Stubber(past._s3) as stubber:
        told = {"RetryAttempts": attempts}
        stubber.add_client_error("put_object", code, "", status, response_meta=told)
        assert past.put_new("a", "b", b"content") is ours
        stubber.add_client_error("put_object", code, "", status, response_meta=told)
        assert not past.put_new("a", "b", b"other content")


def test_a_copy_that_fails_ends_it(endpoint: str, s3: Any, bucket: Callable[[str], str]) -> None:
    name, past = bucket("fails"), history(endpoint)
    version = s3.put_object(Bucket=name, Key="a", Body=b"1")["VersionId"]

    def endless() -> Iterator[Wanted]:
        yield Wanted("a", version, "a")
        while True:
            yield Wanted("gone", version, "gone")

    with pytest.raises(StoreRequestError, match="fails/gone"):
        past.bring(name, name, endless(), silent)
    assert past.bring(name, name, [], silent) == 0


def test_a_copy_that_is_too_large_is_refused(endpoint: str) -> None:
    past = history(endpoint)
    with Stubber(past._s3) as stubber:
        for size in (AT_MOST, AT_MOST + 1):
            stubber.add_client_error("copy_object", "InvalidRequest", "", 400)
            which = {"Bucket": "from", "Key": "film", "VersionId": "v"}
            stubber.add_response("head_object", {"ContentLength": size}, which)
        with pytest.raises(StoreRequestError):
            past._copy("from", "to", Wanted("film", "v", "film"))
        with pytest.raises(ObjectTooLargeError) as caught:
            past._copy("from", "to", Wanted("film", "v", "film"))
    assert caught.value.context["size"] == AT_MOST + 1


def test_progress_is_said(
    endpoint: str, s3: Any, bucket: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    name, past, said = bucket("progress"), history(endpoint), []
    monkeypatch.setattr(objecthistory, "_EVERY_S", 0.0)
    wanted = [
        Wanted(key, s3.put_object(Bucket=name, Key=key, Body=b"1")["VersionId"], key)
        for key in map(str, range(30))
    ]
    assert past.bring(name, name, iter(wanted), said.append) == 30
    assert said[-1].split() == ["30", "objects", "brought"]


def test_hiding_keeps_versions(
    endpoint: str, s3: Any, bucket: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(objecthistory, "BATCH", 3)
    name, past = bucket("hide"), history(endpoint)
    for number in range(8):
        s3.put_object(Bucket=name, Key=f"{number}", Body=b"1")
    assert past.hide(name, (f"{number}" for number in range(7))) == 7
    assert past.hide(name, []) == 0
    assert contents(s3, name) == {"7": b"1"}
    assert sum(not one.marker for one in past.versions(name)) == 8


def test_nothing_is_hidden_where_it_would_be_gone(endpoint: str, s3: Any) -> None:
    s3.create_bucket(Bucket="plain")
    s3.put_object(Bucket="plain", Key="a", Body=b"1")
    with pytest.raises(StoreLacksError):
        history(endpoint).hide("plain", ["a"])
    assert contents(s3, "plain") == {"a": b"1"}


def test_what_cannot_be_hidden_is_said(endpoint: str) -> None:
    past = history(endpoint)
    with Stubber(past._s3) as stubber:
        for code in ("AccessDenied", "InternalError"):
            stubber.add_response("get_bucket_versioning", {"Status": "Enabled"})
            fault = {"Key": "b", "Code": code, "Message": "its words"}
            stubber.add_response("delete_objects", {"Errors": [fault]})
        with pytest.raises(StoreDeniedError, match="a/b"):
            past.hide("a", ["b"])
        with pytest.raises(StoreRequestError, match="a/b"):
            past.hide("a", ["b"])


def test_versions_and_marks_are_destroyed_for_good_in_the_order_they_are_named(
    endpoint: str, s3: Any, bucket: Callable[[str], str]
) -> None:
    name, past = bucket("destroy"), history(endpoint, page=7)
    for number in range(30):
        for content in (b"old", b"new"):
            s3.put_object(Bucket=name, Key=f"a/{number:02}", Body=content)
    s3.put_object(Bucket=name, Key="gone", Body=b"1")
    s3.delete_object(Bucket=name, Key="gone")
    found = list(past.versions(name))
    wanted = [(one.key, one.version) for one in found if not one.newest]
    says: list[str] = []
    assert past.destroy(name, wanted, says.append) == 31
    assert says == ["31 versions destroyed"]
    assert past.destroy(name, wanted, silent) == 31, "what is gone is left so"
    assert contents(s3, name) == {f"a/{number:02}": b"new" for number in range(30)}
    (mark,) = [one for one in past.versions(name) if one.marker]
    assert past.destroy(name, [(mark.key, mark.version)], silent) == 1
    assert "gone" not in {one.key for one in past.versions(name)}
    assert past.destroy(name, [], silent) == 0


def test_what_is_locked_is_told_and_cannot_be_destroyed(endpoint: str, s3: Any) -> None:
    past, plain = history(endpoint), "not-locking"
    s3.create_bucket(Bucket="locking", ObjectLockEnabledForBucket=True)
    until = past.now() + timedelta(seconds=4)
    lock = {"ObjectLockMode": "COMPLIANCE", "ObjectLockRetainUntilDate": until}
    held = s3.put_object(Bucket="locking", Key="a", Body=b"1", **lock)["VersionId"]
    free = s3.put_object(Bucket="locking", Key="b", Body=b"1")["VersionId"]
    both = [("a", held), ("b", free)]
    assert past.locked("locking", both, silent) == {("a", held): until}
    with pytest.raises(StoreDeniedError):
        past.destroy("locking", both, silent)
    while past.now() <= until:
        time.sleep(0.2)
    assert past.locked("locking", both, silent) == {}
    assert past.destroy("locking", both, silent) == 2
    assert list(past.versions("locking")) == []
    s3.create_bucket(Bucket=plain)
    with Stubber(past._s3) as stubber:
        stubber.add_client_error("get_object_lock_configuration", "NoSuchObjectLockConfiguration")
        assert past.locked(plain, both, silent) == {}, "nothing of it is asked for"


def story(s3: Any, past: S3ObjectHistory, name: str) -> datetime:
    """A bucket's life up to a moment, and after it."""
    for key in ("kept", "overwritten", "deleted", "deleted before", "dropped", "film/1", "film"):
        s3.put_object(Bucket=name, Key=key, Body=f"{key} then".encode(), ContentType="text/x-then")
    s3.delete_object(Bucket=name, Key="deleted before")
    s3.delete_object(Bucket=name, Key="dropped")
    moment = next_second(past)
    s3.put_object(Bucket=name, Key="overwritten", Body=b"overwritten later")
    s3.put_object(Bucket=name, Key="overwritten", Body=b"overwritten later still")
    s3.put_object(Bucket=name, Key="dropped", Body=b"dropped, and there again")
    s3.delete_object(Bucket=name, Key="deleted")
    s3.put_object(Bucket=name, Key="late", Body=b"late then")
    s3.put_object(Bucket=name, Key="late", Body=b"late later")
    s3.put_object(Bucket=name, Key="new", Body=b"new later")
    return moment


NEEDED = {"kept", "overwritten", "deleted", "dropped", "late", "lost"}
FOUND = ("kept", "overwritten", "deleted", "dropped", "late", "film", "film/1")


@pytest.mark.parametrize("where", ["in place", "elsewhere"])
def test_time_travel(endpoint: str, s3: Any, bucket: Callable[[str], str], where: str) -> None:
    past, source = history(endpoint), bucket("source")
    moment = story(s3, past, source)
    target = source
    if where == "elsewhere":
        target = bucket("target")
        s3.put_object(Bucket=target, Key="kept", Body=b"kept then")
        s3.put_object(Bucket=target, Key="new", Body=b"somebody's")

    choices = list(as_of(past.versions(source), moment, timedelta(seconds=60), NEEDED))
    assert [one.key for one in choices if one.version is None] == ["lost"]
    assert [one.key for one in choices if one.late] == ["late"]
    assert [one.key for one in choices if one.raised] == ["dropped"]
    before: list[ObjectVersion] = list(past.versions(target))
    todo = difference(choices, before)
    if where == "in place":
        assert {key for key, _ in todo.bring} == {"overwritten", "deleted", "dropped", "late"}
        assert (todo.hide, todo.right) == (("new",), 3)
    else:
        assert {key for key, _ in todo.bring} == set(FOUND) - {"kept"}
        assert (todo.hide, todo.right) == (("new",), 1)
    assert past.bring(source, target, OwnObjects(past, source).wanted(todo.bring), silent) == len(
        todo.bring
    )
    assert past.hide(target, todo.hide) == 1

    assert contents(s3, target) == {key: f"{key} then".encode() for key in FOUND}
    assert s3.head_object(Bucket=target, Key="deleted")["ContentType"] == "text/x-then"
    again = difference(choices, past.versions(target))
    assert (again.bring, again.hide, again.right) == ((), (), len(FOUND))
    after = {one.version for one in past.versions(target)}
    assert {one.version for one in before} <= after, "nothing is destroyed"
