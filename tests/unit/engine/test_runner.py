"""Steps carried out: fresh, again, and stopped and resumed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestrator.engine import planner
from orchestrator.engine.events import Event, Kind
from orchestrator.engine.journal import Journal, read_events, read_run
from orchestrator.engine.runner import carry_out
from orchestrator.engine.step import Step, once
from orchestrator.engine.stop import StopRequest
from orchestrator.errors.engine import RunInterruptedError, StepDidNotHoldError
from orchestrator.errors.process import ToolFailedError
from orchestrator.model.change import Change, Operation
from orchestrator.model.run import Author, Outcome, Run
from tests.unit.engine.clock import START, SteppingClock


class World:
    """A set of things that are so; steps add to it."""

    def __init__(self, *, broken: str = "") -> None:
        self.done: list[str] = []
        self.broken = broken
        self.on_act: Callable[[str], None] = lambda _name: None

    def step(self, name: str, *, works: bool = True) -> Step:
        def look() -> tuple[Change, ...]:
            return () if name in self.done else (Change(name, Operation.CREATE, f"thing/{name}"),)

        def act(say: Callable[[str], None]) -> None:
            say(f"making {name}")
            if self.broken == name:
                raise ToolFailedError("tool", status=1, tail=("no",))
            if works:
                self.done.append(name)
            self.on_act(name)

        return Step(name, promise=f"{name} is there", look=look, act=act, holds=once(look))


def opened(folder: Path, heard: list[Event]) -> tuple[Journal, SteppingClock]:
    clock = SteppingClock()
    run = Run("abc123", "onboard", "a/decidim", Author("ops", "host", 1), START, {})
    return Journal.open(folder, run, clock, lambda line: line, heard.append), clock


def test_fresh_then_again(tmp_path: Path) -> None:
    world = World()
    steps = [world.step("one"), world.step("two")]
    heard: list[Event] = []
    journal, clock = opened(tmp_path / "first", heard)
    assert carry_out(steps, journal, clock, StopRequest()) == 2
    assert journal.run.outcome is Outcome.DONE
    journal, clock = opened(tmp_path / "second", heard)
    assert planner.plan("a/decidim", "onboard", steps).changes == ()
    assert carry_out(steps, journal, clock, StopRequest()) == 0
    assert journal.run.outcome is Outcome.ALREADY_SO
    assert world.done == ["one", "two"]


def test_a_stop_between_steps_is_resumed(tmp_path: Path) -> None:
    world = World()
    steps = [world.step("one"), world.step("two")]
    stop = StopRequest()
    world.on_act = lambda _name: stop.ask(2, None)
    journal, clock = opened(tmp_path, [])
    with pytest.raises(RunInterruptedError):
        carry_out(steps, journal, clock, stop)
    assert read_run(tmp_path).outcome is Outcome.INTERRUPTED
    assert world.done == ["one"]
    world.on_act = lambda _name: None
    journal, clock = opened(tmp_path, [])
    assert carry_out(steps, journal, clock, StopRequest()) == 1
    assert world.done == ["one", "two"]


def test_a_second_request_interrupts_at_once() -> None:
    stop = StopRequest()
    stop.ask(2, None)
    with pytest.raises(KeyboardInterrupt):
        stop.ask(2, None)


def test_a_fault_says_where_it_happened_and_is_kept(tmp_path: Path) -> None:
    world = World(broken="two")
    heard: list[Event] = []
    journal, clock = opened(tmp_path, heard)
    with pytest.raises(ToolFailedError) as caught:
        carry_out([world.step("one"), world.step("two")], journal, clock, StopRequest())
    assert "step 2/2" in caught.value.place
    assert "abc123" in caught.value.place
    kept = list(read_events(tmp_path))
    assert [event.kind for event in kept][-2:] == [Kind.STEP_FAILED, Kind.RUN_ENDED]
    assert [event.kind for event in kept] == [event.kind for event in heard]
    assert read_run(tmp_path).outcome is Outcome.FAILED


def test_a_step_without_effect_is_a_fault(tmp_path: Path) -> None:
    world = World()
    journal, clock = opened(tmp_path, [])
    with pytest.raises(StepDidNotHoldError):
        carry_out([world.step("one", works=False)], journal, clock, StopRequest())


def test_a_line_cut_off_by_a_crash_is_passed_over(tmp_path: Path) -> None:
    world = World()
    journal, clock = opened(tmp_path, [])
    carry_out([world.step("one")], journal, clock, StopRequest())
    whole = list(read_events(tmp_path))
    with (tmp_path / "events.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"type": "step_star')
    assert list(read_events(tmp_path)) == whole


def test_each_step_tells_what_it_waited_for(tmp_path: Path) -> None:
    world = World(broken="two")
    laps = iter([{"services": 1.5}, {"engine": 40.0}])
    heard: list[Event] = []
    journal, clock = opened(tmp_path / "run", heard)
    steps = [world.step("one"), world.step("two")]
    with pytest.raises(ToolFailedError):
        carry_out(steps, journal, clock, StopRequest(), lambda: next(laps))
    ended = {one.kind: one.data for one in heard if one.kind in (Kind.STEP_DONE, Kind.STEP_FAILED)}
    assert (ended[Kind.STEP_DONE] or {})["waited_s"] == {"services": 1.5}
    assert (ended[Kind.STEP_FAILED] or {})["waited_s"] == {"engine": 40.0}


def test_a_fault_of_ours_ends_the_run_as_failed(tmp_path: Path) -> None:
    world = World()

    def broken(_name: str) -> None:
        raise KeyError("the text of a secret")

    world.on_act = broken
    heard: list[Event] = []
    journal, clock = opened(tmp_path / "run", heard)
    with pytest.raises(KeyError):
        carry_out([world.step("one")], journal, clock, StopRequest())
    assert read_run(tmp_path / "run").outcome is Outcome.FAILED
    assert [one.kind for one in heard[-2:]] == [Kind.STEP_FAILED, Kind.RUN_ENDED]
    assert (heard[-1].data or {})["code"] == "bug"
    assert "secret" not in (tmp_path / "run" / "events.jsonl").read_text("utf-8")
