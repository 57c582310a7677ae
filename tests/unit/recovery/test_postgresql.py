"""PostgreSQL and its backup engine: what they say is read, and never believed beyond that."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from orchestrator.errors.backup import (
    BaseNotMadeError,
    LogNotKeptError,
    RepositoryUnreadableError,
)
from orchestrator.errors.process import ToolFailedError
from orchestrator.errors.pruning import NotExpiredError
from orchestrator.model.secret import Secret
from orchestrator.ports import Clock, Cluster
from orchestrator.recovery.inventory import Chain
from orchestrator.recovery.postgresql import KEPT_S, PostgresqlEngine, read_repository
from tests.unit.recovery.instance import BEGAN, SYSTEM, World
from tests.unit.recovery.pods import Pod

STOP = int(BEGAN.timestamp())


def base(label: str, stop: int, *, timeline: int = 1, error: bool | None = None) -> dict[str, Any]:
    """A backup as pgBackRest 2.45 tells of it, without what nobody reads."""
    segment = f"{timeline:08X}0000000000000003"
    return {
        "archive": {"start": segment, "stop": segment},
        "database": {"id": 1, "repo-key": 1},
        "error": error,
        "info": {"delta": 100, "repository": {"delta": 10, "size": 10}, "size": 1000},
        "label": label,
        "lsn": {"start": "0/3000028", "stop": "0/3000100"},
        "timestamp": {"start": stop - 5, "stop": stop},
        "type": "full",
    }


def said(*bases: dict[str, Any], code: int = 0, **given: Any) -> str:
    told = {
        "archive": [{"id": "15-1", "max": "000000010000000000000007", "min": "0" * 24}],
        "backup": list(bases),
        "db": [{"id": 1, "system-id": int(SYSTEM), "version": "15"}],
        "name": "main",
        "status": {"code": code, "message": "told so"},
        **given,
    }
    return json.dumps([told])


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(STOP + seconds, UTC)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def engine(world: World) -> PostgresqlEngine:
    return PostgresqlEngine(world.tools.cluster, world.tools.clock, "saint-martin-d", "decidim")


def test_a_repository_is_read() -> None:
    found = read_repository(said(base("a", STOP), base("b", STOP + 10)), "where")
    assert found is not None
    assert [one.label for one in found.bases] == ["a", "b"]
    assert found.bases[0].ended == at(0)
    assert found.bases[0].began == at(-5)
    assert (found.bases[0].bytes, found.bases[0].timeline) == (1000, 1)
    assert found.newest_segment == "000000010000000000000007"
    assert found.system == SYSTEM


def test_what_a_base_hangs_on_is_told_by_its_full_one() -> None:
    full, diff = base("20261126-020000F", STOP), base("20261126-020000F_20261127-020000D", STOP + 9)
    diff["archive"] = {"start": "000000010000000000000009", "stop": "000000010000000000000009"}
    found = read_repository(said(full, diff), "where")
    assert found is not None
    for label in ("20261126-020000F", "20261126-020000F_20261127-020000D"):
        assert found.chain(label) == Chain("20261126-020000F", "000000010000000000000003")
    assert found.chain("20261119-020000F") is None
    assert found.chain("") is None


def test_the_key_to_take_bases_away_with_is_in_no_command_line() -> None:
    pod, key, says = Pod("postgres-expire"), Secret("an-access-key\na-secret-of-it\n"), list[str]()
    engine = PostgresqlEngine(cast("Cluster", pod), cast("Clock", None), "where", "decidim")
    engine.expire(3, key, says.append)
    ((_, workload, command, stdin, _),) = pod.asked
    assert (workload, command) == ("statefulset/database", ["postgres-expire", "3"])
    assert stdin is key
    assert says == ["taking bases away; the newest 3 full ones stay"]


def test_an_engine_that_takes_nothing_away_is_told() -> None:
    engine = PostgresqlEngine(
        cast("Cluster", Pod("postgres-expire", 75)), cast("Clock", None), "where", "d"
    )
    with pytest.raises(NotExpiredError, match="in where") as caught:
        engine.expire(3, Secret("a-key"), lambda _: None)
    assert "status 75" in (caught.value.why or "")
    assert caught.value.details == ("not whole",)


def test_the_base_before_a_moment() -> None:
    bad = base("bad", STOP + 20, error=True)
    found = read_repository(said(base("a", STOP), base("b", STOP + 10), bad), "where")
    assert found is not None
    assert found.before(at(-1), 1) is None
    assert [one.label for at_s in (0, 9, 10, 99) for one in [found.before(at(at_s), 1)] if one] == [
        "a",
        "a",
        "b",
        "b",
    ]


def test_a_base_of_the_history_that_was_left_leads_nowhere() -> None:
    left, own = base("left", STOP + 10), base("own", STOP + 30, timeline=2)
    found = read_repository(said(base("a", STOP), left, own), "where")
    assert found is not None
    newest = found.before(at(40), 2)
    assert newest is not None
    assert newest.label == "own"
    assert found.newest(2) == newest
    assert found.newest(3) is None
    # Of a point on the old history the base of the new one is none.
    old = found.before(at(40), 1)
    assert old is not None
    assert old.label == "left"


@pytest.mark.parametrize(
    "text",
    ["[]", said(code=1), said(code=2), said(code=3), json.dumps([{"status": {"code": 1}}])],
)
def test_nothing_was_begun(text: str) -> None:
    assert read_repository(text, "where") is None


@pytest.mark.parametrize("code", [4, 5, 6, 99])
def test_a_repository_that_cannot_be_read(code: int) -> None:
    with pytest.raises(RepositoryUnreadableError) as caught:
        read_repository(said(base("a", STOP), code=code), "where")
    assert caught.value.why == "it says: told so"
    assert "never begin a new repository" in caught.value.hints[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "null",
        "ERROR: [055]: unable to load",
        "{}",
        "[1]",
        '[{"status": {"code": 0}}]',
        said(db=[]),
    ],
)
def test_an_answer_that_is_none(text: str) -> None:
    with pytest.raises(RepositoryUnreadableError):
        read_repository(text, "where")


def test_a_base_in_spite_of_a_code_that_says_nothing_counts() -> None:
    found = read_repository(said(base("a", STOP), code=3), "where")
    assert found is not None
    assert len(found.bases) == 1


def test_a_repository_without_log() -> None:
    found = read_repository(said(base("a", STOP), archive=[]), "where")
    assert found is not None
    assert found.newest_segment == ""


def test_a_place_in_the_log_is_named(world: World, engine: PostgresqlEngine) -> None:
    world.data.timeline, world.data.segment = 2, 10
    mark = engine.mark("rp_x")
    assert (mark.name, mark.timeline, mark.system) == ("rp_x", 2, SYSTEM)
    assert mark.segment == "00000002000000000000000A"
    assert BEGAN < mark.at <= world.now()
    assert mark.at.tzinfo is UTC
    assert engine.timeline() == 2


def test_the_wait_for_the_log_has_an_end(world: World, engine: PostgresqlEngine) -> None:
    world.store.buckets["saint-martin-decidim-backups"] = {}
    engine.base("full", world.says.append)
    mark = engine.mark("rp_x")
    engine.kept(mark)
    world.archived = False
    lost = engine.mark("rp_y")
    before = world.monotonic()
    with pytest.raises(LogNotKeptError) as caught:
        engine.kept(lost)
    assert KEPT_S < world.monotonic() - before < KEPT_S + 5
    assert lost.segment in (caught.value.why or "")
    assert mark.segment in (caught.value.why or "")
    assert caught.value.retryable


def test_log_that_comes_late_is_waited_for(world: World, engine: PostgresqlEngine) -> None:
    world.store.buckets["saint-martin-decidim-backups"] = {}
    engine.base("full", world.says.append)
    world.archived = False
    mark = engine.mark("rp_x")
    looks = iter([False, False, True])
    info = world._info

    def later() -> str:
        if next(looks):
            world._send(f"archive/main/15-1/{mark.segment[:16]}/{mark.segment}-sum.zst")
        return info()

    world._info = later  # type: ignore[method-assign]
    engine.kept(mark)


def test_values_are_read(world: World, engine: PostgresqlEngine) -> None:
    assert engine.counts() == world.data.rows
    assert engine.system() == SYSTEM
    assert abs((engine.now() - world.now()).total_seconds()) < 1


def test_a_value_of_many_lines_or_odd_letters_is_one(
    engine: PostgresqlEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = json.dumps({"title": "a\u2028b\u0085c"}, ensure_ascii=False, indent=1)
    monkeypatch.setattr(World, "_answer", lambda _self, _statement: f"{told}\n")
    assert engine.value("select 1") == {"title": "a\u2028b\u0085c"}
    monkeypatch.setattr(World, "_answer", lambda _self, _statement: "\n")
    assert engine.value("select 1") is None
    assert engine.text("select 1") == ""


def test_an_engine_that_ends_too_early_is_told_with_the_next_step() -> None:
    class Killed(World):
        def execute(self, *_given: Any, **_more: Any) -> str:
            command = "postgres-backup full"
            raise ToolFailedError(command, status=137, tail=("backup command begin",))

    world = Killed()
    engine = PostgresqlEngine(world.tools.cluster, world.tools.clock, "saint-martin-d", "decidim")
    with pytest.raises(BaseNotMadeError) as caught:
        engine.base("full", world.says.append)
    assert "status 137" in caught.value.why
    assert caught.value.details == ("backup command begin",)
    assert "run the same command again" in caught.value.hints[0]
