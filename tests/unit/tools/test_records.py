"""Records are whole or not there, never overwritten, and strangers do no harm."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestrator.tools.records import LARGEST, Records


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_kept_and_read_back_in_order_of_names(tmp_path: Path) -> None:
    records = Records(tmp_path / "drills")
    assert list(records.all()) == []
    assert records.keep("b.json", b"second")
    assert records.keep("a.json", b"first")
    assert list(records.all()) == [("a.json", b"first"), ("b.json", b"second")]
    assert names(tmp_path / "drills") == ["a.json", "b.json"]
    assert (tmp_path / "drills").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "drills" / "a.json").stat().st_mode & 0o777 == 0o600


def test_what_is_kept_is_never_overwritten(tmp_path: Path) -> None:
    records = Records(tmp_path)
    assert records.keep("a.json", b"true")
    assert not records.keep("a.json", b"forged")
    assert list(records.all()) == [("a.json", b"true")]
    assert names(tmp_path) == ["a.json"]


def test_a_disk_that_refuses_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        Records(tmp_path).keep("a.json", b"half")
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", ["", ".", "..", "../a.json", "/etc/a.json", ".a.json", "a/b"])
def test_names_that_lead_elsewhere(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no name of a record"):
        Records(tmp_path / "drills").keep(name, b"x")
    assert names(tmp_path) == []


def test_strangers_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    (tmp_path / ".new-7f").write_bytes(b"half")
    (tmp_path / "link.json").symlink_to("/etc/hostname")
    (tmp_path / "large.json").write_bytes(b"x" * (LARGEST + 1))
    (tmp_path / "notes.txt").write_bytes(b"read, for who asks decides what is a record")
    assert [name for name, _ in Records(tmp_path).all()] == ["notes.txt"]
