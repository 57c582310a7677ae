"""Every run leaves its begin and its end in the journal of acts, however it ends."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from orchestrator.engine import planner
from orchestrator.engine.acts import read_all, verify
from orchestrator.engine.fan_out import Work
from orchestrator.engine.journal import read_run
from orchestrator.engine.step import Step, once
from orchestrator.engine.stop import StopRequest
from orchestrator.errors.acts import JournalUnwritableError
from orchestrator.errors.engine import RunInterruptedError
from orchestrator.errors.instances import PartlyDoneError
from orchestrator.errors.process import ToolFailedError
from orchestrator.model.act import Act
from orchestrator.model.change import Change, Operation, Plan
from orchestrator.model.run import Outcome
from orchestrator.settings import Settings
from orchestrator.wiring import case as cases
from orchestrator.wiring import running
from orchestrator.wiring.acting import acting, acts
from orchestrator.wiring.case import Case
from orchestrator.wiring.onboarding import RECIPE
from orchestrator.wiring.recipe import Recipe

ROOT = Path(__file__).parents[3]
PLAN = "a" * 64


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The same, on somebody's word."""
    return replace(settings, instruction="CHG-1")


def told(settings: Settings) -> list[Act]:
    files = acts(settings).files()
    assert verify(files, whole=True).breaks == ()
    return [act for *_, act in read_all(files)]


def stands(settings: Settings) -> list[tuple[str, str]]:
    return [(act.deed.run, act.stands) for act in told(settings)]


def test_a_block_that_ends_well(settings: Settings) -> None:
    with acting(settings, "copy-remove", "a/grist@before", plan=PLAN, run="7f3c91"):
        (begun,) = told(settings)
    assert begun.stands == "begun"
    _, ended = told(settings)
    assert ended.stands == Outcome.DONE
    for act in (begun, ended):
        assert (act.deed.verb, act.deed.subject) == ("copy-remove", "a/grist@before")
        assert (act.deed.plan, act.deed.run, act.deed.instruction) == (PLAN, "7f3c91", "CHG-1")
        assert act.deed.by.account == getpass.getuser()
        assert act.deed.by.host == socket.gethostname()


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (ToolFailedError("tool", status=1, tail=("no",)), Outcome.FAILED),
        (ValueError("a fault of ours"), Outcome.FAILED),
        (RunInterruptedError("7f3c91"), Outcome.INTERRUPTED),
        (KeyboardInterrupt(), Outcome.INTERRUPTED),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_block_that_raises(settings: Settings, fault: BaseException, outcome: Outcome) -> None:
    with (
        pytest.raises(type(fault)) as raised,
        acting(settings, "backup", "a/grist", plan="", run="7f3c91"),
    ):
        raise fault
    assert raised.value is fault
    assert stands(settings) == [("7f3c91", "begun"), ("7f3c91", outcome)]


def test_nothing_acts_that_is_not_recorded(settings: Settings) -> None:
    settings.state.mkdir()
    settings.journal.write_text("a file in the way")
    with (
        pytest.raises(JournalUnwritableError),
        acting(settings, "backup", "a/grist", plan="", run="7f3c91"),
    ):
        raise AssertionError


def test_an_account_that_is_a_mail_address_is_cut(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "marie@ville.example")
    with acting(settings, "backup", "a/grist", plan="", run="7f3c91"):
        pass
    assert [act.deed.by.account for act in told(settings)] == ["marie", "marie"]
    assert b"@" not in b"".join(file.content for file in acts(settings).files())


class World:
    """Instances of one step each; `faults` are called when it acts."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, settings: Settings, subject: str) -> None:
        self.faults: dict[str, Callable[[], object]] = {}
        self.seen: list[int] = []
        self._settings = settings
        self._done: set[str] = set()
        self._cases = cases.read(settings, subject)
        monkeypatch.setattr(running, "_work", self._work)

    def steps(self, name: str) -> Sequence[Step]:
        def look() -> tuple[Change, ...]:
            return () if name in self._done else (Change("one", Operation.CREATE, "thing/one"),)

        def act(_say: Callable[[str], None]) -> None:
            self.seen.append(len(told(self._settings)))
            self.faults.get(name, lambda: None)()
            self._done.add(name)

        return [Step("one", promise="it is there", look=look, act=act, holds=once(look))]

    def plan(self) -> Plan:
        names = [case.names.instance for case in self._cases]
        return planner.plan_all("onboard", {name: self.steps(name) for name in names})

    def run(self, resume: str | None = None) -> str:
        stop = StopRequest()
        plan = self.plan()
        report = running.carry_out(self._cases, RECIPE, plan, stop, lambda _event: None, resume)
        return report.run.id

    def _work(
        self, case: Case, _recipe: Recipe, _plan: Plan, _logs: Path
    ) -> tuple[Work, Callable[[str], str]]:
        name = case.names.instance
        return Work(name, self.steps(name), dict, case.needs), str


def fail() -> None:
    raise ToolFailedError("tool", status=1, tail=("no",))


def test_a_run_is_recorded_before_it_acts(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(monkeypatch, settings, "saint-martin")
    digest = world.plan().digest
    first = world.run()
    assert world.seen == [1]
    begun, ended = told(settings)
    assert (begun.deed.verb, begun.deed.subject) == ("onboard", "saint-martin/decidim")
    assert begun.deed.plan == digest == ended.deed.plan
    again = world.run()
    assert stands(settings) == [
        *((first, "begun"), (first, Outcome.DONE)),
        *((again, "begun"), (again, Outcome.ALREADY_SO)),
    ]


def test_a_run_of_several_that_is_partly_done_and_gone_on_with(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(monkeypatch, settings, "les-trois-moulins")
    world.faults["les-trois-moulins/grist"] = fail
    with pytest.raises(PartlyDoneError):
        world.run()
    ((run, _), (_, outcome)) = stands(settings)
    assert outcome == Outcome.PARTLY_DONE
    world.faults.clear()
    assert world.run(resume=run) == run
    assert stands(settings)[2:] == [(run, "begun"), (run, Outcome.DONE)]
    assert verify(acts(settings).files(), whole=True).remarks == ()


def killed(world: World, name: str) -> None:
    """Run in a process that is gone in the middle of a step."""
    world.faults[name] = lambda: os._exit(9)
    child = os.fork()
    if not child:
        try:
            world.run()
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    world.faults.clear()


@pytest.mark.parametrize("resumed", [True, False])
def test_a_killed_run_is_closed_by_the_one_that_buries_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, *, resumed: bool
) -> None:
    world = World(monkeypatch, settings, "saint-martin")
    killed(world, "saint-martin/decidim")
    ((dead, _),) = stands(settings)
    (remark,) = verify(acts(settings).files(), whole=True).remarks
    assert remark.says == f"run {dead} has begun and has not ended: it runs or was killed"
    heir = world.run(resume=dead if resumed else None)
    assert stands(settings) == [
        *((dead, "begun"), (dead, Outcome.KILLED)),
        *((heir, "begun"), (heir, Outcome.DONE)),
    ]
    assert told(settings)[1].note == f"written by run {heir}, which found it dead"
    assert (heir == dead) is resumed


def test_a_run_that_died_after_its_last_word_is_closed_as_it_ended(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(monkeypatch, settings, "saint-martin")
    with monkeypatch.context() as patch:
        patch.setattr("orchestrator.tools.acts.FileActs.close", lambda *_, **_more: os._exit(9))
        killed(world, "nothing")
    ((dead, _),) = stands(settings)
    assert read_run(settings.runs / dead).outcome is Outcome.DONE
    world.run()
    assert stands(settings)[1] == (dead, Outcome.DONE)
