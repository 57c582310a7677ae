"""Where tools are, told without making any."""

from __future__ import annotations

from pathlib import Path

from orchestrator.sandbox.toolchain.ensure import compiled, places
from orchestrator.sandbox.toolchain.recipe import named, read_all


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
