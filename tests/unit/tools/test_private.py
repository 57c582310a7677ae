"""Private folders: nobody else's business, gone afterwards, cleared after who was killed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestrator.tools import private
from orchestrator.tools.private import private_folder


def test_it_is_private_and_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private, "_MEMORY", tmp_path)
    with private_folder("play") as name:
        assert Path(name).parent == tmp_path
        assert Path(name).stat().st_mode & 0o777 == 0o700
    assert not list(tmp_path.iterdir())


def test_what_the_dead_left_is_cleared_and_what_the_living_use_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private, "_MEMORY", tmp_path)
    left = [tmp_path / f"orchestrator-{name}-999999999-x" for name in ("play", "cluster")]
    used = tmp_path / f"orchestrator-play-{os.getppid()}-x"
    others = [tmp_path / f"orchestrator-{name}" for name in ("notes", "notes-of-mine")]
    for one in (*left, used, *others):
        one.mkdir()
    with private_folder("play"):
        assert not any(one.exists() for one in left)
    assert sorted(tmp_path.iterdir()) == sorted([used, *others])


def test_what_another_clears_at_the_same_moment_is_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private, "_MEMORY", tmp_path)
    left = tmp_path / "orchestrator-cluster-999999999-x"
    left.mkdir()
    listed = Path.glob

    def cleared(folder: Path, pattern: str) -> list[Path]:
        found = list(listed(folder, pattern))
        left.rmdir()
        return found

    monkeypatch.setattr(Path, "glob", cleared)
    with private_folder("cluster") as name:
        assert Path(name).is_dir()
