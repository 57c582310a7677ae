"""Several instances in one run: side by side, each in its own order, and each with its own end."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from orchestrator.engine import crew as crews
from orchestrator.engine.events import Event, Kind
from orchestrator.engine.fan_out import Work, carry_out_all
from orchestrator.engine.journal import Journal, instances_of, read_events, read_run
from orchestrator.engine.step import Step, once
from orchestrator.engine.stop import StopRequest, pause
from orchestrator.engine.stopwatch import waits
from orchestrator.errors.engine import RunInterruptedError
from orchestrator.errors.instances import InstancesFailedError, PartlyDoneError
from orchestrator.errors.process import ToolFailedError
from orchestrator.errors.root import ExitStatus, OrchestratorError
from orchestrator.errors.usage import RunTimedOutError
from orchestrator.model.change import Change, Operation
from orchestrator.model.run import Author, Outcome, Run
from orchestrator.tools import process
from orchestrator.tools.clock import SystemClock
from tests.unit.engine.clock import START, SteppingClock

PATIENCE_S = 30.0  # only a defect waits for so long
DECIDIM, GRIST, RUDI = ALL = "a/decidim", "a/grist", "a/rudi"
STEPS = ("one", "two")


class World:
    """Things that are so, by instance and step; `faults` are raised, `hooks` called, in acting."""

    def __init__(self, faults: Mapping[tuple[str, str], Exception] | None = None) -> None:
        self.done: list[tuple[str, str]] = []
        self.faults = dict(faults or {})
        self.hooks: dict[tuple[str, str], Callable[[], object]] = {}

    def step(self, instance: str, name: str) -> Step:
        key = (instance, name)

        def look() -> tuple[Change, ...]:
            return () if key in self.done else (Change(name, Operation.CREATE, f"thing/{name}"),)

        def act(say: Callable[[str], None]) -> None:
            say(f"making {name}")
            self.hooks.get(key, lambda: None)()
            if key in self.faults:
                raise self.faults[key]
            self.done.append(key)

        return Step(name, promise=f"{name} is there", look=look, act=act, holds=once(look))

    def work(self, after: Mapping[str, tuple[str, ...]] | None = None) -> list[Work]:
        return [
            Work(
                one,
                [self.step(one, name) for name in STEPS],
                after=dict(after or {}).get(one, ()),
            )
            for one in ALL
        ]


def opened(folder: Path, heard: list[Event] | None = None) -> tuple[Journal, SteppingClock]:
    clock = SteppingClock()
    run = Run("abc123", "onboard", "a", Author("ops", "host", 1), START, {})
    tell = (heard if heard is not None else []).append
    return Journal.open(folder, run, clock, lambda line: line, tell), clock


def tool_failed() -> ToolFailedError:
    return ToolFailedError("pulumi up", status=255, tail=("no room",))


@dataclass(frozen=True)
class Case:
    """What fails and what needs what; then how the instances and the run stand."""

    name: str
    standings: tuple[str, str, str]
    outcome: Outcome
    status: ExitStatus = ExitStatus.DONE
    faults: Mapping[tuple[str, str], Exception] = field(default_factory=dict)
    after: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


CASES = [
    Case("all whole", ("done", "done", "done"), Outcome.DONE),
    Case(
        "one after the other",
        ("done", "done", "done"),
        Outcome.DONE,
        after={DECIDIM: (GRIST,), GRIST: (RUDI, "a/elsewhere")},
    ),
    Case(
        "one of three fails",
        ("done", "failed", "done"),
        Outcome.PARTLY_DONE,
        ExitStatus.PARTLY_DONE,
        {(GRIST, "two"): tool_failed()},
    ),
    Case(
        "a fault of ours in one of three",
        ("done", "done", "failed"),
        Outcome.PARTLY_DONE,
        ExitStatus.PARTLY_DONE,
        {(RUDI, "one"): KeyError("the text of a secret")},
    ),
    Case(
        "one that another needs fails",
        ("failed", "not begun", "done"),
        Outcome.PARTLY_DONE,
        ExitStatus.PARTLY_DONE,
        {(DECIDIM, "one"): tool_failed()},
        {GRIST: (DECIDIM,)},
    ),
    Case(
        "one that all need, by another, fails",
        ("failed", "not begun", "not begun"),
        Outcome.FAILED,
        ExitStatus.FAILED,
        {(DECIDIM, "two"): tool_failed()},
        {GRIST: (DECIDIM,), RUDI: (GRIST,)},
    ),
    Case(
        "all fail",
        ("failed", "failed", "failed"),
        Outcome.FAILED,
        ExitStatus.FAILED,
        {(one, "one"): tool_failed() for one in ALL},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_instance_comes_to_its_own_end(case: Case, tmp_path: Path) -> None:
    world = World(case.faults)
    heard: list[Event] = []
    journal, clock = opened(tmp_path, heard)
    status = ExitStatus.DONE
    try:
        carry_out_all(world.work(case.after), journal, clock, StopRequest())
    except OrchestratorError as error:
        status = error.exit_status
    assert status is case.status
    assert read_run(tmp_path).outcome is case.outcome
    kept = list(read_events(tmp_path))
    assert kept == heard
    assert instances_of(kept) == dict(zip(ALL, case.standings, strict=True))
    for one, standing in instances_of(kept).items():
        steps = [(event.kind, event.step) for event in kept if event.instance == one]
        broken = next((step for instance, step in case.faults if instance == one), "")
        assert steps == told(standing, broken)
    assert "secret" not in (tmp_path / "events.jsonl").read_text(encoding="utf-8")


def told(standing: str, broken: str) -> list[tuple[Kind, str]]:
    """The events of an instance that stands like this, in their order."""
    if standing == "not begun":
        return [(Kind.NOT_BEGUN, "")]
    begun = STEPS[: STEPS.index(broken) + 1] if broken else STEPS
    return [
        (kind, step)
        for step in begun
        for kind in (
            Kind.STEP_STARTED,
            Kind.STEP_SAID,
            Kind.STEP_FAILED if step == broken else Kind.STEP_DONE,
        )
    ]


def test_a_needed_instance_is_whole_before_the_other_begins(tmp_path: Path) -> None:
    world = World()
    journal, clock = opened(tmp_path)
    carry_out_all(world.work({DECIDIM: (GRIST,), GRIST: (RUDI,)}), journal, clock, StopRequest())
    assert world.done == [(one, step) for one in (RUDI, GRIST, DECIDIM) for step in STEPS]


def test_again_nothing_acts_and_resumed_only_the_rest(tmp_path: Path) -> None:
    world = World({(GRIST, "two"): tool_failed()})
    journal, clock = opened(tmp_path)
    with pytest.raises(PartlyDoneError):
        carry_out_all(world.work({RUDI: (GRIST,)}), journal, clock, StopRequest())
    world.faults.clear()
    journal, clock = opened(tmp_path)
    tally = carry_out_all(world.work({RUDI: (GRIST,)}), journal, clock, StopRequest())
    assert tally.acted == {DECIDIM: 0, GRIST: 1, RUDI: 2}
    assert (tally.total, read_run(tmp_path).outcome) == (3, Outcome.DONE)
    journal, clock = opened(tmp_path)
    assert carry_out_all(world.work(), journal, clock, StopRequest()).total == 0
    assert read_run(tmp_path).outcome is Outcome.ALREADY_SO
    assert sorted(world.done) == sorted((one, step) for one in ALL for step in STEPS)


def test_the_fault_tells_of_every_instance_in_its_words(tmp_path: Path) -> None:
    world = World({(DECIDIM, "two"): tool_failed()})
    journal, clock = opened(tmp_path)
    with pytest.raises(PartlyDoneError) as caught:
        carry_out_all(world.work({GRIST: (DECIDIM,)}), journal, clock, StopRequest())
    error = caught.value
    assert (error.place, error.run) == ("onboard a, run abc123", "abc123")
    assert error.message == "a/decidim failed; 1 of 3 instances is done"
    assert error.details == (
        "a/rudi     done",
        "a/decidim  failed: tool-failed: `pulumi` failed with status 255",
        "    in   onboard a/decidim, step 2/2 “two”, run abc123",
        "    why  the command was `pulumi up`",
        "    no room",
        "a/grist    not begun: it needs a/decidim",
    )
    assert error.hints == ("go on with `orchestrator run resume abc123`",)
    assert error.context == {
        "a/rudi": "done",
        "a/decidim": "tool-failed",
        "a/grist": "not begun: it needs a/decidim",
    }
    assert isinstance(error.__cause__, ExceptionGroup)


def test_instances_run_at_the_same_time_and_no_more_than_the_limit(tmp_path: Path) -> None:
    world = World()
    meeting = threading.Barrier(3)
    for one in ALL:
        world.hooks[one, "one"] = lambda: meeting.wait(PATIENCE_S)
    journal, clock = opened(tmp_path / "three")
    assert carry_out_all(world.work(), journal, clock, StopRequest()).total == 6
    alone = World()
    journal, clock = opened(tmp_path / "alone")
    carry_out_all(alone.work(), journal, clock, StopRequest(), limit=1)
    assert alone.done == [(one, step) for one in ALL for step in STEPS]


def test_one_instance_alone_is_as_it_always_was(tmp_path: Path) -> None:
    world = World({(GRIST, "two"): tool_failed()})
    threads: list[threading.Thread] = []
    world.hooks[GRIST, "one"] = lambda: threads.append(threading.current_thread())
    journal, clock = opened(tmp_path)
    with pytest.raises(ToolFailedError) as caught:
        carry_out_all(world.work()[1:2], journal, clock, StopRequest())
    assert caught.value.place == "onboard, step 2/2 “two”, run abc123"
    assert threads == [threading.main_thread()]
    assert "instance" not in (tmp_path / "events.jsonl").read_text(encoding="utf-8")
    assert read_run(tmp_path).outcome is Outcome.FAILED


def test_no_work_is_already_so(tmp_path: Path) -> None:
    journal, clock = opened(tmp_path)
    assert carry_out_all([], journal, clock, StopRequest()).acted == {}
    assert read_run(tmp_path).outcome is Outcome.ALREADY_SO


def test_a_circle_of_needs_is_refused_before_anything_begins(tmp_path: Path) -> None:
    world = World()
    journal, clock = opened(tmp_path)
    with pytest.raises(ValueError, match="cycle"):
        carry_out_all(world.work({GRIST: (RUDI,), RUDI: (GRIST,)}), journal, clock, StopRequest())
    assert world.done == []


def test_each_instance_has_its_own_stopwatch_and_the_run_adds_them_up(tmp_path: Path) -> None:
    world = World()
    work = [
        Work(one.instance, one.steps, lambda whom=one.instance: {whom: 1.5, "engine": 2.0})
        for one in world.work()
    ]
    journal, clock = opened(tmp_path)
    carry_out_all(work, journal, clock, StopRequest())
    assert waits(read_events(tmp_path)) == {"engine": 12.0, **dict.fromkeys(ALL, 3.0)}


def test_a_stop_ends_each_instance_after_its_step_in_hand(tmp_path: Path) -> None:
    world = World()
    stop = StopRequest()
    meeting = threading.Barrier(2, action=lambda: stop.ask(signal.SIGINT, None))
    for one in (DECIDIM, GRIST):
        world.hooks[one, "one"] = lambda: meeting.wait(PATIENCE_S)
    journal, clock = opened(tmp_path)
    with pytest.raises(RunInterruptedError) as caught:
        carry_out_all(world.work(), journal, clock, stop, limit=2)
    assert caught.value.details == (
        "a/decidim  stopped after step “one”",
        "a/grist    stopped after step “one”",
        "a/rudi     not begun: the run was asked to stop",
    )
    assert sorted(world.done) == [(DECIDIM, "one"), (GRIST, "one")]
    assert read_run(tmp_path).outcome is Outcome.INTERRUPTED
    standings = instances_of(read_events(tmp_path))
    assert list(standings.values()) == ["interrupted", "interrupted", "not begun"]
    journal, clock = opened(tmp_path)
    assert carry_out_all(world.work(), journal, clock, StopRequest()).total == 4


def test_a_fault_beside_a_stop_is_told(tmp_path: Path) -> None:
    world = World({(GRIST, "one"): tool_failed()})
    stop = StopRequest()
    meeting = threading.Barrier(3, action=lambda: stop.ask(signal.SIGINT, None))
    for one in ALL:
        world.hooks[one, "one"] = lambda: meeting.wait(PATIENCE_S)
    journal, clock = opened(tmp_path)
    with pytest.raises(InstancesFailedError) as caught:
        carry_out_all(world.work(), journal, clock, stop)
    assert caught.value.message == "a/grist failed; none of 3 instances is done"
    assert "a/rudi     stopped after step “one”" in caught.value.details


class Busy:
    """Three instances that would go on for long: a program, a sleep, and one that sends a signal.

    `send` is called by the third one when the others are at it.
    """

    def __init__(self, send: Callable[[], None]) -> None:
        self.world = World()
        self.child = 0
        self._meeting = threading.Barrier(3)
        self._send = send
        self.world.hooks |= {
            (DECIDIM, "one"): self._program,
            (GRIST, "one"): self._sleep,
            (RUDI, "one"): self._signal,
        }

    def _program(self) -> None:
        code = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
        process.run([sys.executable, "-c", code], process.Limits(timeout_s=600), on_line=self._met)

    def _met(self, line: str) -> None:
        self.child = int(line)
        self._meeting.wait(PATIENCE_S)

    def _sleep(self) -> None:
        self._meeting.wait(PATIENCE_S)
        SystemClock().sleep(600)

    def _signal(self) -> None:
        self._meeting.wait(PATIENCE_S)
        self._send()
        pause(600)

    def all_ended(self) -> bool:
        """The program is gone and no thread of an instance is left."""
        with suppress(ProcessLookupError):
            os.kill(self.child, 0)
            return False
        return not {thread.name for thread in threading.enumerate()} & set(ALL)


def test_a_second_request_ends_programs_and_threads_at_once(tmp_path: Path) -> None:
    asked = threading.Event()
    stop = StopRequest(lambda _text: asked.set())

    def twice() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        assert asked.wait(PATIENCE_S)
        os.kill(os.getpid(), signal.SIGTERM)

    busy = Busy(twice)
    journal, clock = opened(tmp_path)
    with stop.listening(), pytest.raises(KeyboardInterrupt):
        carry_out_all(busy.world.work(), journal, clock, stop)
    assert busy.all_ended()
    assert read_run(tmp_path).outcome is Outcome.INTERRUPTED
    assert set(instances_of(read_events(tmp_path)).values()) == {"interrupted"}
    assert busy.world.done == []


def test_the_end_of_the_time_given_ends_programs_and_threads(tmp_path: Path) -> None:
    def over(_number: int, _frame: object) -> None:
        raise RunTimedOutError(1800)

    busy = Busy(lambda: os.kill(os.getpid(), signal.SIGALRM))
    before = signal.signal(signal.SIGALRM, over)
    journal, clock = opened(tmp_path)
    try:
        with pytest.raises(RunTimedOutError) as caught:
            carry_out_all(busy.world.work(), journal, clock, StopRequest())
    finally:
        signal.signal(signal.SIGALRM, before)
    assert busy.all_ended()
    assert caught.value.run == "abc123"
    assert read_run(tmp_path).outcome is Outcome.FAILED
    last = list(read_events(tmp_path))[-1]
    assert (last.data or {})["code"] == "run-timed-out"


def test_who_waits_for_a_server_is_left_behind_and_records_nothing_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crews, "GRACE_S", 0.2)
    answer = threading.Event()
    world = World()
    stop = StopRequest()
    left: list[threading.Thread] = []

    def deaf() -> None:
        left.append(threading.current_thread())
        os.kill(os.getpid(), signal.SIGINT)
        answer.wait(PATIENCE_S)

    world.hooks[DECIDIM, "one"] = deaf
    journal, clock = opened(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        carry_out_all(world.work()[:2], journal, clock, stop)
    kept = list(read_events(tmp_path))
    assert kept[-1].kind is Kind.RUN_ENDED
    answer.set()
    left[0].join(PATIENCE_S)
    assert not left[0].is_alive()
    assert list(read_events(tmp_path)) == kept


def test_lines_of_ten_threads_are_whole_and_told_in_their_order(tmp_path: Path) -> None:
    heard: list[Event] = []
    journal, _ = opened(tmp_path, heard)
    start = threading.Barrier(10)

    def say(name: str) -> None:
        start.wait(PATIENCE_S)
        for number in range(20):
            text = f"{number} {name * 2000}"
            journal.record(Kind.STEP_SAID, "one", (1, 1), instance=name, text=text)

    threads = [threading.Thread(target=say, args=(f"a/{number}",)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_S)
    kept = list(read_events(tmp_path))
    assert kept == heard
    assert len(kept) == 200
    for number in range(10):
        said = [(one.data or {})["text"] for one in kept if one.instance == f"a/{number}"]
        assert [int(text.split()[0]) for text in said] == list(range(20))
