"""`erasure` as people and programs call it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orchestrator import wiring
from orchestrator.cli.main import answer
from orchestrator.flows import backup
from orchestrator.flows.steps.erased_again import erasures_of
from orchestrator.model.erasure import about
from orchestrator.wiring import backups
from orchestrator.wiring.erasures import erase_recipe
from tests.unit.recovery.instance import BEGAN, NAMES, World, carry_out

ROOT = Path(__file__).parents[3]
DECIDIM = "saint-martin/decidim"


class Heard(BaseException):
    """What was asked for has reached the wiring."""


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    """An instance with a point, which every look of the wiring finds."""
    made = World()
    carry_out(made, backup.steps(made.subject, made.tools))
    monkeypatch.setattr(backups, "looking", lambda _case: made.tools)
    monkeypatch.setenv("ORCHESTRATOR_STATE_DIR", str(tmp_path))
    monkeypatch.chdir(ROOT)
    return made


@pytest.fixture
def heard(world: World, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    del world
    found: list[tuple[Any, ...]] = []

    def take(settings: Any, *given: Any) -> Any:
        found.append((*given[:-1], settings.instruction))
        raise Heard

    monkeypatch.setattr(wiring, "open_erasure", take)
    return found


def recorded(world: World) -> None:
    erasures_of(world.subject, world.tools).record("1742", "aa", "RGPD-7", BEGAN)


def test_nobody_was_erased(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert answer(["erasure", "list", DECIDIM]) == 0
    told = capsys.readouterr()
    assert f"Nobody was erased from {DECIDIM} yet" in told.out + told.err
    assert answer(["erasure", "list", DECIDIM, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["erasures"] == []
    world.store.buckets.pop(NAMES.backup_bucket)
    assert answer(["erasure", "list", DECIDIM]) == 0


def test_who_was_erased_is_listed(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    recorded(world)
    assert answer(["erasure", "list", DECIDIM]) == 0
    cells = capsys.readouterr().out.strip().split("\t")
    assert (cells[0], cells[2:]) == ("1", ["1742", "RGPD-7", about(DECIDIM, "1742")])
    assert answer(["erasure", "list", DECIDIM, "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)["erasures"]
    assert (entry["person"], entry["about"]) == ("1742", about(DECIDIM, "1742"))


def test_a_broken_ledger_is_not_shown(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    recorded(world)
    world.store.delete(NAMES.backup_bucket, "erasures/00000001.json")
    assert answer(["erasure", "list", DECIDIM]) == 4
    told = capsys.readouterr()
    assert "erasures-broken" in told.err
    assert told.out == ""


def test_the_reference_is_the_instruction_of_the_journal(heard: list[tuple[Any, ...]]) -> None:
    run = ["erasure", "run", DECIDIM, "1742", "--reference", "RGPD-7"]
    for further in ([], ["--instruction", "CHG-1"]):
        with pytest.raises(Heard):
            answer([*run, *further])
    assert heard == [(DECIDIM, "1742", "RGPD-7", "RGPD-7"), (DECIDIM, "1742", "RGPD-7", "CHG-1")]


@pytest.mark.parametrize("text", ["marie@ville.example", "", "  "])
def test_a_reference_is_no_address_and_not_repeated(
    heard: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str], text: str
) -> None:
    assert answer(["erasure", "run", DECIDIM, "1742", "--reference", text]) == 2
    assert "marie" not in capsys.readouterr().err
    assert heard == []


def test_it_needs_a_reference(heard: list[tuple[Any, ...]]) -> None:
    assert answer(["erasure", "run", DECIDIM, "1742"]) == 2
    assert heard == []


def test_the_journal_is_given_a_digest() -> None:
    recipe = erase_recipe(DECIDIM, "1742", "RGPD-7")
    assert recipe.about == about(DECIDIM, "1742")
    assert recipe.options == {"person": "1742", "reference": "RGPD-7"}
