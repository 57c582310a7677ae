"""A sandbox that is removed stays removed, whoever looks at it meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors.sandbox import SandboxMissingError
from orchestrator.sandbox import machine, sandbox
from orchestrator.sandbox.layout import Layout, keep
from orchestrator.sandbox.sandbox import Sandbox
from orchestrator.tools.clock import SystemClock


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    folder = tmp_path / "sandboxes" / "units"
    folder.mkdir(parents=True)
    made = Layout("units", folder, octet=1, port=1)
    keep(made)
    return made


@pytest.fixture
def looked_at(layout: Layout, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    monkeypatch.setattr(machine, "refuse_not_root", lambda: None)
    monkeypatch.setattr(sandbox, "end_all", lambda *_arguments: False)
    return Sandbox(layout, tmp_path / "cache", SystemClock())


def test_who_looks_while_it_goes_begins_nothing(
    layout: Layout, looked_at: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = layout.folder.with_name("gone")

    def between(_layout: Layout) -> bool:
        if layout.folder.exists():
            layout.folder.rename(gone)
            return True
        return False

    monkeypatch.setattr(sandbox, "kept", between)
    with pytest.raises(SandboxMissingError, match="not up"):
        looked_at.status()
    assert not layout.folder.exists()


def test_what_is_written_while_it_is_removed_does_not_stop_that(
    layout: Layout, looked_at: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed = sandbox.shutil.rmtree

    def slowly(path: Path, *, ignore_errors: bool = False) -> None:
        if path.exists():
            with pytest.raises(SandboxMissingError):
                looked_at.status()
        removed(path, ignore_errors=ignore_errors)

    monkeypatch.setattr(sandbox.shutil, "rmtree", slowly)
    looked_at.reset(lambda _line: None)
    assert [path.name for path in layout.folder.parent.iterdir()] == [".units.lock"]


def test_a_removal_that_was_stopped_is_finished(layout: Layout, looked_at: Sandbox) -> None:
    aside = layout.folder.with_name(".units.removed")
    layout.folder.rename(aside)
    looked_at.reset(lambda _line: None)
    assert not aside.exists()
    assert not looked_at.down(lambda _line: None)
    assert not layout.folder.exists()
