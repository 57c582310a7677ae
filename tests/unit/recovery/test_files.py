"""Files and their engine: what it says is read, waited for, and never believed beyond that."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from orchestrator.errors.backup import RepositoryUnreadableError, SnapshotNotMadeError
from orchestrator.errors.process import ToolFailedError
from orchestrator.errors.pruning import NotExpiredError
from orchestrator.model.secret import Secret
from orchestrator.ports import Clock, Cluster
from orchestrator.recovery.files import FilesEngine, Snapshot, read_snapshots, read_taken
from tests.unit.recovery.pods import Pod

AT = datetime(2026, 11, 26, 5, 42, 3, tzinfo=UTC)
WHOLE = "b2c988bf" * 8
TAKEN = {
    "id": "20261126T054200Z-3fa2c1",
    "began": "2026-11-26T05:42:01.915508164Z",
    "as_of": "2026-11-26T05:42:03Z",
    "collections": {"rudi_catalog.metadata": 5},
    "rows": {"rudi_manager.db.users": 2},
    "snapshot": WHOLE,
    "ended": "2026-11-26T05:42:03.597Z",
    "files": 9,
    "bytes": 113404,
    "added": 121453,
}


def told(name: str, seconds: int, **given: Any) -> dict[str, Any]:
    """A snapshot as restic 0.14 tells of it, without what nobody reads."""
    at = AT + timedelta(seconds=seconds)
    found = {
        "time": at.isoformat().replace("+00:00", "Z"),
        "tree": "0" * 64,
        "paths": ["/data/accounts", "/data/media", "/spool/taken"],
        "hostname": "keeper",
        "tags": [name],
        "id": f"{name}-{seconds}",
        "short_id": name,
    }
    return {**found, **given}


class World:
    """A pod that answers, and a clock that only its own sleeping moves."""

    def __init__(self, *answers: str | int) -> None:
        self.answers = list(answers)
        self.asked: list[Sequence[str]] = []
        self.slept: list[float] = []

    def execute(
        self,
        namespace: str,
        workload: str,
        command: Sequence[str],
        stdin: str | None = None,
        timeout_s: float = 60.0,
    ) -> str:
        assert (namespace, workload, stdin) == ("saint-martin-rudi", "deployment/keeper", None)
        self.asked.append(command)
        answer = self.answers.pop(0)
        if isinstance(answer, int):
            raise ToolFailedError(command[0], status=answer, tail=("first", "Fatal: last"))
        return answer

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    @property
    def engine(self) -> FilesEngine:
        return FilesEngine(cast("Cluster", self), cast("Clock", self), "saint-martin-rudi")


def test_a_snapshot_is_what_its_maker_counted() -> None:
    world, said = World(f"2026 keeper-snapshot: dumping\n{json.dumps(TAKEN)}\n"), list[str]()
    taken = world.engine.snapshot("20261126T054200Z-3fa2c1", said.append)
    assert world.asked == [["keeper-snapshot", "20261126T054200Z-3fa2c1"]]
    assert taken.snapshot == Snapshot("20261126T054200Z-3fa2c1", WHOLE, AT)
    assert taken.began < taken.snapshot.as_of <= taken.ended
    assert taken.began.microsecond == 915508
    assert (taken.files, taken.bytes) == (9, 113404)
    assert taken.counts == {"rudi_catalog.metadata": 5, "rudi_manager.db.users": 2}
    assert said == ["taking a snapshot of files and databases"]


@pytest.mark.parametrize("status", [74, 75, 76, 77])
def test_what_is_only_away_is_waited_for(status: int) -> None:
    world = World(status, status, json.dumps(TAKEN))
    assert world.engine.snapshot("one", lambda _: None).files == 9
    assert len(world.slept) == 2


@pytest.mark.parametrize(("answers", "tries"), [((65,), 1), ((74, 74, 74), 3), ((74, 137), 2)])
def test_a_snapshot_that_is_not_made_is_told(answers: tuple[int, ...], tries: int) -> None:
    world = World(*answers)
    with pytest.raises(SnapshotNotMadeError) as caught:
        world.engine.snapshot("one", lambda _: None)
    assert len(world.asked) == tries
    assert f"status {answers[-1]}" in (caught.value.why or "")
    assert caught.value.details == ("first", "Fatal: last")
    assert "deployment/keeper" in caught.value.hints[1]


@pytest.mark.parametrize("text", ["", "no JSON", "{}", "[]", json.dumps({**TAKEN, "rows": 3})])
def test_an_answer_that_is_none_is_not_believed(text: str) -> None:
    with pytest.raises(RepositoryUnreadableError) as caught:
        read_taken(text, "saint-martin-rudi")
    assert "never begin a new repository" in caught.value.hints[0]


def test_snapshots_are_listed_from_the_oldest_on_and_made_again_count_once() -> None:
    text = json.dumps([told("b", 60), told("a", 5), told("a", 0), told("c", 30, tags=None)])
    found = World(text).engine.listed()
    assert [(one.name, one.snapshot) for one in found] == [
        ("a", "a-5"),
        ("", "c-30"),
        ("b", "b-60"),
    ]
    assert found[0].as_of == AT + timedelta(seconds=5)


def test_the_newest_that_holds_nothing_younger_than_a_moment() -> None:
    text = json.dumps([told("a", 0), told("b", 60)])
    for seconds, name in ((-1, None), (0, "a"), (59, "a"), (60, "b"), (3600, "b")):
        found = World(text).engine.newest_before(AT + timedelta(seconds=seconds))
        assert (found.name if found else None) == name


@pytest.mark.parametrize("text", ["null", "[]"])
def test_there_is_none_yet(text: str) -> None:
    assert read_snapshots(text, "where") == ()


@pytest.mark.parametrize("text", ["", "{}x", "[1]", '[{"id": "x"}]', '[{"id": "x", "time": "y"}]'])
def test_a_list_that_is_none_is_not_believed(text: str) -> None:
    with pytest.raises(RepositoryUnreadableError):
        read_snapshots(text, "where")


def test_a_repository_that_the_pod_cannot_read() -> None:
    with pytest.raises(RepositoryUnreadableError) as caught:
        World(1).engine.listed()
    assert caught.value.why == "it says: Fatal: last"
    assert "deployment/keeper" in caught.value.hints[1]


def test_what_is_forgotten_is_told_on_standard_input_behind_the_key() -> None:
    pod, says = Pod("keeper-prune"), list[str]()
    engine = FilesEngine(cast("Cluster", pod), cast("Clock", None), "where")
    engine.forget(["a" * 64, "b" * 64], Secret("an-access-key\na-secret-of-it\n"), says.append)
    ((_, workload, command, stdin, _),) = pod.asked
    assert (workload, command) == ("deployment/keeper", ["keeper-prune"])
    assert stdin.reveal().split() == ["an-access-key", "a-secret-of-it", "a" * 64, "b" * 64]
    assert says == ["taking 2 snapshots away, and what only they needed"]


def test_a_keeper_that_forgets_nothing_is_told() -> None:
    engine = FilesEngine(cast("Cluster", Pod("keeper-prune", 65)), cast("Clock", None), "where")
    with pytest.raises(NotExpiredError) as caught:
        engine.forget([], Secret("a-key\nand-its-secret\n"), lambda _: None)
    assert "status 65" in (caught.value.why or "")


def test_those_that_were_made_again_are_told_where_all_are_asked_for() -> None:
    text = json.dumps([told("a", 5), told("a", 0)])
    assert [one.snapshot for one in World(text).engine.every()] == ["a-0", "a-5"]
