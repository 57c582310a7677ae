"""What restorations set aside is removed on its day, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.engine.step import Step
from orchestrator.flows import prune
from orchestrator.flows.steps.set_aside import NAME, set_aside
from orchestrator.model.change import Operation, Risk
from orchestrator.products.holdings import DATABASE_ASIDE, Holdings

FOLDER = "/var/lib/postgresql/data"
TWO = {"statefulset/a": "/data/a/.keeper/before-*", "statefulset/b": "/data/b/.keeper/before-*"}


class Volumes:
    """A cluster of which each workload has folders, with their age in minutes."""

    def __init__(self, aside: dict[str, str], kept: str = "30d") -> None:
        self.folders: dict[str, dict[str, int]] = {workload: {} for workload in aside}
        self.down: set[str] = set()
        self.bare: set[str] = set()
        self.removed: list[str] = []
        product = SimpleNamespace(holdings=lambda _: Holdings("", keys={}, aside=aside))
        self.subject: Any = SimpleNamespace(
            product=product,
            names=SimpleNamespace(namespace="n"),
            tenant=SimpleNamespace(backup=SimpleNamespace(kept=kept)),
        )
        self.tools: Any = SimpleNamespace(cluster=self)

    @property
    def step(self) -> Step:
        found = set_aside(self.subject, self.tools)
        assert found is not None
        return found

    def ready(self, _namespace: str, kind: str, name: str) -> bool:
        assert kind == "StatefulSet"
        return name not in self.down

    def execute(
        self, _namespace: str, workload: str, command: Sequence[str], timeout_s: float = 60.0
    ) -> str:
        del timeout_s
        if command[0] == "ls":
            return "" if workload in self.bare else ".\n..\n.keeper\ndata\n"
        assert workload not in self.bare, "find would fail there"
        age = int(command[command.index("-cmin") + 1])
        old = [name for name, minutes in self.folders[workload].items() if minutes > age]
        if "-exec" in command:
            self.removed += old
            self.folders[workload] = {
                name: minutes for name, minutes in self.folders[workload].items() if minutes <= age
            }
            return ""
        return "".join(f"{name}\n" for name in old)


@pytest.mark.parametrize(
    ("kept", "ages", "left"),
    [
        ("30d", {"old": 7 * 1440 + 2, "young": 7 * 1440 - 2}, ["young"]),
        ("30d", {"young": 5}, ["young"]),
        ("2d", {"old": 2 * 1440 + 2, "young": 2 * 1440 - 2}, ["young"]),
        ("4min", {"old": 6, "young": 3}, ["young"]),
    ],
)
def test_after_a_week_or_with_the_backups(kept: str, ages: dict[str, int], left: list[str]) -> None:
    volumes = Volumes(dict(DATABASE_ASIDE), kept)
    volumes.folders["statefulset/database"] = dict(ages)
    planned = volumes.step.look()
    assert len(planned) == (1 if "old" in ages else 0)
    for change in planned:
        assert (change.step, change.operation, change.risk) == (
            NAME,
            Operation.DELETE,
            Risk.DESTROYS,
        )
        assert change.target == "volume/database"
    volumes.step.act(lambda _: None)
    assert list(volumes.folders["statefulset/database"]) == left
    assert volumes.step.look() == ()


def test_what_is_not_up_and_what_was_never_restored_is_passed_over() -> None:
    volumes = Volumes(TWO)
    volumes.folders = {one: {"old": 20_000} for one in TWO}
    volumes.down = {"a"}
    volumes.bare = {"statefulset/b"}
    assert volumes.step.look() == ()
    volumes.down, volumes.bare = set(), {"statefulset/b"}
    (planned,) = volumes.step.look()
    assert planned.target == "volume/a"
    volumes.step.act(lambda _: None)
    assert volumes.removed == ["old"]


def test_it_is_the_last_that_a_pruning_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prune, "pruning", lambda *_: [])
    volumes = Volumes(TWO)
    assert [one.name for one in prune.steps(volumes.subject, volumes.tools)] == [NAME]
