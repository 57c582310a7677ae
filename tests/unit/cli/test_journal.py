"""`journal` from its words to stdout, stderr and exit status."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestrator.cli.main import answer
from orchestrator.errors.root import ExitStatus
from orchestrator.model.act import By, Deed, Phase
from orchestrator.model.run import Outcome
from orchestrator.tools.acts import FileActs

START = datetime(2026, 1, 31, 23, 0, tzinfo=UTC)
DEED = Deed("onboard", "a/grist", By("ops", "machine-a"), "CHG-1", "0" * 64, "7f3c91")
OTHER = replace(DEED, subject="b", instruction="", run="000001")


class HourlyClock:
    """An hour passes at every look."""

    def __init__(self) -> None:
        self.passed = -1

    def now(self) -> datetime:
        self.passed += 1
        return START + timedelta(hours=self.passed)

    def monotonic(self) -> float:
        raise AssertionError

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


@pytest.fixture
def journal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The journal of a project that the test stands in, with three acts in two files."""
    for name in ("ORCHESTRATOR_ROOT", "ORCHESTRATOR_STATE_DIR"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "ours" / "tenants").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "ours")
    folder = tmp_path / "ours" / ".orchestrator" / "journal"
    acts = FileActs(folder, HourlyClock())
    acts.record(DEED)
    acts.record(replace(DEED, phase=Phase.ENDED, outcome=Outcome.DONE))
    acts.record(OTHER)
    return folder


def test_acts_are_listed_the_newest_first(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["journal", "list"]) == 0
    assert capsys.readouterr().out == (
        "3\t2026-02-01 01:00 UTC\tonboard\tb\tbegun\tops on machine-a\t000001\t\n"
        "2\t2026-02-01 00:00 UTC\tonboard\ta/grist\tdone\tops on machine-a\t7f3c91\tCHG-1\n"
        "1\t2026-01-31 23:00 UTC\tonboard\ta/grist\tbegun\tops on machine-a\t7f3c91\tCHG-1\n"
    )
    assert answer(["journal", "list", "a", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["format"] == "orchestrator/acts/v1"
    assert [act["number"] for act in body["acts"]] == [2, 1]
    assert body["acts"][0]["outcome"] == "done"
    assert answer(["journal", "list", "c"]) == 0
    assert capsys.readouterr().out == ""


def test_one_act_is_shown(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["journal", "show", "2"]) == 0
    out = capsys.readouterr().out
    assert "number\t2\nat\t2026-02-01T00:00:00.000Z\nverb\tonboard\n" in out
    assert "phase\tended\noutcome\tdone\n" in out
    assert "where\t2026-02.jsonl:1\n" in out
    assert answer(["journal", "show", "2", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert answer(["journal", "show", "3", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["act"]["previous"] == body["digest"]
    assert answer(["journal", "show", "9"]) == ExitStatus.NOT_FOUND
    assert "error[act-unknown]" in capsys.readouterr().err


def test_a_journal_that_holds_is_verified(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["journal", "verify"]) == 0
    first, last, broken, remark = capsys.readouterr().out.splitlines()
    assert first == "acts\t3 from 2026-01-31 23:00 UTC to 2026-02-01 01:00 UTC"
    assert last.startswith("last line\t")
    assert broken == "broken\tnothing"
    assert remark.startswith("remark\t2026-02.jsonl:2: run 000001 has begun and has not ended")
    assert answer(["journal", "verify", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["format"] == "orchestrator/journal-verification/v1"
    assert (body["records"], body["breaks"]) == (3, [])
    assert body["remarks"][0]["line"] == 2
    assert last.endswith(body["head"])


def test_a_break_is_told_by_file_and_line_and_fails(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = journal / "2026-01.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"ops"', b'"spo"'))
    assert answer(["journal", "verify"]) == ExitStatus.FAILED
    captured = capsys.readouterr()
    assert "broken\t1\n" in captured.out
    assert "error[journal-broken]" in captured.err
    assert "2026-02.jsonl:1: `previous` differs from the line before" in captured.err
    assert answer(["journal", "verify", "--json"]) == ExitStatus.FAILED
    captured = capsys.readouterr()
    (spot,) = json.loads(captured.out)["breaks"]
    assert (spot["file"], spot["line"]) == ("2026-02.jsonl", 1)
    assert json.loads(captured.err)["code"] == "journal-broken"


def test_a_line_that_cannot_be_read_is_not_passed_over_in_silence(
    journal: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (journal / "2026-01.jsonl").write_bytes(b"{}\n")
    assert answer(["journal", "list"]) == 0
    captured = capsys.readouterr()
    assert len(captured.out.splitlines()) == 2
    assert "Some lines cannot be read" in captured.err


def test_files_need_no_project_and_are_taken_by_name(
    journal: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(journal)
    for child in journal.parents[1].iterdir():
        if child.name == "tenants":
            child.rmdir()
    assert answer(["journal", "verify", "2026-02.jsonl", "2026-01.jsonl"]) == 0
    assert answer(["journal", "verify", "2026-02.jsonl"]) == 0
    assert "begins at number 2: what was before it was not given" in capsys.readouterr().out
    assert answer(["journal", "verify", "2026-01.jsonl", "2026-03.jsonl"]) == 2
    assert answer(["journal", "verify"]) == ExitStatus.CONFIGURATION


def test_an_empty_journal_is_no_fault(journal: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path in journal.iterdir():
        path.unlink()
    assert answer(["journal", "verify"]) == 0
    assert "acts\t0\n" in capsys.readouterr().out
    assert answer(["journal", "show", "1"]) == ExitStatus.NOT_FOUND


@pytest.mark.parametrize("by_variable", [True, False])
def test_an_instruction_with_a_mail_address_is_refused_unsaid(
    journal: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    *,
    by_variable: bool,
) -> None:
    before = {path: path.read_bytes() for path in journal.iterdir()}
    words = ["onboard", "saint-martin", "--yes"]
    if by_variable:
        monkeypatch.setenv("ORCHESTRATOR_INSTRUCTION", "marie@ville.example")
    else:
        words += ["--instruction", "marie@ville.example"]
    assert answer(words) == ExitStatus.CONFIGURATION
    err = capsys.readouterr().err
    assert "error[usage]" in err
    assert "looks like a mail address" in err
    assert "marie" not in err
    assert {path: path.read_bytes() for path in journal.iterdir()} == before


def test_an_instruction_reaches_the_settings(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from orchestrator import wiring
    from orchestrator.errors.engine import CancelledError
    from orchestrator.settings import Settings

    heard: list[str] = []

    def opened(settings: Settings, *_: object) -> None:
        heard.append(settings.instruction)
        raise CancelledError("this")

    monkeypatch.setattr(wiring, "open_onboarding", opened)
    monkeypatch.setenv("ORCHESTRATOR_INSTRUCTION", "CHG-2")
    answer(["onboard", "a", "--yes"])
    answer(["onboard", "a", "--yes", "--instruction", " CHG-3 "])
    monkeypatch.delenv("ORCHESTRATOR_INSTRUCTION")
    answer(["onboard", "a", "--yes"])
    assert heard == ["CHG-2", "CHG-3", ""]
