"""Objects of a moment held against the rows that name them."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.ports import ObjectVersion
from orchestrator.recovery.objects import Chosen, Reference, choose, references

AT = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)


def version(key: str, content: bytes, *, seconds: int = -10, etag: str = "") -> ObjectVersion:
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    written = AT + timedelta(seconds=seconds)
    return ObjectVersion(key, f"of-{key}", written, len(content), etag or digest, False, True)  # noqa: FBT003


def row(key: str, content: bytes) -> Reference:
    digest = hashlib.md5(content, usedforsecurity=False).digest()
    return Reference(key, len(content), base64.b64encode(digest).decode())


def chosen(versions: list[ObjectVersion], rows: list[Reference]) -> Chosen:
    return choose(versions, AT, 60, rows)


def test_what_rows_and_objects_agree_on() -> None:
    found = chosen([version("a", b"1"), version("b", b"22")], [row("a", b"1"), row("b", b"22")])
    assert (found.missing, found.differing) == ((), ())
    assert (len(found.present), found.bytes) == (2, 3)


def test_a_row_without_an_object() -> None:
    found = chosen([version("a", b"1")], [row("a", b"1"), row("c", b"1"), row("b", b"1")])
    assert found.missing == ("b", "c")


@pytest.mark.parametrize("content", [b"2", b"11"], ids=["other bytes", "other size"])
def test_a_row_with_another_object(content: bytes) -> None:
    assert chosen([version("a", content)], [row("a", b"1")]).differing == ("a",)


def test_an_object_that_no_row_names_harms_nothing() -> None:
    found = chosen([version("a", b"1"), version("orphan", b"1")], [row("a", b"1")])
    assert (found.missing, found.differing, len(found.present)) == ((), (), 2)


def test_a_row_without_a_checksum_is_held_against_the_size() -> None:
    plain = replace(row("a", b"1"), md5="")
    assert chosen([version("a", b"2")], [plain]).differing == ()
    assert chosen([version("a", b"22")], [plain]).differing == ("a",)


def test_an_object_in_parts_is_held_against_the_size() -> None:
    parts = version("a", b"2", etag="0" * 32 + "-2")
    assert chosen([parts], [row("a", b"1")]).differing == ()
    assert chosen([parts], [row("a", b"22")]).differing == ("a",)


def test_late_within_the_guard_and_after_it() -> None:
    late = [version("a", b"1", seconds=20), version("b", b"1", seconds=61)]
    found = chosen(late, [row("a", b"1"), row("b", b"1")])
    assert found.missing == ("b",)


def test_the_digest_is_of_every_key_with_its_version() -> None:
    both = [version("a", b"1"), version("b", b"1")]
    digest = chosen(both, []).digest
    assert digest == hashlib.sha256(b"a\0of-a\nb\0of-b\n").hexdigest()
    assert digest == Chosen(tuple(reversed(chosen(both, []).choices)), (), ()).digest
    assert digest != chosen(both[:1], []).digest
    assert digest != chosen([both[0], replace(both[1], version="other")], []).digest
    gone = [both[0], replace(both[1], written=AT + timedelta(days=1))]
    assert chosen(gone, []).digest == chosen(both[:1], []).digest


def test_what_the_database_says() -> None:
    told = [{"key": "a", "size": 3, "md5": "abc="}, {"key": "b", "size": "4", "md5": None}]
    assert references(told) == (Reference("a", 3, "abc="), Reference("b", 4, ""))
    assert references([]) == ()
