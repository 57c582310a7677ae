"""A pod that no node takes: who says so, when people are told, and when we give up."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from orchestrator.errors.cluster_objects import NoRoomError, sentence
from orchestrator.kubernetes_plugin import waiting
from orchestrator.kubernetes_plugin.readiness.pods import unplaced
from orchestrator.kubernetes_plugin.readiness.verdict import READY, Verdict
from orchestrator.kubernetes_plugin.readiness.verdict import waiting as not_yet

FULL = (
    "0/1 nodes are available: 1 Insufficient memory. no new claims to deallocate, preemption: "
    "0/1 nodes are available: "
    "1 No preemption victims found for incoming pod."
)
SAID = "no node takes pod database-0: 0/1 nodes are available: 1 Insufficient memory"


def pod(status: str = "False", reason: str = "Unschedulable", message: str = FULL) -> Any:
    scheduled = {"type": "PodScheduled", "status": status, "reason": reason, "message": message}
    return {
        "kind": "Pod",
        "metadata": {"name": "database-0", "namespace": "a"},
        "status": {"phase": "Pending", "conditions": [scheduled]},
    }


class View:
    """A namespace with these pods."""

    def __init__(self, *pods: Any) -> None:
        self._pods = pods

    def get(self, api_version: str, kind: str, name: str) -> None:
        return None

    def select(
        self, api_version: str, kind: str, namespace: str, labels: Mapping[str, str]
    ) -> Sequence[Any]:
        assert (kind, namespace, labels) == ("Pod", "a", {"app": "database"})
        return self._pods


SET = {
    "kind": "StatefulSet",
    "metadata": {"name": "database", "namespace": "a"},
    "spec": {"selector": {"matchLabels": {"app": "database"}}},
}


def test_the_scheduler_is_quoted_without_its_thoughts_on_preemption() -> None:
    assert unplaced(SET, View(pod("True", "", ""), pod())) == SAID
    assert unplaced(pod(), View()) == SAID
    assert unplaced(pod(message=""), View()).endswith("the scheduler does not say why")


@pytest.mark.parametrize(
    "one", [pod("True"), pod(reason="SchedulingGated"), {"kind": "Pod", "status": {}}]
)
def test_a_pod_that_is_placed_or_held_back_on_purpose_lacks_nothing(one: Any) -> None:
    assert unplaced(one, View()) == ""
    assert unplaced({"kind": "Namespace", "metadata": {"name": "a"}}, View()) == ""


class Time:
    """Passes while somebody waits."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 100.0
        self.stop = threading.Event()
        monkeypatch.setattr(waiting.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(self.stop, "wait", self.wait)

    def wait(self, seconds: float | None = None) -> bool:
        self.now += seconds or 0.0
        return False


def test_it_is_told_after_seconds_and_ends_the_wait_after_minutes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    time, told = Time(monkeypatch), list[tuple[float, str]]()
    wait = waiting.Wait(
        "statefulset/database",
        600,
        time.stop,
        lambda text: told.append((time.now - 100, text)),
        unplaced=lambda _seen: SAID,
    )
    with pytest.raises(NoRoomError) as caught:
        waiting.until_ready(lambda: SET, lambda _seen: not_yet("0 of 1 replicas are ready"), wait)
    assert [text for _, text in told] == ["0 of 1 replicas are ready", SAID]
    assert 15 <= told[1][0] < 18
    assert 180 <= time.now - 100 < 200
    assert SAID in sentence(caught.value)


def test_room_that_is_found_in_time_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    time = Time(monkeypatch)

    def lack(_seen: Any) -> str:
        # twice for less than the limit: a volume first, then a node that was drained
        return SAID if not 150 < time.now - 100 < 160 else ""

    def judge(_seen: Any) -> Verdict:
        return READY if time.now > 400 else not_yet("0 of 1 replicas are ready")

    wait = waiting.Wait("statefulset/database", 600, time.stop, unplaced=lack)
    assert waiting.until_ready(lambda: SET, judge, wait) == SET
