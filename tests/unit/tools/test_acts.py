"""The journal of acts on a disk: months, killed writers, and several that write at once."""

from __future__ import annotations

import os
import subprocess  # noqa: TID251 - other processes write into the same journal
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestrator.engine.acts import read_all, verify
from orchestrator.errors.acts import JournalUnreadableError, JournalUnwritableError
from orchestrator.model.act import NOTHING_BEFORE, By, Deed, Phase
from orchestrator.model.run import Outcome
from orchestrator.tools.acts import FileActs

DEED = Deed("onboard", "a/grist", By("ops", "machine-a"), "", "0" * 64, "7f3c91")
ENDED = replace(DEED, phase=Phase.ENDED, outcome=Outcome.DONE)
JANUARY, FEBRUARY = "2026-01.jsonl", "2026-02.jsonl"
EACH = 100
WRITER = """
import sys
from pathlib import Path
from orchestrator.model.act import By, Deed
from orchestrator.tools.acts import FileActs
from orchestrator.tools.clock import SystemClock
acts = FileActs(Path(sys.argv[1]), SystemClock())
sys.stdin.read()
for number in range({each}):
    run = f"{{sys.argv[2]}}-{{number}}"
    acts.record(Deed("onboard", "a/grist", By("ops", "host"), "", "", run))
"""


class Calendar:
    """Time that stands until it is moved."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 31, 23, 59, 59, 999_000, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        raise AssertionError

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def acts(tmp_path: Path, calendar: Calendar) -> FileActs:
    return FileActs(tmp_path / "state" / "journal", calendar)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state" / "journal"


def remarks(acts: FileActs) -> list[str]:
    found = verify(acts.files(), whole=True)
    assert found.breaks == ()
    return [str(spot) for spot in found.remarks]


def test_months_turn_and_the_chain_goes_on(
    acts: FileActs, calendar: Calendar, folder: Path
) -> None:
    assert acts.files() == []
    first = acts.record(DEED)
    calendar.moment += timedelta(milliseconds=1)
    second = acts.record(ENDED)
    assert (first.number, first.previous) == (1, NOTHING_BEFORE)
    assert second.number == 2
    assert [file.name for file in acts.files()] == [JANUARY, FEBRUARY]
    assert [len(file.lines) for file in acts.files()] == [1, 1]
    assert remarks(acts) == []
    calendar.moment -= timedelta(days=40)
    acts.record(DEED)
    acts.record(ENDED)
    assert [len(file.lines) for file in acts.files()] == [1, 3]
    assert remarks(acts) == [f"{FEBRUARY}:2: the time goes backwards"]


def test_nobody_else_may_read_it(acts: FileActs, folder: Path) -> None:
    acts.record(DEED)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / JANUARY).stat().st_mode & 0o777 == 0o600


def test_only_what_has_begun_is_closed_and_only_once(acts: FileActs) -> None:
    other = By("next", "machine-b")
    assert acts.close("7f3c91", Outcome.KILLED, other) is None
    acts.record(DEED)
    acts.record(replace(DEED, run="7f3c91-2"))
    closed = acts.close("7f3c91", Outcome.KILLED, other, "found dead")
    assert closed is not None
    assert closed.deed == replace(DEED, phase=Phase.ENDED, outcome=Outcome.KILLED, by=other)
    assert closed.note == "found dead"
    assert acts.close("7f3c91", Outcome.DONE, other) is None
    acts.record(DEED)
    assert acts.close("7f3c91", Outcome.DONE, other) is not None
    assert len(list(read_all(acts.files()))) == 5


@pytest.mark.parametrize("cut", [1, 2, 40, 300])
def test_a_torn_line_is_set_aside_and_told(
    acts: FileActs, calendar: Calendar, folder: Path, cut: int
) -> None:
    """Killed while writing, at the end of a month; the next one writes in another."""
    acts.record(DEED)
    acts.record(ENDED)
    path = folder / JANUARY
    whole = path.read_bytes()
    path.write_bytes(whole[:-cut])
    lost = whole.splitlines(keepends=True)[1][:-cut]
    assert verify(acts.files(), whole=True).breaks
    calendar.moment += timedelta(days=1)
    again = acts.record(ENDED)
    assert (again.number, again.note) == (2, "a torn line was set aside")
    assert (folder / "2026-01.torn").read_bytes() == lost + b"\n"
    assert remarks(acts) == [f"{JANUARY}:2: a torn line was set aside"]
    assert acts.record(DEED).note == ""
    assert [file.name for file in acts.files()] == [JANUARY, FEBRUARY]


def test_the_first_line_ever_may_be_torn(acts: FileActs, folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / JANUARY).write_bytes(b'{"at":"20')
    (folder / FEBRUARY).write_bytes(b"")  # made, and killed before anything was written
    assert acts.record(DEED).number == 1
    (folder / FEBRUARY).write_bytes(b"\0" * 9)  # what a power cut may leave
    again = acts.record(DEED)
    assert (again.number, again.note) == (1, "a torn line was set aside")


def test_killed_while_mending_it_is_still_told(
    acts: FileActs, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The longer torn line is written over, and its rest is not cut off any more."""
    acts.record(DEED)
    path = folder / JANUARY
    path.write_bytes(path.read_bytes() + b"x" * 2_000)

    def killed(_descriptor: int, _length: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "ftruncate", killed)
        with pytest.raises(KeyboardInterrupt):
            acts.record(ENDED)
    again = acts.record(DEED)
    assert (again.number, again.note) == (3, "a torn line was set aside")
    assert remarks(acts)[:2] == [f"{JANUARY}:{n}: a torn line was set aside" for n in (2, 3)]
    assert len((folder / "2026-01.torn").read_bytes().splitlines()) == 2


def test_a_line_that_cannot_be_read_stops_nothing_and_is_told(acts: FileActs, folder: Path) -> None:
    acts.record(DEED)
    acts.record(ENDED)
    path = folder / JANUARY
    path.write_bytes(path.read_bytes()[:-9] + b"\n")
    again = acts.record(DEED)
    assert (again.number, again.note) == (3, "the line before cannot be read")
    found = verify(acts.files(), whole=True)
    assert [spot.line for spot in found.breaks] == [2]


def test_what_cannot_be_written_is_told(tmp_path: Path, calendar: Calendar) -> None:
    (tmp_path / "journal").write_text("a file in the way")
    with pytest.raises(JournalUnwritableError):
        FileActs(tmp_path / "journal", calendar).record(DEED)


def test_what_cannot_be_read_is_told(acts: FileActs, folder: Path) -> None:
    (folder / JANUARY).mkdir(parents=True)
    with pytest.raises(JournalUnreadableError, match=JANUARY):
        acts.files()


def test_what_is_written_is_on_the_disk(
    acts: FileActs, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []

    def fsync(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())

    monkeypatch.setattr(os, "fsync", fsync)
    acts.record(DEED)
    assert synced == [folder / JANUARY, folder]


def test_two_processes_write_one_chain(tmp_path: Path) -> None:
    program = [sys.executable, "-c", WRITER.format(each=EACH), str(tmp_path)]
    writers = [subprocess.Popen([*program, name], stdin=subprocess.PIPE) for name in ("one", "two")]
    for writer in writers:
        assert writer.stdin
        writer.stdin.close()  # both wait for this
    assert [writer.wait(timeout=120) for writer in writers] == [0, 0]
    files = FileActs(tmp_path, Calendar()).files()
    found = verify(files, whole=True)
    assert found.breaks == ()
    assert found.records == 2 * EACH
    runs = [act.deed.run for *_, act in read_all(files)]
    for name in ("one", "two"):
        mine = [run for run in runs if run.startswith(name)]
        assert mine == [f"{name}-{number}" for number in range(EACH)]
    assert not list(tmp_path.glob("*.torn"))
