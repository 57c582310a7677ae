"""A project of its own for each test, with one right tenant file to spoil."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator import settings as settings_module
from orchestrator.settings import Settings

CLONE = Path(__file__).parents[3]
RIGHT = (CLONE / "tenants" / "saint-martin.yaml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ROOT", "STATE_DIR", "CACHE_DIR", "SANDBOX_DIR", "LANG"):
        monkeypatch.delenv(f"ORCHESTRATOR_{name}", raising=False)


@pytest.fixture
def project(tmp_path: Path) -> Settings:
    """An empty project; platforms, sizes and defaults are the shipped ones."""
    (tmp_path / "tenants").mkdir()
    return settings_module.load(tmp_path)


@pytest.fixture
def right() -> str:
    """The text of a tenant file without a fault."""
    return RIGHT


@pytest.fixture
def write(project: Settings) -> Callable[..., Path]:
    """Writes a file below the project's `tenants/`."""

    def at(text: str | bytes, name: str = "saint-martin.yaml") -> Path:
        path = project.tenants / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return at
