"""`tenant`, `config` and `init` from their words to stdout, stderr and exit status."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from orchestrator.cli.main import answer

NEW = (
    "tenant",
    "new",
    "val-clair",
    "--name",
    "Commune de Val-Clair",
    "--siren",
    "999001282",
    "--domain",
    "participer.val-clair.example",
    "--mail",
    "mairie@val-clair.example",
)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("ORCHESTRATOR_ROOT", raising=False)
    monkeypatch.setenv("ORCHESTRATOR_IN_AUTOMATION", "1")
    assert answer(["init", str(tmp_path / "ours"), "--quiet"]) == 0
    monkeypatch.chdir(tmp_path / "ours")
    return tmp_path / "ours"


def document(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    capsys.readouterr()
    assert answer([*words, "--json"]) == 0
    body: dict[str, object] = json.loads(capsys.readouterr().out)
    return body


def test_a_project_from_nothing_to_a_valid_tenant(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    made = document(capsys, *NEW)
    assert made["format"] == "orchestrator/tenant-new/v1"
    listed = document(capsys, "tenant", "list")
    assert listed["tenants"] == [
        {
            "tenant": "val-clair",
            "kind": "commune",
            "platform": "sandbox",
            "release": "0.31.5",
            "domain": "participer.val-clair.example",
            "instances": [
                {
                    "product": "decidim",
                    "release": "0.31.5",
                    "domain": "participer.val-clair.example",
                }
            ],
        }
    ]
    shown = document(capsys, "tenant", "show", "val-clair")
    assert shown["format"] == "orchestrator/tenant/v1"
    assert document(capsys, "tenant", "validate")["valid"] == ["val-clair"]
    assert answer(["tenant", "validate", "--policy"]) == 5
    assert "DPA-01" in capsys.readouterr().err


def test_a_kit_writes_what_its_purpose_asks(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = document(capsys, "tenant", "kits")
    assert listed["format"] == "orchestrator/kits/v1"
    assert isinstance(listed["kits"], list)
    assert "training" in [one["kit"] for one in listed["kits"]]
    assert answer([*NEW, "--kit", "consultatoin"]) == 6
    assert "did you mean `consultation`?" in capsys.readouterr().err
    assert not (project / "tenants" / "val-clair.yaml").exists()
    assert answer([*NEW, "--kit", "consultation"]) == 0
    path = project / "tenants" / "val-clair.yaml"
    written = path.read_text(encoding="utf-8")
    assert "# Kit: consultation." in written
    assert answer([*NEW, "--kit", "training"]) == 2
    assert "error[file-in-the-way]" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == written
    assert answer(["tenant", "kits", "--lang", "fr"]) == 0
    assert "Former des agents" in capsys.readouterr().out


def test_faults_end_with_2_and_unknown_tenants_with_6(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer([*NEW]) == 0
    path = project / "tenants" / "val-clair.yaml"
    path.write_text(path.read_text().replace("kind: commune", "kind: comune"))
    assert answer(["tenant", "validate"]) == 2
    assert "did you mean `commune`?" in capsys.readouterr().err
    assert document(capsys, "tenant", "list")["invalid"] == ["tenants/val-clair.yaml"]
    assert answer(["tenant", "show", "val-clar"]) == 6


def test_diff_shows_what_counts_differently(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer([*NEW]) == 0
    path = project / "tenants" / "val-clair.yaml"
    before = project / "before.yaml"
    before.write_text(path.read_text())
    path.write_text(path.read_text().replace("size: demo", "size: large"))
    found = document(capsys, "tenant", "diff", "val-clair", str(before))
    assert found["differences"] == [
        {"key": "instances.decidim.size", "before": "demo", "after": "large"}
    ]


def test_config_says_where_each_value_comes_from(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ORCHESTRATOR_STATE_DIR", "/elsewhere")
    assert answer(["config", "show", "--origin"]) == 0
    assert "state\t/elsewhere\tORCHESTRATOR_STATE_DIR" in capsys.readouterr().out


def test_init_never_writes_over_a_project(project: Path) -> None:
    assert answer(["init", str(project)]) == 2


def test_outside_a_project_the_way_in_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert answer(["tenant", "list"]) == 2
    assert "orchestrator init DIR" in capsys.readouterr().err


def test_french_is_spoken_of_policies_by_flag_file_and_locale(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    answer([*NEW, "--quiet"])
    english = "The processing agreement is signed and in force"
    french = "Contrat de sous-traitance signé et en cours"
    validate = ("tenant", "validate", "val-clair", "--policy")

    def said(*words: str) -> str:
        capsys.readouterr()
        assert answer([*validate, *words]) == 5
        return capsys.readouterr().err

    assert english in said()
    assert french in said("--lang", "fr")
    monkeypatch.setenv("LC_ALL", "fr_FR.UTF-8")
    assert french in said()
    assert english in said("--lang", "en")
    (project / "orchestrator.toml").write_text('language = "en"\n', encoding="utf-8")
    assert english in said()
