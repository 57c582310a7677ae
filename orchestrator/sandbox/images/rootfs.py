"""Make root file systems with mmdebstrap: the shared base, and what is installed on it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from orchestrator.sandbox.images.recipe import Recipe
from orchestrator.sandbox.images.sources import RELEASE, package_sources
from orchestrator.sandbox.images.wheels import unpack
from orchestrator.tools import process

_TIMEOUT_S = 1200.0  # a slow archive and a busy machine together
# The hooks' own variables stand in the environment, so that no path is ever part of a script.
_ON_BASE = [
    "mmdebstrap",
    "--variant=custom",
    "--skip=update",
    '--setup-hook=tar -C "$1" -xpf "$BELOW"',
    '--customize-hook=sh "$INSTALL" "$1"',
]
_UNWANTED = ("doc", "man", "locale", "info", "lintian")
_INSTALL = Path(__file__).with_name("install.sh")


def make_root(
    recipe: Recipe, work: Path, *, below: Path | None, programs: Mapping[str, Path], log: Path
) -> Path:
    """Make the root file system of a recipe in `work` and return its folder.

    `below` is the plain layer tar of the recipe's base, `programs` are the compiled ones by their
    paths in the image. Raises ToolMissingError, ToolFailedError,
    ToolTimedOutError.
    """
    root = work / "root"
    sources = work / "sources.list"
    sources.write_text(package_sources(), encoding="utf-8")
    if recipe.base is None:
        arguments = _from_nothing(recipe)
        release = RELEASE
    else:
        _stage(recipe, programs, work / "staging")
        unpack(recipe.wheels, work, work / "staging", log)
        arguments = _ON_BASE
        release = ""
    process.run(
        # mounts in a namespace of its own: none is left behind, however the build ends
        ["unshare", "--mount", *arguments, "--format=directory", release, str(root), str(sources)],
        process.Limits(timeout_s=_TIMEOUT_S, env=_environment(recipe, work, below), log=log),
    )
    if recipe.base is None:
        _link(recipe, root)
    return root


def _from_nothing(recipe: Recipe) -> list[str]:
    options = [f"--dpkgopt=path-exclude=/usr/share/{name}/*" for name in _UNWANTED]
    # `extract` unpacks the named packages alone; `minbase` is a Debian that can install more
    variant = "extract" if recipe.packages else "minbase"
    include = [f"--include={','.join(recipe.packages)}"] if recipe.packages else []
    return ["mmdebstrap", f"--variant={variant}", *options, *include]


def _environment(recipe: Recipe, work: Path, below: Path | None) -> Mapping[str, str]:
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name in {"PATH", "HOME", "TMPDIR"} or name.lower().endswith("_proxy")
    }
    return {
        **inherited,
        "LC_ALL": "C",
        "SOURCE_DATE_EPOCH": "1577836800",
        "TMPDIR": str(work),
        "BELOW": str(below or ""),
        "INSTALL": str(Path(__file__).with_name("install.sh")),
        "PACKAGES": " ".join(recipe.packages),
        "LOCALES": " ".join(recipe.locales),
        "ACCOUNT": recipe.account,
        "IDENTITY": str(recipe.identity),
        "OWNED": " ".join(recipe.owned),
        "LINKS": " ".join(f"{name}={target}" for name, target in recipe.links),
        "PRUNE": " ".join(recipe.prune),
        "STAGING": str(work / "staging"),
        "SOURCES": str(work / "sources.list"),
    }


def _stage(recipe: Recipe, programs: Mapping[str, Path], staging: Path) -> None:
    """Lay out our own files as they shall stand in the image; what starts with `#!` can run."""
    staging.mkdir()
    staging.chmod(0o755)
    for source, target in recipe.files():
        place = staging / target.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
        with source.open("rb") as content:
            place.chmod(0o755 if content.read(2) == b"#!" else 0o644)
    for target, source in programs.items():
        place = staging / target.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
        place.chmod(0o755)
    for folder in [path for path in staging.rglob("*") if path.is_dir()]:
        folder.chmod(0o755)


def _link(recipe: Recipe, root: Path) -> None:
    for name, target in recipe.links:
        place = root / name.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.is_symlink():
            place.symlink_to(target)
