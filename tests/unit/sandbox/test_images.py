"""Which images the cache holds whole; a damaged one counts as none."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from orchestrator.sandbox.images import built_all
from orchestrator.sandbox.images.recipe import Process, Recipe

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
