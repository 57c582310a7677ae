"""`run` about a run of several instances: shown, logged, and gone on with."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestrator.cli.main import answer
from orchestrator.engine.events import Kind
from orchestrator.engine.journal import Journal
from orchestrator.errors.root import ExitStatus
from orchestrator.model.run import Author, Outcome, Run

START = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)


class StillClock:
    """Time that stands one minute after the start."""

    def now(self) -> datetime:
        return START + timedelta(minutes=1)

    def monotonic(self) -> float:
        return 60.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("ORCHESTRATOR_ROOT", raising=False)
    assert answer(["init", str(tmp_path / "ours"), "--quiet"]) == 0
    monkeypatch.chdir(tmp_path / "ours")
    return tmp_path / "ours"


def recorded(project: Path, outcome: Outcome) -> None:
    """A run of two instances that ended like this; its tenant's file is gone since."""
    run = Run("7f3c91", "onboard", "gone", Author("ops", "host", 1), START, {})
    folder = project / ".orchestrator" / "runs" / run.id
    journal = Journal.open(folder, run, StillClock(), lambda line: line, lambda _event: None)
    waited = {"engine": 40.0}
    for one in ("gone/decidim", "gone/grist"):
        journal.record(Kind.STEP_DONE, "one", (1, 1), instance=one, seconds=50.0, waited_s=waited)
    journal.finish(
        outcome, seconds=60.0, instances={"gone/decidim": "failed", "gone/grist": "done"}
    )


def test_a_run_of_several_is_shown_by_instance(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded(project, Outcome.PARTLY_DONE)
    assert answer(["run", "show", "7f3c91"]) == 0
    shown = capsys.readouterr().out
    assert "outcome\tpartly done\ngone/decidim\tfailed\ngone/grist\tdone\n" in shown
    assert "engine 1 min 20 s" in shown
    assert answer(["run", "show", "7f3c91", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["instances"] == {"gone/decidim": "failed", "gone/grist": "done"}
    assert answer(["run", "log", "7f3c91"]) == 0
    assert "grist [1/1] one  done in 50 s" in capsys.readouterr().out
    assert answer(["run", "list", "gone"]) == 0
    assert "partly done" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("outcome", "status", "code"),
    [
        (Outcome.DONE, ExitStatus.CONFIGURATION, "run-finished"),
        (Outcome.PARTLY_DONE, ExitStatus.NOT_FOUND, "tenant-not-found"),
    ],
)
def test_a_run_that_is_partly_done_can_be_gone_on_with(
    project: Path,
    capsys: pytest.CaptureFixture[str],
    outcome: Outcome,
    status: ExitStatus,
    code: str,
) -> None:
    recorded(project, outcome)
    assert answer(["run", "resume", "7f3c91", "--yes"]) == status
    assert f"error[{code}]" in capsys.readouterr().err
