"""Which images there are, which of them the cache holds whole, and what is compiled into them."""

from __future__ import annotations

import dataclasses
import io
import json
import shutil
import tarfile
from pathlib import Path

import pytest

from orchestrator.products import registry
from orchestrator.sandbox.images import built_all, rootfs
from orchestrator.sandbox.images.catalogue import RECIPES
from orchestrator.sandbox.images.recipe import Process, Program, Recipe
from orchestrator.sandbox.toolchain import recipe as toolchain

ONE = Recipe("one", "1", packages=(), process=Process(("/bin/one",)))
TWO = Recipe("two", "2", packages=(), process=Process(("/bin/two",)))
BOTH = (ONE, TWO)


def archive(cache: Path, recipe: Recipe) -> Path:
    path = cache / "images" / f"{recipe.name}-{recipe.digest}.tar"
    path.parent.mkdir(exist_ok=True)
    index = json.dumps({"manifests": [{"digest": f"sha256:{recipe.name}"}]}).encode()
    with tarfile.open(path, "w") as layout:
        member = tarfile.TarInfo("index.json")
        member.size = len(index)
        layout.addfile(member, io.BytesIO(index))
    return path


def test_all_that_are_there_are_named_by_their_digest(tmp_path: Path) -> None:
    for recipe in BOTH:
        archive(tmp_path, recipe)
    found = built_all(tmp_path, BOTH)
    assert found is not None
    assert {name: image.digest for name, image in found.items()} == {
        "one": "sha256:one",
        "two": "sha256:two",
    }


def test_one_that_was_never_built_makes_it_none(tmp_path: Path) -> None:
    assert built_all(tmp_path, BOTH) is None
    archive(tmp_path, ONE)
    assert built_all(tmp_path, BOTH) is None


@pytest.mark.parametrize("content", [b"", b"x" * 5000])
def test_a_damaged_one_makes_it_none(tmp_path: Path, content: bytes) -> None:
    archive(tmp_path, ONE)
    archive(tmp_path, TWO).write_bytes(content)
    assert built_all(tmp_path, BOTH) is None


def test_every_image_that_a_product_asks_for_is_built() -> None:
    asked = {image for name in registry.names() for image in registry.product(name).images}
    assert asked <= {recipe.name for recipe in RECIPES}


def test_an_image_follows_the_tool_that_it_carries(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = dataclasses.replace(ONE, base=TWO)
    carrying = dataclasses.replace(plain, programs=(Program("skipper", "/bin/skipper"),))
    elsewhere = dataclasses.replace(plain, programs=(Program("skipper", "/usr/bin/skipper"),))
    assert len({each.digest for each in (plain, carrying, elsewhere)}) == 3
    before = carrying.digest
    shutil.copytree(toolchain.RECIPES / "skipper", tmp_path / "skipper")
    monkeypatch.setattr(toolchain, "RECIPES", tmp_path)
    assert carrying.digest == before
    with (tmp_path / "skipper" / "go.sum").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert carrying.digest != before


def test_a_tool_stands_in_the_image_as_a_program(tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.write_bytes(b"\x7fELF")
    rootfs._stage(ONE, {"/usr/bin/tool": tool}, tmp_path / "staging")
    place = tmp_path / "staging/usr/bin/tool"
    assert place.read_bytes() == b"\x7fELF"
    assert place.stat().st_mode & 0o777 == 0o755


def test_what_an_image_carries_is_of_its_version_and_never_the_machine_s_own() -> None:
    carrying = [recipe for recipe in RECIPES if recipe.programs]
    assert [recipe.name for recipe in carrying] == ["oauth2-proxy"]
    for image in carrying:
        for program in image.programs:
            tool = toolchain.named(program.tool)
            assert tool.version == image.version
            assert tool.path is None
