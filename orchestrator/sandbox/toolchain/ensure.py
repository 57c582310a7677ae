"""Have every tool: look on the PATH, look in the cache, else compile it, two at a time.

One loads its sources or is linked, which takes one core or none, while the other is compiled.

A result appears in the cache by a rename, so it is complete or not there; one lock a tool keeps
two sandboxes from compiling the same thing at once.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from orchestrator.engine.crew import Crew
from orchestrator.engine.stop import StopRequest
from orchestrator.errors.process import ToolFailedError, ToolTimedOutError
from orchestrator.errors.toolchain import CompilerMissingError, ToolNotBuiltError
from orchestrator.sandbox.toolchain.recipe import Recipe, named, read_all
from orchestrator.tools import process

Progress = Callable[[str], None]

_BUILD_TIMEOUT_S = 3600.0
_AT_A_TIME = 2


@dataclass(frozen=True)
class Tool:
    """A tool that can be run: where it is, and how it came there (`PATH`, `cache` or `built`)."""

    name: str
    path: Path
    version: str
    origin: str


def ensure(cache: Path, progress: Progress) -> Mapping[str, Tool]:
    """Every tool by name; links of a multi-call program count as tools of their own.

    Raises CompilerMissingError, ToolNotBuiltError.
    """
    folder = cache / "tools"
    folder.mkdir(parents=True, exist_ok=True)
    recipes = read_all()
    found = {recipe.name: _present(recipe, folder) for recipe in recipes}
    missing = [recipe for recipe in recipes if found[recipe.name] is None]
    made = _build_all(missing, folder, progress) if missing else {}
    tools: dict[str, Tool] = {}
    for recipe in recipes:
        tool = found[recipe.name] or made[recipe.name]
        tools[recipe.binary] = tool
        for link in recipe.links:
            tools[link] = Tool(link, tool.path.with_name(link), tool.version, tool.origin)
    return tools


def compiled(cache: Path, name: str, progress: Progress) -> Path:
    """One tool by the name of its recipe, whatever stands on the PATH: an image carries it.

    Raises CompilerMissingError, ToolNotBuiltError.
    """
    folder = cache / "tools"
    folder.mkdir(parents=True, exist_ok=True)
    recipe = named(name)
    binary = folder / recipe.unit / recipe.binary
    return binary if binary.exists() else _build(recipe, folder, progress).path


def present(cache: Path) -> Mapping[str, Tool | None]:
    """What is there already, by recipe; nothing is compiled."""
    return {recipe.name: _present(recipe, cache / "tools") for recipe in read_all()}


def places(cache: Path) -> Mapping[str, Path]:
    """Where each tool is, or will be once it is compiled; as `ensure`, and nothing is compiled."""
    folder = cache / "tools"
    found: dict[str, Path] = {}
    for recipe in read_all():
        tool = _present(recipe, folder)
        path = tool.path if tool else folder / recipe.unit / recipe.binary
        found[recipe.binary] = path
        found.update({link: path.with_name(link) for link in recipe.links})
    return found


def _present(recipe: Recipe, folder: Path) -> Tool | None:
    binary = folder / recipe.unit / recipe.binary
    if binary.exists():
        return Tool(recipe.name, binary, recipe.version, "cache")
    return _on_path(recipe)


def _on_path(recipe: Recipe) -> Tool | None:
    if recipe.path is None:
        return None
    found = process.found(recipe.path.command[0])
    if found is None:
        return None
    try:
        said = process.run([str(found), *recipe.path.command[1:]]).stdout
    except (ToolFailedError, ToolTimedOutError):
        return None
    match = re.search(recipe.path.pattern, said, re.MULTILINE)
    return Tool(recipe.name, found, match[1], "PATH") if match else None


def _build_all(recipes: list[Recipe], folder: Path, progress: Progress) -> Mapping[str, Tool]:
    """Compile what is missing, what takes longest first: it would else be alone at the end."""
    waiting = sorted(recipes, key=lambda recipe: recipe.minutes)
    left = {recipe.name: recipe.minutes for recipe in recipes}
    minutes = sum(left.values())
    progress(f"tools: {len(recipes)} to compile, about {minutes:.0f} min on two free cores")
    with Crew[Tool](StopRequest()) as crew:
        while left:
            while waiting and len(left) - len(waiting) < _AT_A_TIME:
                recipe = waiting.pop()
                crew.begin(recipe.name, partial(_build, recipe, folder, progress))
            name = crew.next()
            if fault := crew.faults.get(name):
                raise fault
            del left[name]
            if left:
                progress(f"tools: {len(left)} left, about {sum(left.values()):.0f} min")
        return crew.results


def _build(recipe: Recipe, folder: Path, progress: Progress) -> Tool:
    if process.found("go") is None:
        raise CompilerMissingError(recipe.name)
    with _lock(folder / f".{recipe.name}.lock", recipe, progress):
        if tool := _present(recipe, folder):
            return tool
        progress(f"tool {recipe.name} {recipe.version}: compiling")
        started = time.monotonic()
        _compile(recipe, folder)
        seconds = time.monotonic() - started
        progress(f"tool {recipe.name} {recipe.version}: compiled in {seconds:.0f} s")
    return Tool(recipe.name, folder / recipe.unit / recipe.binary, recipe.version, "built")


def _compile(recipe: Recipe, folder: Path) -> None:
    log = folder / f"{recipe.name}.log"
    for dead in folder.glob(f".work-{recipe.name}-*"):
        shutil.rmtree(dead, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=f".work-{recipe.name}-", dir=folder))
    work.chmod(0o755)
    flags = " ".join(["-s", "-w", *recipe.ldflags])
    argv = ["go", "build", "-mod=readonly", "-trimpath", "-buildvcs=false"]
    # Nobody debugs them, and what a debugger would read takes an eighth of the work.
    argv += ["-gcflags=all=-dwarf=false"]
    argv += ["-ldflags", flags, "-o", str(work / recipe.binary), recipe.package]
    limits = process.Limits(
        timeout_s=_BUILD_TIMEOUT_S,
        cwd=recipe.folder,
        env={**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"},
        log=log,
    )
    try:
        process.run(argv, limits)
        for link in recipe.links:
            (work / link).symlink_to(recipe.binary)
        work.rename(folder / recipe.unit)
    except (ToolFailedError, ToolTimedOutError) as fault:
        raise ToolNotBuiltError(recipe.name, log=str(log), tail=fault.details) from fault
    except OSError as fault:
        raise ToolNotBuiltError(recipe.name, log=str(log), tail=(str(fault),)) from fault
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextlib.contextmanager
def _lock(path: Path, recipe: Recipe, progress: Progress) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"tool {recipe.name}: waiting for whoever compiles it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield
