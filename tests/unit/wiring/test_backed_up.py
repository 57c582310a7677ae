"""`status` tells how backups stand: in time, without failing, and red when too much may be lost."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.cli.main import answer
from orchestrator.errors.objects import StoreDeniedError
from orchestrator.model.drill import Verdict
from orchestrator.model.standing import BackupStanding, Fact, Standing, State, Told
from orchestrator.products import registry
from orchestrator.products.decidim.adapter import DATABASE
from orchestrator.products.product import Product
from orchestrator.recovery.points import Listed
from orchestrator.recovery.postgresql import HandedOver, PostgresqlEngine, stored_as
from orchestrator.settings import Settings
from orchestrator.wiring import backed_up, backups, proofs, standing
from orchestrator.wiring import case as cases
from orchestrator.wiring.case import Case
from tests.unit.recovery.drilled import LOST, RECORD, record
from tests.unit.recovery.test_opening import file, keys_of

ROOT = Path(__file__).parents[3]
NOW = datetime(2026, 12, 4, 6, 0, tzinfo=UTC)
SEGMENT = "000000010000000000000003"
KEY = f"repository/archive/main/15-1/0000000100000000/{SEGMENT}"


class StillClock:
    def now(self) -> datetime:
        return NOW


@dataclass
class World:
    """What database and store say; `asked` are the statements and keys that were asked for."""

    handed: dict[str, Any] = field(
        default_factory=lambda: {"on": True, "newest": SEGMENT, "waiting": 0, "waits_s": 0}
    )
    stored: tuple[str, ...] = (f"{KEY}-0a1b.zst",)
    marker: bool = False
    ready: bool = True
    bucket: object | None = "there"
    points: list[Listed] = field(default_factory=list)
    raises: Exception | None = None
    asked: list[str] = field(default_factory=list)

    @property
    def tools(self) -> Any:
        return SimpleNamespace(
            clock=None,
            keys=None,
            cluster=SimpleNamespace(ready=lambda *_: self.ready, execute=self.execute),
            history=SimpleNamespace(versions=self.versions),
            objects=SimpleNamespace(bucket=lambda _name: self.bucket),
        )

    def execute(
        self, namespace: str, server: str, command: Sequence[str], stdin: str, timeout_s: float
    ) -> str:
        if self.raises:
            raise self.raises
        assert (namespace, server, timeout_s) == (
            "saint-martin-decidim",
            "statefulset/database",
            10.0,
        )
        assert DATABASE in command
        self.asked.append(stdin)
        return json.dumps(self.handed)

    def versions(self, bucket: str, prefix: str) -> Iterator[Any]:
        assert bucket == "saint-martin-decidim-backups"
        self.asked.append(prefix)
        for key in self.stored:
            if key.startswith(prefix):
                yield SimpleNamespace(key=key, marker=self.marker)


def point(hours: int) -> Listed:
    at = NOW - timedelta(hours=hours)
    return Listed(f"point-{hours}", SimpleNamespace(at=at), "")  # type: ignore[arg-type]


@pytest.fixture
def case(settings: Settings) -> Case:
    (one,) = cases.read(settings, "saint-martin/decidim")
    return one


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(points=[point(2), point(26)])
    listed = lambda *_: SimpleNamespace(listed=lambda: iter(made.points))  # noqa: E731
    monkeypatch.setattr(backups, "looking", lambda _case: made.tools)
    monkeypatch.setattr(backed_up, "Points", listed)
    monkeypatch.setattr(backed_up, "SystemClock", StillClock)
    monkeypatch.setattr(proofs, "public_keys", lambda _settings, slug: keys_of(slug))
    return made


def seen(case: Case) -> BackupStanding:
    (one,) = backed_up.look([case]).values()
    return one


def keep(case: Case, *files: tuple[str, bytes]) -> None:
    case.settings.drills.mkdir(parents=True)
    for name, content in files:
        (case.settings.drills / name).write_bytes(content)


def test_all_is_well(world: World, case: Case) -> None:
    keep(case, file(RECORD))
    assert seen(case) == BackupStanding(
        point=Fact(Told.OK, "point-2", NOW - timedelta(hours=2)),
        drill=Fact(Told.OK, "7f3c91", RECORD.began),
        log=Fact(Told.OK, why="nothing waits; 1h may be lost"),
        lag_s=0.0,
        promised_s=3600,
        looked=NOW,
    )
    assert KEY in world.asked  # one request, however long the log is


@pytest.mark.parametrize(
    ("handed", "stored", "log"),
    [
        ({"waiting": 1, "waits_s": 42.4}, KEY, (Told.OK, 42.4, "1 file waits for 42 s; 1h")),
        ({"waiting": 9, "waits_s": 3600}, KEY, (Told.OK, 3600, "9 files wait, the oldest for")),
        ({"waiting": 9, "waits_s": 3601}, KEY, (Told.BEHIND, 3601, "9 files wait, the oldest")),
        ({"waits_s": -3}, KEY, (Told.OK, 0, "nothing waits")),
        ({"on": False}, KEY, (Told.BEHIND, None, "the database hands no log over")),
        ({}, "another", (Told.BEHIND, None, f"the store does not hold {SEGMENT}")),
        ({"newest": ""}, "another", (Told.OK, 0, "nothing waits")),
        ({"newest": "00000002.history"}, "another", (Told.OK, 0, "nothing waits")),
    ],
)
def test_the_log(
    world: World, case: Case, handed: Any, stored: str, log: tuple[Told, float | None, str]
) -> None:
    world.handed |= handed
    world.stored = (stored,)
    one = seen(case)
    assert (one.log.told, one.lag_s, one.log.why[: len(log[2])]) == log


def test_a_file_of_the_log_that_was_deleted_is_missed(world: World, case: Case) -> None:
    world.marker = True
    assert seen(case).log.told is Told.BEHIND


def test_what_cannot_be_told_is_unknown_and_hides_nothing_else(world: World, case: Case) -> None:
    world.raises = StoreDeniedError("list", "it", reason="no")
    one = seen(case)
    assert one.log.told is Told.UNKNOWN
    assert one.log.why == world.raises.message
    assert one.point.told is Told.OK
    world.raises = RuntimeError("of nobody's")
    assert seen(case).log == Fact(Told.UNKNOWN, why="RuntimeError")
    world.raises, world.ready = None, False
    assert seen(case).log == Fact(Told.UNKNOWN, why="the database is not ready")


def test_points_that_are_not_believed_do_not_count(world: World, case: Case) -> None:
    bad = Listed("point-1", None, "the signature does not fit")
    world.points = [bad, point(26)]
    assert seen(case).point.id == "point-26"
    world.points = [bad]
    assert seen(case).point == Fact(Told.UNKNOWN, why="the signature does not fit")
    world.points = []
    assert seen(case).point == Fact(Told.NEVER, why="there is no recovery point")
    world.bucket = None
    assert seen(case).point.told is Told.NEVER


def test_drills_that_prove_nothing_do_not_count(world: World, case: Case) -> None:
    red = record(id="00bad1", began=NOW, assertions=(LOST,))
    assert red.verdict is Verdict.RED
    forged = record(id="00bad2", began=NOW)
    keep(case, file(red), file(forged, by="val-des-ormes"))
    assert seen(case).drill == Fact(Told.NEVER, why="no drill proved it yet")


def test_a_look_that_hangs_is_left_behind(
    world: World, case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    over = threading.Event()

    def hang(_case: Case) -> Any:
        over.wait(60)
        raise AssertionError

    monkeypatch.setattr(backed_up, "_LOOKS", {**backed_up._LOOKS, "log": hang})
    try:
        (one,) = backed_up.look([case], patience_s=0.5).values()
    finally:
        over.set()
    assert one.log == Fact(Told.UNKNOWN, why="not told in time")
    assert one.point.told is Told.OK


def test_the_statement_is_read_as_it_answers() -> None:
    cluster: Any = SimpleNamespace(
        execute=lambda *_: '{"on": true, "newest": "", "waiting": 2, "waits_s": 4.443160}\n'
    )
    engine = PostgresqlEngine(cluster, StillClock(), "a-decidim", "decidim")  # type: ignore[arg-type]
    assert engine.handed_over() == HandedOver(on=True, newest="", waiting=2, waits_s=4.44316)
    assert stored_as(SEGMENT) == KEY
    assert stored_as("../points") == ""


@pytest.fixture
def up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cluster in which all is ready, without one; a project of three tenants."""
    from orchestrator.tools import kubernetes

    passed = {"at": "2026-12-01T00:00:00Z"}
    cluster = SimpleNamespace(
        namespace_owner=lambda _name: {}, ready=lambda *_: True, note=lambda *_: passed
    )
    entrance = SimpleNamespace(port=443)
    connection = SimpleNamespace(kubeconfig=Path("/nowhere"), entrance=entrance)
    monkeypatch.setattr(kubernetes, "KubernetesCluster", lambda _file: cluster)
    monkeypatch.setattr(cases, "connection_of", lambda *_: connection)
    monkeypatch.setenv("ORCHESTRATOR_ROOT", str(ROOT))
    monkeypatch.setenv("ORCHESTRATOR_STATE_DIR", str(settings.state))


def test_too_much_that_could_be_lost_is_degraded(
    world: World, up: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(["status", "saint-martin"]) == 0
    out = capsys.readouterr().out
    assert "state\tlive\n" in out
    assert (
        "acceptance\tready\tpassed 2026-12-01T00:00:00Z\n\n"
        "recovery point\tok\t2 h 0 min old, point-2\n"
        "drill\tnever\tno drill proved it yet\n"
        "log\tok\tnothing waits; 1h may be lost\n\n"
    ) in out
    world.handed |= {"waiting": 70, "waits_s": 4000}
    assert answer(["status", "saint-martin", "--json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)["instances"]
    assert one["state"] == "degraded"
    assert one["backup"]["log"] == {
        "state": "behind",
        "why": "70 files wait, the oldest for 4000 s; 1h may be lost",
        "lag_s": 4000.0,
        "promised_s": 3600,
    }
    assert one["backup"]["point"]["id"] == "point-2"


def test_what_is_not_backed_up_says_so_with_a_dash(
    world: World, up: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = BackupStanding(
        Fact(Told.OK, "point", NOW - timedelta(days=11)),
        Fact(Told.UNKNOWN, why="sealed"),
        Fact(Told.OK),
        0.0,
        3600,
        NOW,
    )
    monkeypatch.setattr(
        backed_up, "look", lambda found: {one.names.instance: told for one in found}
    )
    monkeypatch.setattr(type(registry.product("rudi")), "holdings", Product.holdings)
    assert answer(["status"]) == 0
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert {row[0]: row[4:] for row in rows if row[0].startswith("les-trois")} == {
        "les-trois-moulins/decidim": ["11 d", "unknown"],
        "les-trois-moulins/grist": ["11 d", "unknown"],
        "les-trois-moulins/rudi": ["-", "-"],
    }
    assert answer(["status", "les-trois-moulins", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["instances"]
    assert [one["backup"] is None for one in found] == [False, False, True]


def test_what_is_not_there_is_not_asked(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backed_up, "look", lambda _found: pytest.fail("asked"))
    (one,) = standing.look(settings, "saint-martin")
    assert isinstance(one, Standing)
    assert (one.state, one.backup) == (State.UNREACHABLE, None)
