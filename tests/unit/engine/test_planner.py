"""Plans of one instance, and of several that are looked at side by side."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

import pytest

from orchestrator.engine import planner
from orchestrator.engine.journal import plan_document
from orchestrator.engine.step import Step
from orchestrator.engine.stop import pause
from orchestrator.errors.process import ToolFailedError
from orchestrator.model.change import Change, Operation, Plan

PATIENCE_S = 30.0  # only a defect waits for so long
DECIDIM, GRIST, RUDI = "a/decidim", "a/grist", "a/rudi"


def step(name: str, *changes: Change, first: Callable[[], object] = lambda: None) -> Step:
    def look() -> tuple[Change, ...]:
        first()
        return changes

    return Step(name, name, look, act=lambda _say: None, holds=lambda: True)


def change(name: str) -> Change:
    return Change(name, Operation.CREATE, f"thing/{name}")


def test_several_are_looked_at_side_by_side_and_stand_in_the_order_given() -> None:
    meeting = threading.Barrier(2)
    together = lambda: meeting.wait(PATIENCE_S)  # noqa: E731
    found = planner.plan_all(
        "onboard",
        {
            GRIST: [step("one", change("one"), first=together), step("two", change("two"))],
            DECIDIM: [step("one", change("one"), first=together), step("two")],
        },
    )
    assert (found.subject, found.verb, found.unchanged) == ("a", "onboard", 1)
    placed = [(one.instance, one.step) for one in found.changes]
    assert placed == [(GRIST, "one"), (GRIST, "two"), (DECIDIM, "one")]
    assert [one.step for one in found.of(GRIST)] == ["one", "two"]
    assert found.of(RUDI) == ()
    assert [one["instance"] for one in plan_document(found)["changes"]] == [GRIST, GRIST, DECIDIM]


def test_a_plan_of_one_instance_is_as_it_always_was() -> None:
    threads: list[threading.Thread] = []
    here = step("one", change("one"), first=lambda: threads.append(threading.current_thread()))
    found = planner.plan_all("onboard", {GRIST: [here, step("two")]})
    assert found == Plan(GRIST, "onboard", (change("one"),), 1)
    assert threads == [threading.main_thread()]
    assert found.of(GRIST) == found.changes
    # A plan that was saved before there could be several instances has this digest.
    assert found.digest == "bc8cb395a2cbb216f268f9432012b327077c655bf583555a579ae8ea92ad65a5"
    assert list(plan_document(found)["changes"][0]) == [
        "step",
        "operation",
        "target",
        "detail",
        "risk",
        "fields",
    ]


def test_the_fault_of_the_first_instance_is_raised_with_its_place() -> None:
    def fails(program: str) -> Callable[[], object]:
        def fail() -> None:
            raise ToolFailedError(program, status=1)

        return fail

    looks = {
        DECIDIM: [step("one")],
        GRIST: [step("one", first=fails("grist"))],
        RUDI: [step("one", first=fails("rudi"))],
    }
    with pytest.raises(ToolFailedError, match="grist") as caught:
        planner.plan_all("onboard", looks)
    assert caught.value.place == "onboard a/grist, looking at what there is"


def test_an_interruption_ends_the_looks() -> None:
    meeting = threading.Barrier(2)

    def interrupts() -> None:
        meeting.wait(PATIENCE_S)
        os.kill(os.getpid(), signal.SIGINT)
        pause(600)

    def waits() -> None:
        meeting.wait(PATIENCE_S)
        pause(600)

    looks = {GRIST: [step("one", first=interrupts)], RUDI: [step("one", first=waits)]}
    with pytest.raises(KeyboardInterrupt):
        planner.plan_all("onboard", looks)
    assert not {thread.name for thread in threading.enumerate()} & {GRIST, RUDI}
