"""Recipes of the tools that are compiled."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from orchestrator.sandbox.toolchain.recipe import RECIPES, digest, read, read_all

NAMES = sorted(path.parent.name for path in RECIPES.glob("*/recipe.toml"))


def test_every_folder_is_a_recipe() -> None:
    assert NAMES == sorted(path.name for path in RECIPES.iterdir() if path.is_dir())
    assert {recipe.name for recipe in read_all()} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_byte_that_is_compiled_is_pinned(name: str) -> None:
    sums = (RECIPES / name / "go.sum").read_text(encoding="utf-8").splitlines()
    assert sums
    assert all(re.fullmatch(r"\S+ v\S+ h1:[A-Za-z0-9+/]{43}=", line) for line in sums)


@pytest.mark.parametrize("name", NAMES)
def test_no_module_comes_from_a_folder(name: str) -> None:
    assert "=> ." not in (RECIPES / name / "go.mod").read_text(encoding="utf-8")


def test_the_digest_follows_every_file(tmp_path: Path) -> None:
    copy = tmp_path / "coredns"
    shutil.copytree(RECIPES / "coredns", copy)
    before = digest(copy)
    assert before == read(RECIPES / "coredns").digest
    with (copy / "go.sum").open("a", encoding="utf-8") as file:
        file.write("\n")
    assert digest(copy) != before


def test_quick_ones_are_compiled_first() -> None:
    minutes = [recipe.minutes for recipe in read_all()]
    assert minutes == sorted(minutes)
