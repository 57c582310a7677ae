"""End everything of a sandbox, in an order in which nothing starts what was just ended."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from orchestrator.ports import Clock
from orchestrator.sandbox import cgroups, network
from orchestrator.sandbox.layout import Layout
from orchestrator.sandbox.supervise import ANCHOR, Supervisor, end_group

# What starts containers goes first; the store of the control plane after those that write to it,
# and last the anchor, which holds the mounts of the containers.
_LEAVE_FIRST = "kubelet"
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
            end_group(lambda: cgroups.processes(layout), clock)
        with ThreadPoolExecutor(max(len(group), 1)) as workers:
            for name, ran in zip(group, workers.map(supervisor.end, group), strict=True):
                if ran:
                    progress(f"part {name}: ended")
                ended |= ran
    end_group(lambda: cgroups.processes(layout), clock)
    cgroups.remove(layout)
    network.down(layout)
    shutil.rmtree(layout.runtime, ignore_errors=True)
    return ended


def _turn(name: str) -> int:
    if name == _LEAVE_FIRST:
        return 0
    return 2 + _LEAVE_LAST.index(name) if name in _LEAVE_LAST else 1
