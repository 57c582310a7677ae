"""Processes are recognised for what they are: ours, alive, answering; or not."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestrator.errors.sandbox import PartNotReadyError
from orchestrator.sandbox import supervise
from orchestrator.sandbox.layout import Layout
from orchestrator.sandbox.part import Part
from orchestrator.sandbox.supervise import Supervisor
from orchestrator.tools import process

SLEEP = ("sleep", "300")


class HastyClock:
    """Its time passes a hundred times as fast, so that nobody waits long."""

    def now(self) -> datetime:
        return datetime(2030, 1, 1, tzinfo=UTC)

    def monotonic(self) -> float:
        return time.monotonic() * 100

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / 100)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    folder = tmp_path / "units"
    folder.mkdir()
    return Layout("units", folder, octet=1, port=1)


@pytest.fixture
def supervisor(layout: Layout) -> Iterator[Supervisor]:
    made = Supervisor(layout, HastyClock())
    yield made
    for file in layout.path("run").glob("*.json"):
        made.end(file.stem)
    for child in process._STARTED:
        child.wait(10)
    process._STARTED.clear()


def part(
    argv: tuple[str, ...] = SLEEP, *, name: str = "part", ready: Callable[[], bool] = lambda: True
) -> Part:
    return Part(name, argv, "host", ready=ready, wait_s=30.0)


def pid(supervisor: Supervisor, name: str = "part") -> int:
    found = supervisor.running(name)
    assert found is not None
    return found.pid


def halt(number: int) -> None:
    os.kill(number, signal.SIGSTOP)
    stat = Path(f"/proc/{number}/stat")
    while stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "T":
        time.sleep(0.01)


def test_a_part_is_started_once(supervisor: Supervisor) -> None:
    assert supervisor.state(part()) == "down"
    assert supervisor.start(part())
    first = pid(supervisor)
    assert not supervisor.start(part())
    assert pid(supervisor) == first
    assert supervisor.state(part()) == "up"
    assert supervisor.end("part")
    assert not supervisor.end("part")
    assert supervisor.state(part()) == "down"


def test_a_part_in_another_form_is_started_anew(supervisor: Supervisor) -> None:
    supervisor.start(part())
    first = pid(supervisor)
    other = part(("sleep", "301"))
    assert not supervisor.current(other)
    assert supervisor.start(other)
    assert pid(supervisor) != first
    assert supervisor.current(other)


@pytest.mark.parametrize("field", ["boot", "started"])
def test_a_number_that_another_process_has_now_is_not_ours(
    supervisor: Supervisor, layout: Layout, field: str
) -> None:
    supervisor.start(part())
    file = layout.path("run", "part.json")
    kept = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**kept, field: "another"}), encoding="utf-8")
    assert supervisor.running("part") is None
    assert not supervisor.end("part")
    os.kill(kept["pid"], 0)  # and so it was not ended
    os.kill(kept["pid"], signal.SIGKILL)


@pytest.mark.parametrize("text", ["", "{"])
def test_a_damaged_file_counts_as_none(supervisor: Supervisor, layout: Layout, text: str) -> None:
    layout.path("run", "part.json").write_text(text, encoding="utf-8")
    assert supervisor.running("part") is None


def test_one_that_does_not_answer_or_is_halted_is_unhealthy(supervisor: Supervisor) -> None:
    supervisor.start(part())
    assert supervisor.state(part(ready=lambda: False)) == "unhealthy"
    halt(pid(supervisor))
    assert supervisor.state(part()) == "unhealthy"


def test_somebody_else_at_its_place_does_not_make_it_ready(supervisor: Supervisor) -> None:
    ends = part(("sh", "-c", "echo address already in use; exit 1"), ready=lambda: True)
    supervisor.start(ends)
    while supervisor.running("part"):
        time.sleep(0.01)
    with pytest.raises(PartNotReadyError, match="it ended") as told:
        supervisor.wait(ends)
    assert told.value.details == ("address already in use",)
    assert str(supervisor.log("part")) in told.value.why


def test_one_that_never_answers_is_told_with_its_log(supervisor: Supervisor) -> None:
    silent = part(("sh", "-c", "echo starting; exec sleep 300"), ready=lambda: False)
    supervisor.start(silent)
    with pytest.raises(PartNotReadyError, match="no answer within 30 s") as told:
        supervisor.wait(silent)
    assert told.value.details == ("starting",)


def test_one_that_hangs_is_started_anew_and_told(supervisor: Supervisor) -> None:
    said: list[str] = []
    supervisor.have([part()], said.append)
    hanging = pid(supervisor)
    halt(hanging)
    assert supervisor.have([part()], said.append) == {"part"}
    assert pid(supervisor) != hanging
    assert said == [
        "part part: ready",
        "part part: runs and does not answer, starting it anew",
        "part part: ready",
    ]


def test_one_that_only_needs_a_moment_is_left_alone(supervisor: Supervisor) -> None:
    said: list[str] = []
    supervisor.have([part()], said.append)
    before = pid(supervisor)
    answers = iter([False, False, True])
    supervisor.have([part(ready=lambda: next(answers))], said.append)
    assert pid(supervisor) == before
    assert said == ["part part: ready"]


def test_what_is_started_anew_and_still_silent_is_told(supervisor: Supervisor) -> None:
    supervisor.start(part())
    said: list[str] = []
    with pytest.raises(PartNotReadyError, match="no answer"):
        supervisor.have([part(ready=lambda: False)], said.append)
    assert len(said) == 1


def test_only_what_ended_is_started(supervisor: Supervisor) -> None:
    both = [part(name="one"), part(name="two")]
    said: list[str] = []
    supervisor.have(both, said.append)
    kept = pid(supervisor, "one")
    os.kill(pid(supervisor, "two"), signal.SIGKILL)
    while supervisor.running("two"):
        time.sleep(0.01)
    said.clear()
    assert supervisor.have(both, said.append) == {"two"}
    assert said == ["part two: ready"]
    assert pid(supervisor, "one") == kept


def test_a_process_that_cannot_be_written_down_is_ended(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []
    begin = process.start

    def recorded(*arguments: object, **further: object) -> int:
        started.append(begin(*arguments, **further))  # type: ignore[arg-type]
        return started[-1]

    def full(_path: Path, _text: str) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(process, "start", recorded)
    monkeypatch.setattr(supervise, "written", full)
    with pytest.raises(OSError, match="No space"):
        supervisor.start(part())
    (child,) = [one for one in process._STARTED if one.pid == started[0]]
    assert child.wait(10) == -signal.SIGKILL
