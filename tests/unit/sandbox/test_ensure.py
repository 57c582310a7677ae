"""Where tools are, told without making any."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from orchestrator.engine import stop
from orchestrator.errors.toolchain import ToolNotBuiltError
from orchestrator.sandbox.toolchain import ensure as toolchain
from orchestrator.sandbox.toolchain.ensure import compiled, ensure, places
from orchestrator.sandbox.toolchain.recipe import Recipe, named, read_all


def test_every_tool_has_its_place_before_it_is_there(tmp_path: Path) -> None:
    found = places(tmp_path)
    assert {"kubectl", "etcd", "vault", "pulumi"} <= set(found)
    for recipe in read_all():
        for name in (recipe.binary, *recipe.links):
            assert found[name].name == name
    assert list(tmp_path.iterdir()) == []


def test_one_that_was_compiled_is_found_where_it_lies(tmp_path: Path) -> None:
    (recipe,) = [one for one in read_all() if "kubectl" in (one.binary, *one.links)]
    folder = tmp_path / "tools" / recipe.unit
    folder.mkdir(parents=True)
    (folder / recipe.binary).touch()
    assert places(tmp_path)["kubectl"] == folder / "kubectl"


def test_one_that_was_compiled_is_not_compiled_again(tmp_path: Path) -> None:
    folder = tmp_path / "tools" / named("oauth2-proxy").unit
    folder.mkdir(parents=True)
    (folder / "oauth2-proxy").touch()
    said: list[str] = []
    assert compiled(tmp_path, "oauth2-proxy", said.append) == folder / "oauth2-proxy"
    assert said == []


@pytest.fixture
def compiling(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would be compiled, by a compiler that makes an empty program of everything."""
    begun: list[str] = []

    def compile_(recipe: Recipe, folder: Path) -> None:
        begun.append(recipe.name)
        (folder / recipe.unit).mkdir()
        (folder / recipe.unit / recipe.binary).touch()

    monkeypatch.setattr(toolchain, "_compile", compile_)
    monkeypatch.setattr(toolchain, "_on_path", lambda _recipe: None)
    return begun


def test_all_are_compiled_the_longest_first_and_again_nothing_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiling: list[str]
) -> None:
    monkeypatch.setattr(toolchain, "_AT_A_TIME", 1)  # of two, either may be seen first
    said: list[str] = []
    made = ensure(tmp_path, said.append)
    minutes = {recipe.name: recipe.minutes for recipe in read_all()}
    assert sorted(compiling) == sorted(minutes)
    assert [minutes[name] for name in compiling] == sorted(minutes.values(), reverse=True)
    assert {made[name].origin for name in ("vault", "kubectl", "etcd")} == {"built"}
    assert said[0].startswith(f"tools: {len(minutes)} to compile, about ")
    compiling.clear()
    assert {one.origin for one in ensure(tmp_path, said.append).values()} == {"cache"}
    assert compiling == []


def test_one_that_cannot_be_compiled_ends_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, compiling: list[str]
) -> None:
    meeting = threading.Barrier(2)
    ended: list[str] = []

    def compile_(recipe: Recipe, _folder: Path) -> None:
        compiling.append(recipe.name)
        meeting.wait(30.0)  # only a defect waits for so long
        if recipe.name == compiling[0]:
            raise ToolNotBuiltError(recipe.name, log="x", tail=("no room",))
        try:
            stop.pause(600)
        except KeyboardInterrupt:
            ended.append(recipe.name)
            raise

    monkeypatch.setattr(toolchain, "_compile", compile_)
    with pytest.raises(ToolNotBuiltError):
        ensure(tmp_path, lambda _text: None)
    assert len(compiling) == 2
    assert ended == compiling[1:]
