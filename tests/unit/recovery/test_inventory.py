"""The list of everything that a point needs."""

from __future__ import annotations

import gzip
import hashlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors.signatures import SignedFormUnknownError
from orchestrator.ports import ObjectVersion
from orchestrator.recovery.inventory import Chain, Item, needed, of_repository, read, written

AT = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
LOG = "repository/archive/main/15-1/0000000100000000"
BASE = "repository/backup/main/20261126-020000F"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
ITEMS = st.builds(Item, TEXT, TEXT, TEXT, st.integers(0, 2**50), TEXT)


def version(key: str, *, newest: bool = True, marker: bool = False) -> ObjectVersion:
    return ObjectVersion(key, "v1", AT, 7, "etag", marker=marker, newest=newest)


def listed(*keys: str) -> list[str]:
    versions = [version(key) for key in keys]
    return [one.key for one in of_repository("b", versions, "000000010000000000000005")]


@given(st.lists(ITEMS, max_size=6))
def test_a_list_is_read_as_it_was_written(items: list[Item]) -> None:
    content = written(items)
    digest = hashlib.sha256(content).hexdigest()
    assert sorted(read(content, digest, "list"), key=repr) == sorted(items, key=repr)
    ordered = sorted(items, key=lambda one: (one.bucket, one.key))
    assert written(ordered) == content, "the same items give the same bytes"


def test_any_other_list_is_refused() -> None:
    content = written([Item("b", "k", "v", 1, "e")])
    digest = hashlib.sha256(content).hexdigest()
    other = written([Item("b", "k", "w", 1, "e")])
    packed = gzip.compress(gzip.decompress(content), compresslevel=1, mtime=1)
    for wrong in (other, packed, content[:-1], b""):
        with pytest.raises(SignedFormUnknownError, match="inventories/x") as caught:
            read(wrong, digest, "inventories/x")
        assert "another digest" in (caught.value.why or "")


def test_the_repository_counts_up_to_a_segment() -> None:
    found = listed(
        f"{LOG}/000000010000000000000004-aa.zst",
        f"{LOG}/000000010000000000000005-aa.zst",
        f"{LOG}/000000010000000000000006-aa.zst",
        "repository/archive/main/15-1/00000002.history",
        f"{BASE}/backup.manifest",
        f"{BASE}/bundle/1",
    )
    assert [key.rpartition("/")[2][:24] for key in found] == [
        "000000010000000000000004",
        "000000010000000000000005",
        "00000002.history",
        "backup.manifest",
        "1",
    ]


OTHER = "repository/backup/main/20261119-020000F"
CHAIN = Chain("20261126-020000F", "000000020000000000000004")


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        (f"{BASE}/backup.manifest", True),
        (f"{BASE}_20261127-020000D/bundle/1", True),
        (f"{OTHER}/backup.manifest", False),
        (f"{OTHER}_20261120-020000I/bundle/1", False),
        ("repository/backup/main/backup.history/2026/20261126-020000F.manifest.gz", True),
        ("repository/backup/main/backup.history/2026/20261119-020000F.manifest.gz", False),
        ("repository/backup/main/backup.history/2026/20261119-020000F_20261120-0I.m.gz", False),
        ("repository/backup/main/backup.info", True),
        ("repository/archive/main/archive.info.copy", True),
        (f"{LOG}/000000010000000000000009-aa.zst", False),
        ("repository/archive/main/15-1/0000000200000000/000000020000000000000003-a.zst", False),
        (
            "repository/archive/main/15-1/0000000200000000/000000020000000000000003.0028.backup",
            False,
        ),
        ("repository/archive/main/15-1/0000000200000000/000000020000000000000004-a.zst", True),
        ("repository/archive/main/15-1/0000000300000000/000000030000000000000001-a.zst", True),
        ("repository/archive/main/15-1/00000002.history", True),
        ("repository/archive/main/15-1/00000001.history", False),
        ("files/data/ab/abcd", True),
        ("20261119-020000F", True),
    ],
)
def test_of_a_chain_other_bases_and_the_log_before_it_are_not_needed(
    key: str, *, wanted: bool
) -> None:
    item = Item("b", key, "v", 1, "e")
    assert needed([item], CHAIN) == ((item,) if wanted else ())
    assert needed([item], None) == (item,)


def test_what_passes_or_is_deleted_does_not_count() -> None:
    assert listed("repository/backup/main/latest", f"{BASE}/backup.manifest.copy") == []
    hidden = [version("k", marker=True), version("k", newest=False)]
    assert of_repository("b", hidden, "0" * 24) == ()


@pytest.mark.parametrize(
    ("key", "rewritten"),
    [
        ("repository/archive/main/archive.info", True),
        ("repository/archive/main/archive.info.copy", True),
        ("repository/backup/main/backup.info", True),
        (f"{BASE}/backup.manifest", False),
        (f"{LOG}/000000010000000000000004-aa.zst", False),
        ("repository/backup/main/x/backup.info", False),
        ("other/repository/backup/main/backup.info", False),
    ],
)
def test_what_the_engine_writes_anew(key: str, *, rewritten: bool) -> None:
    assert Item("b", key, "v", 1, "e").rewritten is rewritten
