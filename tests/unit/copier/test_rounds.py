"""Every version of a real bucket is carried into another, whatever is done to the first."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestrator.copier.labels import FOLDER, GONE, parsed
from orchestrator.copier.rounds import RoundFailedError, Rounds
from orchestrator.copier.side import Side, client
from orchestrator.model.names import InstanceNames
from orchestrator.model.secret import Secret
from orchestrator.recovery.history import as_of, difference, unlike
from orchestrator.recovery.kept_objects import KeptObjects, behind
from orchestrator.tools.objecthistory import S3ObjectHistory
from orchestrator.tools.objectstore_client import Keys, Site
from tests import weed

OPERATOR = Keys("OPERATOR", Secret("operator-secret-for-tests"))
NAMES = InstanceNames("saint-martin", "grist")
SOURCE, TARGET = NAMES.bucket, NAMES.backup_bucket
KEYS = ("docs/a.grist", "docs/a.grist-x", "docs/attachments/a/0.png", "docs/b.grist")
NOW = timedelta(0)


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("weed")
    with weed.running(folder, OPERATOR.access, OPERATOR.secret.reveal()) as address:
        yield address


@pytest.fixture
def s3(endpoint: str, tmp_path: Path) -> Iterator[Any]:
    files = (tmp_path / "access", tmp_path / "secret")
    for path, text in zip(files, (OPERATOR.access, OPERATOR.secret.reveal()), strict=True):
        path.write_text(f"{text}\n")
    made = client(endpoint, "sandbox", files, None)
    for name in (SOURCE, TARGET):
        made.create_bucket(Bucket=name)
        versioned = {"Status": "Enabled"}
        made.put_bucket_versioning(Bucket=name, VersioningConfiguration=versioned)
    yield made
    for name in (SOURCE, TARGET):
        for one in S3ObjectHistory(Site(endpoint, "sandbox"), OPERATOR).versions(name):
            made.delete_object(Bucket=name, Key=one.key, VersionId=one.version)
        made.delete_bucket(Bucket=name)


@pytest.fixture
def history(endpoint: str) -> S3ObjectHistory:
    return S3ObjectHistory(Site(endpoint, "sandbox"), OPERATOR)


@pytest.fixture
def rounds(s3: Any, tmp_path: Path) -> Callable[[], Rounds]:
    return lambda: Rounds(Side(s3, SOURCE), Side(s3, TARGET), tmp_path, lambda _said: None)


def put(s3: Any, key: str, content: str) -> str:
    return str(s3.put_object(Bucket=SOURCE, Key=key, Body=content.encode())["VersionId"])


def destroy(s3: Any, key: str, *versions: str) -> None:
    for version in versions:
        s3.delete_object(Bucket=SOURCE, Key=key, VersionId=version)


def next_second(history: S3ObjectHistory) -> datetime:
    """A moment of the store that is over: what is written from here on is later."""
    moment = history.now()
    while history.now() <= moment:
        time.sleep(0.1)
    return moment


def contents(history: S3ObjectHistory, moment: datetime) -> dict[str, bytes]:
    """What the copies say that the bucket held at a moment."""
    kept = KeptObjects(history, TARGET)
    chosen = [one for one in as_of(kept.versions(), moment, NOW, frozenset()) if one.version]
    items = dict(zip((one.key for one in chosen), kept.items(chosen), strict=True))
    found = {key: history.read(TARGET, one.key, one.version) for key, one in items.items()}
    return {key: content or b"" for key, content in found.items()}


def test_each_version_is_copied_once(
    s3: Any, history: S3ObjectHistory, rounds: Callable[[], Rounds]
) -> None:
    for key in KEYS:
        put(s3, key, f"{key} 1")
        put(s3, key, f"{key} 2")
    assert behind(history, NAMES) == KEYS
    copier = rounds()
    assert (copier.round(), copier.round()) == (8, 0)
    assert behind(history, NAMES) == ()
    assert contents(history, history.now()) == {key: f"{key} 2".encode() for key in KEYS}
    put(s3, KEYS[0], "3")
    assert behind(history, NAMES) == KEYS[:1]
    assert rounds().round() == 1, "another process begins with what the store says"
    assert rounds().round() == 0


def test_versions_of_one_second_stay_in_order(
    s3: Any, history: S3ObjectHistory, rounds: Callable[[], Rounds]
) -> None:
    copier = rounds()
    for number in range(6):
        put(s3, KEYS[0], f"{number}")
        if number % 2:
            copier.round()
    kept = list(KeptObjects(history, TARGET).versions())
    assert len(kept) == 6
    (one,) = contents(history, history.now()).values()
    assert one == b"5"


def test_what_the_product_destroys_is_kept(
    s3: Any, history: S3ObjectHistory, rounds: Callable[[], Rounds]
) -> None:
    copier = rounds()
    first = put(s3, KEYS[0], "first")
    other = put(s3, KEYS[3], "other")
    copier.round()
    before = next_second(history)
    second = put(s3, KEYS[0], "second")
    copier.round()
    destroy(s3, KEYS[0], first)
    destroy(s3, KEYS[3], other)
    assert copier.round() == 1, "an object that is gone without a mark is marked"
    assert copier.round() == 0
    assert contents(history, before) == {KEYS[0]: b"first", KEYS[3]: b"other"}
    assert contents(history, history.now()) == {KEYS[0]: b"second"}
    destroy(s3, KEYS[0], second)
    assert rounds().round() == 1, "also when it went while nobody looked"
    assert contents(history, history.now()) == {}
    marks = [parsed(one.key)[1] for one in history.versions(TARGET, FOLDER) if not one.size]
    assert {(one.deleted, one.version) for one in marks} == {(True, GONE)}


def test_a_mark_of_deletion_is_copied_and_what_comes_back_after_it(
    s3: Any, history: S3ObjectHistory, rounds: Callable[[], Rounds]
) -> None:
    copier = rounds()
    put(s3, KEYS[0], "1")
    s3.delete_object(Bucket=SOURCE, Key=KEYS[0])
    assert copier.round() == 0, "nobody can see it any more, and it was never copied"
    put(s3, KEYS[0], "2")
    assert copier.round() == 3
    s3.delete_object(Bucket=SOURCE, Key=KEYS[0])
    assert copier.round() == 1
    assert contents(history, history.now()) == {}
    assert rounds().round() == 0


def test_a_version_that_went_before_it_was_copied_is_said(s3: Any, tmp_path: Path) -> None:
    said: list[str] = []
    source = Side(s3, SOURCE)
    copier = Rounds(source, Side(s3, TARGET), tmp_path, said.append)
    went = put(s3, KEYS[0], "1")
    put(s3, KEYS[0], "2")
    told = source.versions

    def late(key: str) -> Any:
        found = told(key)
        destroy(s3, KEYS[0], went)
        return found

    source.versions = late  # type: ignore[method-assign]
    assert (copier.round(), copier.round()) == (1, 0)
    assert said == [f"{KEYS[0]} {went} was destroyed before it was copied"]


def test_a_round_that_fails_is_made_again(s3: Any, tmp_path: Path) -> None:
    target = Side(s3, TARGET)
    copier = Rounds(Side(s3, SOURCE), target, tmp_path, lambda _said: None)
    for key in KEYS:
        put(s3, key, key)
    stored, left = target.store, [2]

    def full(key: str, content: Any) -> None:
        if not left[0]:
            raise OSError(28, "full")
        left[0] -= 1
        stored(key, content)

    target.store = full  # type: ignore[method-assign]
    with pytest.raises(RoundFailedError, match=r"2 copied, 2 failed, of them .*full"):
        copier.round()
    left[0] = 10
    assert (copier.round(), copier.round()) == (2, 0)


def test_nobody_waits_for_leave_to_send_a_body(s3: Any) -> None:
    """On TLS such a wait hangs now and then until it is given up."""
    sent: list[Any] = []
    s3.meta.events.register("before-send.s3", lambda request, **_: sent.append(request.headers))
    Side(s3, TARGET).store("a", io.BytesIO(b"content"))
    assert [name for name in sent[0] if name.lower() == "expect"] == []


def test_one_object_that_cannot_be_read_stops_no_other(s3: Any, tmp_path: Path) -> None:
    source = Side(s3, SOURCE)
    copier = Rounds(source, Side(s3, TARGET), tmp_path, lambda _said: None)
    for key in KEYS:
        put(s3, key, key)
    fetched = source.fetch

    def fetch(key: str, version: str, into: Any) -> bool:
        if key == KEYS[0]:
            raise OSError(5, "read error")
        return fetched(key, version, into)

    source.fetch = fetch  # type: ignore[method-assign]
    for made in (3, 0):
        with pytest.raises(RoundFailedError, match=f"{made} copied, 1 failed, of them {KEYS[0]}"):
            copier.round()


def test_many_pages_are_listed_whole(
    s3: Any, history: S3ObjectHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [f"{number * 7919 % 10007:05d}Yq" for number in range(9)]
    names = [f"docs/{one}.grist" for one in ids]
    names += [f"docs/assets/unversioned/{one}/meta.json" for one in ids]
    names += [f"docs/attachments/{one}/{number}.png" for one in ids[::2] for number in range(3)]
    for name in names:
        put(s3, name, name)
    paged = s3.get_paginator

    def small(name: str) -> Any:
        pages = paged(name)
        whole = pages.paginate
        pages.paginate = lambda **given: whole(**given, PaginationConfig={"PageSize": 2})
        return pages

    monkeypatch.setattr(s3, "get_paginator", small)
    side = Side(s3, SOURCE)
    assert sorted({key for key, _ in side.current()}) == sorted(names)
    Rounds(side, Side(s3, TARGET), tmp_path, lambda _said: None).round()
    assert set(contents(history, history.now())) == set(names)


def test_brought_back_from_copies_it_is_as_it_was(
    s3: Any, history: S3ObjectHistory, rounds: Callable[[], Rounds]
) -> None:
    copier = rounds()
    gone = put(s3, KEYS[0], "gone")
    put(s3, KEYS[1], "kept")
    put(s3, KEYS[3], "then")
    copier.round()
    moment = next_second(history)
    destroy(s3, KEYS[0], gone)
    put(s3, KEYS[3], "later")
    put(s3, KEYS[2], "new")
    copier.round()

    kept = KeptObjects(history, TARGET)
    choices = list(as_of(kept.versions(), moment, NOW, frozenset()))
    assert unlike(choices, history.versions(SOURCE)) == (KEYS[0], KEYS[3])
    todo = difference(choices, history.versions(SOURCE))
    assert (todo.hide, todo.right) == ((KEYS[2],), 1)
    assert history.bring(TARGET, SOURCE, kept.wanted(todo.bring), lambda _said: None) == 2
    history.hide(SOURCE, todo.hide)
    assert unlike(choices, history.versions(SOURCE)) == ()
    assert history.read(SOURCE, KEYS[0]) == b"gone"
    assert copier.round() == 3, "what came back is copied as anything else"
    assert contents(history, history.now()) == contents(history, moment)


def test_a_copy_that_is_written_over_counts_as_it_was(
    s3: Any, history: S3ObjectHistory, rounds: Callable[[], Rounds]
) -> None:
    put(s3, KEYS[0], "true")
    rounds().round()
    (key,) = [one.key for one in history.versions(TARGET, FOLDER)]
    s3.put_object(Bucket=TARGET, Key=key, Body=io.BytesIO(b"false"))
    assert contents(history, history.now()) == {KEYS[0]: b"true"}
    s3.delete_object(Bucket=TARGET, Key=key)
    assert contents(history, history.now()) == {KEYS[0]: b"true"}
