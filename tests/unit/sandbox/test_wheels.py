"""Python packages that Debian does not have: what is asked for, and what becomes of it."""

from __future__ import annotations

import dataclasses
import zipfile
from pathlib import Path

from orchestrator.sandbox.images import wheels
from orchestrator.sandbox.images.recipe import Process, Recipe, Wheel
from orchestrator.sandbox.images.standins import MONGODB

ONE = Wheel("one", "1.0", "ab" * 32)


def test_each_is_asked_for_by_its_hash() -> None:
    assert wheels.requirements([ONE]) == f"one==1.0 --hash=sha256:{'ab' * 32}\n"
    assert all(len(each.sha256) == 64 for each in MONGODB.wheels)


def test_an_image_is_another_with_another_wheel_or_identity() -> None:
    plain = Recipe("x", "1", packages=(), process=Process(("/bin/x",)))
    others = [
        dataclasses.replace(plain, wheels=(ONE,)),
        dataclasses.replace(plain, wheels=(dataclasses.replace(ONE, sha256="cd" * 32),)),
        dataclasses.replace(plain, identity=5001),
    ]
    assert len({each.digest for each in (plain, *others)}) == 4


def test_files_are_for_everybody_to_read(tmp_path: Path) -> None:
    path = tmp_path / "one.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("one/inner/__init__.py", "")
    target = tmp_path / "staging" / wheels.PLACE
    wheels._unpacked(path, target)
    assert (target / "one/inner/__init__.py").stat().st_mode & 0o777 == 0o644
    assert (target / "one/inner").stat().st_mode & 0o777 == 0o755
    assert target.parent.stat().st_mode & 0o777 == 0o755


def test_without_wheels_nothing_is_asked(tmp_path: Path) -> None:
    wheels.unpack((), tmp_path, tmp_path / "staging", tmp_path / "log")
    assert list(tmp_path.iterdir()) == []
