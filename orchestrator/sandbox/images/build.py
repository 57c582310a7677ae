"""Build what is missing, and never the same thing twice.

An archive is named after the digest of its recipe and appears in the cache by a rename, so it is
complete or not there. One lock a recipe: a second process waits for the first and then finds the
work done.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from orchestrator.errors.images import ImageNotBuiltError
from orchestrator.errors.process import ToolFailedError, ToolTimedOutError
from orchestrator.sandbox.images.archive import ImageArchive, open_archive
from orchestrator.sandbox.images.catalogue import RECIPES
from orchestrator.sandbox.images.layer import write_layer
from orchestrator.sandbox.images.layout import compressed, write_layout
from orchestrator.sandbox.images.recipe import Recipe
from orchestrator.sandbox.images.rootfs import make_root
from orchestrator.sandbox.toolchain.ensure import compiled

Progress = Callable[[str], None]

_AT_ONCE = 2  # unpacking packages is half waiting for the disk; more would only compete


def build_all(
    cache: Path, progress: Progress, recipes: Sequence[Recipe] = RECIPES
) -> dict[str, ImageArchive]:
    """Every image of the sandbox by name, built where the cache does not hold it.

    `progress` gets one line whenever something worth knowing happens, from several threads.
    Raises ImageNotBuiltError, ToolMissingError, CompilerMissingError, ToolNotBuiltError.
    """
    folder = cache / "images"
    folder.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(_AT_ONCE) as workers:
        futures = [workers.submit(build, recipe, folder, progress) for recipe in recipes]
        try:
            archives = [future.result() for future in futures]
        except BaseException:
            workers.shutdown(wait=False, cancel_futures=True)
            raise
    return {archive.name: archive for archive in archives}


def built_all(cache: Path, recipes: Sequence[Recipe] = RECIPES) -> dict[str, ImageArchive] | None:
    """Every image by name where the cache holds them all, else None; nothing is built."""
    found: dict[str, ImageArchive] = {}
    for recipe in recipes:
        archive = _cached(cache / "images" / f"{recipe.name}-{recipe.digest}.tar", recipe)
        if archive is None:
            return None
        found[recipe.name] = archive
    return found


def build(recipe: Recipe, folder: Path, progress: Progress) -> ImageArchive:
    """One image, from the cache folder `folder` or newly built into it."""
    path = folder / f"{recipe.name}-{recipe.digest}.tar"
    if (archive := _cached(path, recipe)) is not None:
        return archive
    below = _base_layer(recipe.base, folder, progress) if recipe.base else None
    programs = {one.target: compiled(folder.parent, one.tool, progress) for one in recipe.programs}
    with _lock(recipe, folder, progress):
        if (archive := _cached(path, recipe)) is not None:
            return archive
        started = time.monotonic()
        progress(f"image {recipe.name}: building")
        with _faults(recipe, folder), _workspace(recipe, folder) as work:
            _build_archive(recipe, below, programs, work, path)
        progress(f"image {recipe.name}: built in {time.monotonic() - started:.0f} s")
    return open_archive(path, recipe.name, recipe.version)


def _build_archive(
    recipe: Recipe, below: Path | None, programs: Mapping[str, Path], work: Path, path: Path
) -> None:
    began = time.time()
    log = _log(recipe, path.parent)
    root = make_root(recipe, work, below=below, programs=programs, log=log)
    plain = work / "layer.tar"
    write_layer(root, plain, started=began, below=below)
    layers = [compressed(below, work / "below.gz")] if below else []
    layers.append(compressed(plain, work / "layer.gz"))
    unfinished = work / "image.tar"
    write_layout(unfinished, recipe, layers)
    unfinished.rename(path)


def _base_layer(base: Recipe, folder: Path, progress: Progress) -> Path:
    """The plain layer tar that several images share."""
    path = folder / f"{base.name}-{base.digest}.layer.tar"
    if path.exists():
        return path
    with _lock(base, folder, progress):
        if path.exists():
            return path
        progress("images: building the shared base")
        with _faults(base, folder), _workspace(base, folder) as work:
            began = time.time()
            root = make_root(base, work, below=None, programs={}, log=_log(base, folder))
            unfinished = work / "layer.tar"
            write_layer(root, unfinished, started=began)
            unfinished.rename(path)
    return path


def _cached(path: Path, recipe: Recipe) -> ImageArchive | None:
    try:
        return open_archive(path, recipe.name, recipe.version)
    except FileNotFoundError:
        return None
    except (OSError, KeyError, ValueError, tarfile.TarError):
        path.unlink(missing_ok=True)  # damaged: build it again
        return None


def _log(recipe: Recipe, folder: Path) -> Path:
    return folder / f"{recipe.name}.log"


@contextlib.contextmanager
def _lock(recipe: Recipe, folder: Path, progress: Progress) -> Iterator[None]:
    with (folder / f".{recipe.name}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"image {recipe.name}: waiting for another process that builds it")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def _workspace(recipe: Recipe, folder: Path) -> Iterator[Path]:
    """A folder of this build's own, on the cache's file system so that the rename is one step.

    Whatever a killed build of the same recipe left is removed; we hold its lock.
    """
    prefix = f".work-{recipe.name}@"  # no name of another recipe continues with that letter
    for left in folder.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=prefix, dir=folder))
    work.chmod(0o755)  # apt reads as a user of its own
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


@contextlib.contextmanager
def _faults(recipe: Recipe, folder: Path) -> Iterator[None]:
    log = str(_log(recipe, folder))
    try:
        yield
    except (ToolFailedError, ToolTimedOutError) as fault:
        raise ImageNotBuiltError(
            recipe.name, reason=fault.message, log=log, tail=fault.details
        ) from fault
    except OSError as fault:
        reason = f"{fault.strerror or fault}: {fault.filename or folder}"
        raise ImageNotBuiltError(recipe.name, reason=reason, log=log) from fault
