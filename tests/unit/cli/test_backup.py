"""`backup` and `restore` as people and programs call them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestrator import wiring
from orchestrator.cli.main import answer
from orchestrator.flows import backup
from orchestrator.model.restoration import Wish
from orchestrator.products import registry
from orchestrator.products.product import Product
from orchestrator.recovery.points import FOLDER, Points
from orchestrator.wiring import backups
from tests.unit.recovery.instance import NAMES, World, carry_out

ROOT = Path(__file__).parents[3]
DECIDIM = "saint-martin/decidim"


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    """An instance with a point, which every look of the wiring finds."""
    made = World()
    made.upload("map", b"content of map")
    carry_out(made, backup.steps(made.subject, made.tools))
    monkeypatch.setattr(backups, "looking", lambda _case: made.tools)
    monkeypatch.setenv("ORCHESTRATOR_STATE_DIR", str(tmp_path))
    monkeypatch.chdir(ROOT)
    return made


def newest(world: World) -> str:
    return Points(world.store, world.ring, NAMES).ids()[0]


def test_points_are_listed(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["backup", "list", DECIDIM]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    cells = line.split("\t")
    assert cells[:2] == [DECIDIM, newest(world)]
    assert cells[3:] == ["0.31.5", "1", "asked", "ok"]


def test_points_are_listed_for_programs(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    id_ = newest(world)
    world.store.put(NAMES.backup_bucket, f"{FOLDER}20990101T000000Z-ffffff.json", b"rubbish")
    assert answer(["backup", "list", "saint-martin", "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["format"] == "orchestrator/recovery-points/v1"
    broken, sound = body["points"]
    assert broken["fault"]
    assert (sound["id"], sound["fault"]) == (id_, "")
    assert "passphrase" in sound["keys"]["wrapped"]
    assert "a" * 64 not in json.dumps(body)


def test_without_points_the_next_command_is_told(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.store.buckets[NAMES.backup_bucket].clear()
    assert answer(["backup", "list", DECIDIM]) == 0
    told = capsys.readouterr()
    assert f"orchestrator backup run {DECIDIM}" in told.out + told.err


def test_one_point_is_shown(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["backup", "show", DECIDIM, newest(world)]) == 0
    shown = capsys.readouterr().out
    assert newest(world) in shown
    assert "3 missing" not in shown
    assert answer(["backup", "show", DECIDIM, newest(world), "--json"]) == 0
    body = json.loads(capsys.readouterr().out)
    assert body["format"] == "orchestrator/recovery-point/v1"
    assert answer(["backup", "show", DECIDIM, "no-such-point"]) == 6
    assert "error[point-unknown]" in capsys.readouterr().err


def test_a_whole_point_is_proved(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["backup", "verify", DECIDIM]) == 0
    assert "\tok" in capsys.readouterr().out
    assert answer(["backup", "verify", DECIDIM, "--point", newest(world), "--json"]) == 0
    (proof,) = json.loads(capsys.readouterr().out)["proofs"]
    assert (proof["point"], proof["faults"]) == (newest(world), [])


def test_a_point_that_is_not_whole_ends_with_4(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    older = newest(world)
    world.upload("photo", b"1")
    carry_out(world, backup.steps(world.subject, world.tools))
    del world.store.buckets[NAMES.bucket]["photo"]
    assert answer(["backup", "verify", DECIDIM]) == 4
    told = capsys.readouterr()
    assert "\tfault" in told.out
    assert "error[point-broken]" in told.err
    assert "photo is gone" in told.err
    assert f"orchestrator backup verify {DECIDIM} --point {older}" in told.err


def test_a_lost_key_ends_with_3(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.ring.destroyed = True
    assert answer(["backup", "verify", DECIDIM]) == 3
    told = capsys.readouterr()
    assert "error[key-unavailable]" in told.err
    assert "they may well be there" in told.err


@pytest.mark.parametrize("verb", ["list", "run", "verify"])
def test_a_product_that_cannot_be_backed_up(
    world: World,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    verb: str,
) -> None:
    monkeypatch.setattr(type(registry.product("rudi")), "holdings", Product.holdings)
    assert answer(["backup", verb, "les-trois-moulins/rudi"]) == 2
    assert "error[backup-impossible]" in capsys.readouterr().err
    assert world.staged == []


# restore


class Heard(BaseException):
    """What the command asked the wiring for; the rest is of other tests."""


@pytest.fixture
def heard(world: World, monkeypatch: pytest.MonkeyPatch) -> list[Wish]:
    del world
    wishes: list[Wish] = []

    def take(_settings: Any, wish: Wish, _listener: Any) -> Any:
        wishes.append(wish)
        raise Heard

    monkeypatch.setattr(wiring, "open_restoration", take)
    return wishes


def asked(heard: list[Wish], *arguments: str) -> Wish:
    with pytest.raises(Heard):
        answer(["restore", DECIDIM, *arguments])
    return heard[-1]


def test_a_point_in_place(heard: list[Wish]) -> None:
    assert asked(heard, "--point", "p", "--in-place") == Wish(DECIDIM, "p", None)


def test_a_rehearsal_goes_beside(heard: list[Wish]) -> None:
    found = asked(heard, "--point", "p", "--in-place", "--rehearse")
    assert found == Wish(DECIDIM, "p", None, copy="rehearsal", trial=True)


def test_a_second_in_any_zone(heard: list[Wish]) -> None:
    found = asked(heard, "--at", "2020-11-26T14:03:20+01:00", "--in-place")
    assert found.at == datetime(2020, 11, 26, 13, 3, 20, tzinfo=UTC)
    assert found.point == ""


def test_a_second_without_a_zone_is_one_of_this_machine(
    heard: list[Wish], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "UTC-3")
    import time

    time.tzset()
    try:
        found = asked(heard, "--at", "2020-11-26T14:03:20", "--in-place")
    finally:
        monkeypatch.undo()
        time.tzset()
    assert found.at == datetime(2020, 11, 26, 11, 3, 20, tzinfo=UTC)


def test_a_copy_has_a_name_and_a_day(heard: list[Wish]) -> None:
    assert asked(heard, "--point", "p").copy == "restored"
    found = asked(heard, "--point", "p", "--as", "monday", "--until", "2099-12-01")
    assert (found.copy, str(found.until)) == ("monday", "2099-12-01")


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--in-place"],
        ["--point", "p", "--rehearse"],
        ["--point", "p", "--alone"],
        ["--point", "p", "--in-place", "--rehearse", "--as", "monday"],
        ["--point", "p", "--at", "2020-11-26T14:03:20Z"],
        ["--at", "yesterday", "--in-place"],
        ["--point", "p", "--in-place", "--as", "monday"],
        ["--point", "p", "--in-place", "--until", "2099-12-01"],
        ["--point", "p", "--as", "Monday"],
        ["--point", "p", "--as", "a-b"],
        ["--point", "p", "--as", "a" * 21],
        ["--point", "p", "--as", "1a"],
    ],
)
def test_what_cannot_be_asked_for(
    heard: list[Wish], capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert answer(["restore", DECIDIM, *arguments]) == 2
    assert "error[" in capsys.readouterr().err
    assert heard == []


def test_a_moment_that_has_not_come_is_refused(
    heard: list[Wish], capsys: pytest.CaptureFixture[str]
) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert answer(["restore", DECIDIM, "--at", tomorrow, "--in-place"]) == 2
    assert "has not come yet" in capsys.readouterr().err
    assert heard == []


# clone


@pytest.fixture
def cloned(world: World, monkeypatch: pytest.MonkeyPatch) -> list[Wish]:
    del world
    wishes: list[Wish] = []

    def take(_settings: Any, wish: Wish, _listener: Any) -> Any:
        wishes.append(wish)
        raise Heard

    monkeypatch.setattr(wiring, "open_clone", take)
    return wishes


def test_a_clone_has_a_name_and_may_have_a_point_and_a_day(cloned: list[Wish]) -> None:
    for further in ([], ["--point", "p", "--until", "2099-12-01"]):
        with pytest.raises(Heard):
            answer(["clone", DECIDIM, "--as", "essai", *further])
    assert cloned == [
        Wish(DECIDIM, "", None, "essai"),
        Wish(DECIDIM, "p", None, "essai", date(2099, 12, 1)),
    ]


@pytest.mark.parametrize("name", [[], ["--as", "Essai"], ["--as", "a-b"], ["--as", "a" * 21]])
def test_a_clone_without_a_name_is_none(
    cloned: list[Wish], capsys: pytest.CaptureFixture[str], name: list[str]
) -> None:
    assert answer(["clone", DECIDIM, *name]) == 2
    assert "error[usage]" in capsys.readouterr().err
    assert cloned == []
