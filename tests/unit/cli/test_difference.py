"""`tenant diff` against a file and against the project's own history."""

from __future__ import annotations

import json
import subprocess  # noqa: TID251 - the history that is read is made by git itself
from pathlib import Path

import pytest

from orchestrator.cli.main import answer

CLONE = Path(__file__).parents[3]
FILE = "saint-martin.yaml"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("GIT_DIR", "GIT_WORK_TREE", "ORCHESTRATOR_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    (tmp_path / "tenants").mkdir()
    for name in (FILE, "_defaults.yaml"):
        (tmp_path / "tenants" / name).write_bytes((CLONE / "tenants" / name).read_bytes())
    monkeypatch.chdir(tmp_path)
    return tmp_path


def git(project: Path, *words: str) -> None:
    who = ("-c", "user.name=ops", "-c", "user.email=ops@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", project, *who, *words], check=True, capture_output=True)


@pytest.fixture
def kept(project: Path) -> Path:
    """The same with a history: the file as it is, then with another name of the site."""
    git(project, "init", "--quiet")
    git(project, "commit", "--quiet", "--allow-empty", "--message", "nothing yet")
    git(project, "add", "tenants")
    git(project, "commit", "--quiet", "--message", "first")
    file = project / "tenants" / FILE
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("size: demo", "size: small"), encoding="utf-8")
    return project


def fails(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, object]]:
    capsys.readouterr()
    status = answer(["tenant", "diff", "saint-martin", *words, "--json"])
    return status, json.loads(capsys.readouterr().err)


def test_a_revision_shows_what_was_changed_since(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["tenant", "diff", "saint-martin", "--against", "HEAD", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body == {
        "format": "orchestrator/tenant-diff/v1",
        "differences": [{"key": "instances.decidim.size", "before": "demo", "after": "small"}],
    }
    git(kept, "commit", "--quiet", "--all", "--message", "second")
    assert answer(["tenant", "diff", "saint-martin", "--against", "HEAD"]) == 0
    assert "Nothing counts differently" in capsys.readouterr().err


def test_a_file_is_compared_as_before(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (kept / "before.yaml").write_bytes((CLONE / "tenants" / FILE).read_bytes())
    assert answer(["tenant", "diff", "saint-martin", "before.yaml"]) == 0
    assert "instances.decidim.size\tdemo\tsmall" in capsys.readouterr().out


def test_no_history(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, fault = fails(capsys, "--against", "HEAD")
    assert (status, fault["code"]) == (2, "repository-missing")
    assert "not a git repository" in str(fault["why"])


@pytest.mark.parametrize("revision", ["v9", "--help", "--output=/tmp/x", "HEAD:tenants", ""])
def test_no_such_revision(kept: Path, capsys: pytest.CaptureFixture[str], revision: str) -> None:
    status, fault = fails(capsys, f"--against={revision}")
    expected = (6, "revision-missing") if revision else (2, "usage")
    assert (status, fault["code"]) == expected


def test_a_file_that_was_not_there_yet(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, fault = fails(capsys, "--against", "HEAD~1")
    assert (status, fault["code"]) == (6, "revision-missing")
    assert FILE in str(fault["message"])


def test_one_of_both_is_needed(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fails(capsys)[0] == 2
    assert fails(capsys, f"tenants/{FILE}", "--against", "HEAD")[0] == 2


def test_faults_of_the_earlier_file_name_its_revision(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = kept / "tenants" / FILE
    good = file.read_text(encoding="utf-8")
    file.write_text("version: 1\nslug: saint-martin\n", encoding="utf-8")
    git(kept, "commit", "--quiet", "--all", "--message", "broken")
    file.write_text(good, encoding="utf-8")
    status, fault = fails(capsys, "--against", "HEAD")
    assert (status, fault["code"]) == (2, "tenant-file-invalid")
    assert f"HEAD:{FILE}" in str(fault["details"])
