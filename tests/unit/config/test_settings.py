"""Flag over variable over file over built-in, each with its origin; where shipped files lie."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestrator import settings
from orchestrator.errors.config import (
    ProjectMissingError,
    SettingsFaultsError,
    ShippedMissingError,
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "tenants").mkdir()
    return tmp_path


def origin(found: settings.Settings, name: str) -> tuple[str, str]:
    return next((one.text, one.origin) for one in found.values if one.name == name)


def test_the_root_is_found_upwards(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(root / "a" / "b")
    assert settings.load().root == root


def test_the_flag_wins_over_the_variable(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCHESTRATOR_ROOT", str(root))
    assert origin(settings.load(), "root") == (str(root), "ORCHESTRATOR_ROOT")
    other = root / "other"
    (other / "tenants").mkdir(parents=True)
    assert origin(settings.load(other), "root") == (str(other), "--root")


def test_no_project_says_who_named_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProjectMissingError, match="or above it"):
        settings.load()
    with pytest.raises(ProjectMissingError) as caught:
        settings.load(tmp_path)
    assert "--root" in caught.value.why


def test_what_is_about_the_machine_needs_no_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = settings.load(needed=False)
    assert not found.has_project
    assert origin(found, "root") == (str(tmp_path), "the current folder, for want of a project")
    with pytest.raises(ProjectMissingError):  # but a folder that was named must be one
        settings.load(tmp_path / "elsewhere", needed=False)


def test_the_variable_wins_over_the_file_and_the_file_over_built_in(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert origin(settings.load(root), "state") == (str(root / ".orchestrator"), "built-in")
    (root / settings.FILE).write_text('# ours\nlanguage = "fr"\nstate = "kept"\n')
    found = settings.load(root)
    assert origin(found, "state") == (str(root / "kept"), "orchestrator.toml:3")
    assert (found.state, found.runs) == (root / "kept", root / "kept" / "runs")
    assert found.language == "fr"
    monkeypatch.setenv("ORCHESTRATOR_STATE_DIR", "/elsewhere")
    assert origin(settings.load(root), "state") == ("/elsewhere", "ORCHESTRATOR_STATE_DIR")


@pytest.mark.parametrize(
    ("body", "line", "key", "nearest"),
    [
        ('\nlanguge = "fr"\n', 2, "languge", "language"),
        ("state = 3\n", 1, "state", ""),
        ('language = "de"\n', 1, "language", ""),
        ('state = "x"\nstate = "y"\n', 2, "", ""),
        ("[state]\nx = 1\n", 1, "state", ""),
    ],
)
def test_faults_of_the_file(root: Path, body: str, line: int, key: str, nearest: str) -> None:
    (root / settings.FILE).write_text(body)
    with pytest.raises(SettingsFaultsError) as caught:
        settings.load(root)
    (fault,) = caught.value.faults
    assert (fault.line, fault.key, fault.nearest) == (line, key, nearest)


def test_a_language_nobody_speaks(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORCHESTRATOR_LANG", "de")
    with pytest.raises(SettingsFaultsError):
        settings.load(root)


def test_the_projects_own_folder_wins_over_the_shipped_one(root: Path) -> None:
    found = settings.load(root)
    shipped = settings.packaged("playbooks")
    assert found.shipped("playbooks") == shipped
    (root / "playbooks").mkdir()
    assert found.shipped("playbooks") == root / "playbooks"
    assert found.layers("playbooks") == (root / "playbooks", shipped)


def test_the_installed_package_wins_over_the_clone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "orchestrator"
    (package / "shipped" / "policies").mkdir(parents=True)
    (tmp_path / "policies").mkdir()
    monkeypatch.setattr(settings, "_PACKAGE", package)
    assert settings.packaged("policies") == package / "shipped" / "policies"
    shutil.rmtree(package / "shipped")
    assert settings.packaged("policies") == tmp_path / "policies"
    with pytest.raises(ShippedMissingError):
        settings.packaged("stacks")
