"""The control group of a sandbox: everything its containers run is below it."""

from __future__ import annotations

from pathlib import Path

from orchestrator.sandbox.layout import Layout
from orchestrator.sandbox.parts.node import cgroup

_ROOT = Path("/sys/fs/cgroup")


def make(layout: Layout) -> None:
    """Have the group in every hierarchy; the kubelet wants to find it."""
    for folder in _folders(layout):
        folder.mkdir(exist_ok=True)
        if folder.parent.name == "cpuset":  # a new group has neither cores nor memory nodes
            for name in ("cpuset.cpus", "cpuset.mems"):
                if not (folder / name).read_text(encoding="utf-8").strip():
                    inherited = (folder.parent / name).read_text(encoding="utf-8")
                    (folder / name).write_text(inherited, encoding="utf-8")


def processes(layout: Layout) -> list[int]:
    """Every process in it or below."""
    found: set[int] = set()
    for folder in _folders(layout):
        for file in folder.rglob("cgroup.procs"):
            try:
                found.update(int(pid) for pid in file.read_text(encoding="utf-8").split())
            except OSError:
                continue  # the group went away while we looked
    return sorted(found)


def remove(layout: Layout) -> None:
    """Remove the empty groups, innermost first."""
    for folder in _folders(layout):
        if not folder.is_dir():
            continue
        inner = [path for path in folder.rglob("*") if path.is_dir()]
        for path in sorted(inner, key=lambda path: len(path.parts), reverse=True):
            _remove(path)
        _remove(folder)


def _remove(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return  # somebody is still in it; the next `up` finds and uses it


def _folders(layout: Layout) -> list[Path]:
    name = cgroup(layout).strip("/")
    if (_ROOT / "cgroup.controllers").exists():
        return [_ROOT / name]
    hierarchies = sorted(path.parent for path in _ROOT.glob("*/cgroup.procs"))
    return [hierarchy / name for hierarchy in hierarchies]
