"""A drill that is stopped leaves neither a record nor its copy; a red one leaves its record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator import settings as found
from orchestrator.engine.stop import StopRequest
from orchestrator.errors.engine import RunInterruptedError
from orchestrator.errors.process import ToolFailedError
from orchestrator.errors.root import OrchestratorError
from orchestrator.model.drill import Verdict
from orchestrator.ports import Signature
from orchestrator.recovery.files import FilesEngine, Snapshot
from orchestrator.wiring import case as cases
from orchestrator.wiring import drills
from orchestrator.wiring.case import Case
from orchestrator.wiring.recipe import Recipe

ROOT = Path(__file__).parents[3]
POINT = "20261126T015900Z-3fa2c1"


@dataclass
class World:
    """What the rehearsal raises, and whether the copy can be removed; what was asked for."""

    raises: OrchestratorError | None = None
    stays: bool = False
    undertaken: list[tuple[str, str, bool]] = field(default_factory=list)

    def undertaking(self, of: Sequence[Case], recipe: Recipe, _listener: object) -> Any:
        def carry_out(_plan: object, stop: StopRequest) -> None:
            self.undertaken.append((recipe.verb, of[0].names.copy, stop.requested))
            if recipe.verb == "drill" and self.raises:
                raise self.raises

        def plan() -> Any:
            return SimpleNamespace(changes=("namespace",) if self.stays else ())

        return SimpleNamespace(carry_out=carry_out, plan=plan)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    tools = SimpleNamespace(
        clock=drills.SystemClock(),
        history=None,
        keys=SimpleNamespace(sign=lambda _content: Signature("points-1", "AAAA")),
        cluster=SimpleNamespace(ready=lambda *_: False),
    )

    class NoPoints:
        def __init__(self, *_: object) -> None:
            pass

        def read(self, _id: str) -> Any:
            return SimpleNamespace(at=drills.SystemClock().now())

    monkeypatch.setattr(drills, "Undertaking", made.undertaking)
    monkeypatch.setattr(drills, "Points", NoPoints)
    monkeypatch.setattr(drills, "newest", lambda *_: POINT)
    monkeypatch.setattr(drills.backups, "looking", lambda _case: tools)
    return made


@pytest.fixture
def case(tmp_path: Path) -> Case:
    ours = replace(found.load(ROOT), state=tmp_path / "state", sandboxes=tmp_path)
    (one,) = cases.read(ours, "saint-martin/decidim")
    return one


def kept(case: Case) -> list[Path]:
    return sorted(case.settings.drills.glob("*"))


def test_a_stop_removes_the_copy_and_records_nothing(world: World, case: Case) -> None:
    stop = StopRequest()
    stop.requested = True
    world.raises = RunInterruptedError("7f3c91")
    with pytest.raises(RunInterruptedError):
        drills.Drill(case, lambda _event: None, stop).carried_out()
    (_, copy, _), removal = world.undertaken
    assert removal == ("copy-remove", copy, False)  # not stopped before it has begun
    assert kept(case) == []


def test_a_fault_is_recorded_with_its_words(world: World, case: Case) -> None:
    world.raises = ToolFailedError("pgbackrest", status=1, tail=())
    record = drills.Drill(case, lambda _event: None, StopRequest()).carried_out()
    assert record.verdict is Verdict.RED
    assert [one.name for one in record.broken] == ["point"]
    assert record.copy_removed
    (file,) = kept(case)
    assert json.loads(file.read_bytes())["document"]["id"] == record.id


def test_a_copy_that_stays_is_red(world: World, case: Case) -> None:
    world.stays = True
    record = drills.Drill(case, lambda _event: None, StopRequest()).carried_out()
    assert (record.copy_removed, record.verdict) == (False, Verdict.RED)


@pytest.mark.parametrize(("up", "age_s"), [(True, 90.0), (False, None)])
def test_of_files_the_newest_snapshot_tells_what_would_be_lost(
    world: World, case: Case, monkeypatch: pytest.MonkeyPatch, *, up: bool, age_s: float | None
) -> None:
    now = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
    snapshots = [
        Snapshot(name, name, now - timedelta(seconds=seconds))
        for name, seconds in (("older", 900), ("newest", 90), ("of a clock ahead", -5))
    ]
    engine = FilesEngine(None, None, "x")  # type: ignore[arg-type]
    monkeypatch.setattr(engine, "listed", lambda: tuple(snapshots))
    monkeypatch.setattr(drills, "files_of", lambda *_: engine)
    tools = drills.backups.looking(case)
    monkeypatch.setattr(tools.cluster, "ready", lambda *_: up)
    monkeypatch.setattr(tools, "clock", SimpleNamespace(now=lambda: now))
    record = drills.Drill(case, lambda _event: None, StopRequest()).carried_out()
    assert record.rpo_s == age_s
    assert world.undertaken
