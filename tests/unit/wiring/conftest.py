"""What tests of the wiring have in common."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator import settings as found
from orchestrator.settings import Settings


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The clone's own tenants, with a state of the test's own and no sandbox."""
    monkeypatch.delenv("ORCHESTRATOR_STATE_DIR", raising=False)
    root = Path(__file__).parents[3]
    return replace(found.load(root), state=tmp_path / "state", sandboxes=tmp_path)
