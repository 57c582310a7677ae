"""The guides, followed to the letter with the program as it is installed from its wheel."""

from __future__ import annotations

import os
import re
import shutil
import subprocess  # noqa: TID251 - tests run the product from outside
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestrator.model.check import CheckState
from tests.sandbox.console import Command, agrees, steps
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import CLONE, MODEL, NAME, Standing

pytestmark = pytest.mark.sandbox

GUIDES = CLONE / "orchestrator" / "docs" / "guides"
RUN = "4f2a1c"  # the run that the guides tell of


@dataclass
class Reader:
    """Somebody at a shell, who has the program from its wheel alone."""

    programs: Path
    folder: Path
    port: int
    run: str = RUN

    def type(self, line: str) -> tuple[int, str]:
        """Give a command; its status, and all that it said."""
        path = f"{self.programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", self._here(line)],
            cwd=self.folder,
            env={**os.environ, "PATH": path, "NO_COLOR": "1", "LC_ALL": "C.UTF-8"},
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        return done.returncode, done.stdout

    def follow(self, guide: Path) -> None:
        """Do what a guide says. Raises AssertionError at the first command that differs."""
        for step in steps(guide.read_text(encoding="utf-8")):
            if not isinstance(step, Command):
                shutil.copy(CLONE / step.path, self.folder / step.path)
            elif step.line.startswith("cd "):
                self._enter(step.line.removeprefix("cd "))
            else:
                status, said = self.type(step.line)
                promised = self._here(step.says)
                assert agrees(promised, said), f"$ {step.line}\n{said}\npromised:\n{promised}"
                failed = status != 0 and not _elsewhere(said)
                assert failed == ("error[" in step.says), f"{step.line}: {status}\n{said}"

    def _enter(self, name: str) -> None:
        """The sandbox of the tests has another name and port; the project's platform says so."""
        self.folder /= name
        shipped = (CLONE / "tenants" / "_platforms" / "sandbox.yaml").read_text(encoding="utf-8")
        own = self.folder / "tenants" / "_platforms" / "sandbox.yaml"
        own.parent.mkdir()
        own.write_text(shipped.replace("name: default", f"name: {NAME}", 1), encoding="utf-8")

    def _here(self, text: str) -> str:
        named = re.sub(r"(orchestrator sandbox [a-z]+)", rf"\1 --name {NAME}", text)
        return named.replace(":8443", f":{self.port}").replace(RUN, self.run)


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program installed from its wheel; the libraries are those of the tests."""
    place = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--quiet"]
    subprocess.run([*pip, "wheel", "--no-deps", "--wheel-dir", place, CLONE], check=True)
    venv.create(place / "venv", symlinks=True)
    python = place / "venv" / "bin" / "python"
    (wheel,) = place.glob("*.whl")
    subprocess.run([*pip, "--python", python, "install", "--no-deps", wheel], check=True)
    (packages,) = (place / "venv" / "lib").glob("python*/site-packages")
    for name in ("ansible-playbook", "weed"):  # come with the libraries
        (python.parent / name).symlink_to(Path(sys.executable).with_name(name))
    # A path file is not read for path files, so the clone itself is out of sight.
    (packages / "libraries.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return python.parent


def test_the_guides_are_true(standing: Standing, programs: Path, tmp_path: Path) -> None:
    reader = Reader(programs, tmp_path, standing.connection.entrance.port)
    place = "import orchestrator, stacks; print(orchestrator.__file__, stacks.__file__)"
    found = subprocess.check_output([programs / "python", "-c", place], text=True, cwd=tmp_path)
    assert all(Path(one).is_relative_to(programs.parent) for one in found.split()), found
    reader.follow(GUIDES / "onboard.md")
    (first, *_) = sorted(reader.folder.glob(".orchestrator/runs/*"), key=_begun)
    reader.run = first.name
    reader.follow(GUIDES / "support.md")
    reader.follow(GUIDES / "audit.md")
    reader.follow(GUIDES / "kits.md")
    reader.follow(GUIDES / "organisations.md")
    Kubectl(standing.connection)("delete", "namespace", f"{MODEL}-decidim", "--wait=false")


def _elsewhere(said: str) -> bool:
    """Whether the only faults that `doctor` found are of sandboxes that other tests break."""
    rows = [line.split("\t") for line in said.splitlines()]
    faults = [row[0] for row in rows if len(row) > 1 and row[1] == CheckState.FAULT]
    others = [name for name in faults if name.startswith("sandbox ") and name != f"sandbox {NAME}"]
    return bool(faults) and faults == others


def _begun(folder: Path) -> float:
    return (folder / "plan.json").stat().st_mtime


def test_a_page_that_is_wrong_is_found() -> None:
    (command,) = steps("```console\n$ say hello\none … three\n…\nlast\n```\n")
    assert isinstance(command, Command)
    assert command.line == "say hello"
    assert agrees(command.says, "one two  three\n\nmore\nlast\n")
    assert not agrees(command.says, "one two\nthree\nlast\n")
    assert not agrees(command.says, "one two three\nlast\nmore\n")


def test_completion_is_written_for_each_shell(programs: Path, tmp_path: Path) -> None:
    for shell in ("bash", "zsh", "fish"):
        script = subprocess.check_output(
            [programs / "orchestrator", "completion", shell], text=True
        )
        assert "orchestrator" in script
    words = 'eval "$(orchestrator completion bash)"; COMP_WORDS=(orchestrator sand); COMP_CWORD=1;'
    asked = f"{words} _orchestrator_completion orchestrator; echo ${{COMPREPLY[*]}}"
    status, said = Reader(programs, tmp_path, 0).type(asked)
    assert status == 0
    assert said.split() == ["sandbox"]
