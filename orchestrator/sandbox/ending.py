"""End everything of a sandbox, in an order in which nothing starts what was just ended."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from orchestrator.ports import Clock
from orchestrator.sandbox import cgroups, network
from orchestrator.sandbox.layout import Layout
from orchestrator.sandbox.parts.node import KUBELET, runtime_socket
from orchestrator.sandbox.supervise import ANCHOR, Supervisor, end_group

# What starts containers goes first; the store of the control plane after those that write to it,
# and last the anchor, which holds the mounts of the containers.
_LEAVE_FIRST = KUBELET
_LEAVE_LAST = ("etcd", "containerd", ANCHOR)


def end_all(
    layout: Layout, supervisor: Supervisor, clock: Clock, progress: Callable[[str], None]
) -> bool:
    """End whatever runs, and remove what it leaves on this machine but its data.

    False when nothing ran. Of a sandbox that a reboot ended, only remains are removed.
    """
    names = sorted(path.stem for path in layout.path("run").glob("*.json"))
    ended = False
    for turn in range(len(_LEAVE_LAST) + 2):
        group = [name for name in names if _turn(name) == turn]
        if ANCHOR in group:
            end_group(lambda: _containers(layout), clock)
        with ThreadPoolExecutor(max(len(group), 1)) as workers:
            for name, ran in zip(group, workers.map(supervisor.end, group), strict=True):
                if ran:
                    progress(f"part {name}: ended")
                ended |= ran
    end_group(lambda: _containers(layout), clock)
    cgroups.remove(layout)
    network.down(layout)
    shutil.rmtree(layout.runtime, ignore_errors=True)
    return ended


def _containers(layout: Layout) -> list[int]:
    """What runs in containers, and the shims that hold them: those outlive the runtime."""
    address = str(runtime_socket(layout))
    return sorted({*cgroups.processes(layout), *_told("containerd-shim", address)})


def _told(program: str, argument: str) -> list[int]:
    """The processes of a program that were given exactly this argument."""
    found = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = file.read_bytes().decode("utf-8", "replace").split("\0")
        except OSError:
            continue  # it ended while we looked
        if Path(words[0]).name.startswith(program) and argument in words:
            found.append(int(file.parent.name))
    return found


def _turn(name: str) -> int:
    if name == _LEAVE_FIRST:
        return 0
    return 2 + _LEAVE_LAST.index(name) if name in _LEAVE_LAST else 1
