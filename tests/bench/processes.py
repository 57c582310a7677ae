"""What /proc tells of processes: their memory, fairly shared, and their own peak."""

from __future__ import annotations

import os
import re
import subprocess  # noqa: TID251 - a command is watched from outside
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

_LOOK_EVERY_S = 0.02


@dataclass(frozen=True)
class Watched:
    """A command that has ended; `peak_mb` and `cpu_s` are its own process's, not its children's."""

    status: int
    wall_s: float
    cpu_s: float
    peak_mb: float
    said: str


def watch(argv: Sequence[str], log: Path) -> Watched:
    """Run a command and look at its own process until it ends."""
    cpu = peak = 0.0
    started = time.perf_counter()
    with log.open("w", encoding="utf-8") as file:
        running = subprocess.Popen(argv, stdout=file, stderr=subprocess.STDOUT)
        while running.poll() is None:
            cpu = max(cpu, _cpu(running.pid))
            peak = max(peak, _kilobytes(running.pid, "status", "VmHWM") / 1024)
            time.sleep(_LOOK_EVERY_S)
    wall = time.perf_counter() - started
    return Watched(running.returncode, wall, cpu, peak, log.read_text(encoding="utf-8"))


def tree_peak(argv: Sequence[str], log: Path) -> tuple[int, float]:
    """Run a command; how many processes it had, and MB they took together at their peak."""
    count, peak = 0, 0.0
    with log.open("w", encoding="utf-8") as file:
        running = subprocess.Popen(argv, stdout=file, stderr=subprocess.STDOUT)
        while running.poll() is None:
            tree = _below(running.pid)
            used = shared_fairly(tree)
            if used > peak:
                count, peak = len(tree), used
            time.sleep(0.5)
    if running.returncode:
        raise RuntimeError(log.read_text(encoding="utf-8")[-2000:])
    return count, peak


def _below(pid: int) -> set[int]:
    """A process and all that it began."""
    found, left = {pid}, [pid]
    while left:
        for path in Path(f"/proc/{left.pop()}/task").glob("*/children"):
            try:
                children = {int(one) for one in path.read_text("utf-8").split()} - found
            except OSError:
                continue
            found |= children
            left += children
    return found


def shared_fairly(pids: Iterable[int]) -> float:
    """MB of all together: a page that several use counts for each in part (PSS)."""
    return sum(_kilobytes(pid, "smaps_rollup", "Pss") for pid in pids) / 1024


def of_mounts(pid: int) -> set[int]:
    """Every process that sees the mounts which this one sees."""
    mounts = _mounts(pid)
    found = (int(path.name) for path in Path("/proc").glob("[0-9]*"))
    return {one for one in found if mounts and _mounts(one) == mounts}


def _mounts(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/ns/mnt").readlink())
    except OSError:
        return ""


def _kilobytes(pid: int, file: str, name: str) -> int:
    try:
        text = Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8")
    except OSError:
        return 0
    match = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return int(match[1]) if match else 0


def _cpu(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return 0.0
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
