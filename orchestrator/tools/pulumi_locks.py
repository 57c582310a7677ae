"""The engine's own lock files in a state folder: whose are they, and is that process alive?

An engine that was killed leaves its lock behind. One left by a dead process of this machine is
removed; any other is somebody's business and is refused with its owner's name.
"""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path

from orchestrator.engine import stop
from orchestrator.errors.stack import StackLockedError

_LOOK_EVERY_S = 0.2


def release_stale(state: Path, project: str, stack: str) -> int:
    """Remove locks of dead engines of this machine; how many.

    Raises StackLockedError for a lock of a living engine, of another machine, or unreadable.
    """
    folder = state / ".pulumi" / "locks" / "organization" / project / stack
    released = 0
    for lock in sorted(folder.glob("*.json")):
        try:
            body = json.loads(lock.read_text(encoding="utf-8"))
            host, pid = str(body["hostname"]), int(body["pid"])
            user = str(body.get("username", "unknown"))
        except (ValueError, KeyError, TypeError) as error:
            raise StackLockedError(stack, holder="an unreadable lock", path=str(lock)) from error
        if host != socket.gethostname() or _is_engine(pid):
            holder = f"{user}@{host} (process {pid})"
            raise StackLockedError(stack, holder=holder, path=str(lock))
        lock.unlink(missing_ok=True)
        released += 1
    return released


def _is_engine(pid: int) -> bool:
    try:
        name = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").strip()
    except OSError:
        return False
    return name.startswith("pulumi")


def await_engine(folder: Path, within_s: float = 120.0) -> None:
    """Wait for an engine that outlived the run that started it: it writes the state to its end.

    Such an engine works in the stack's own folder. One that goes on for longer holds its lock, and
    is refused by that.
    """
    until = time.monotonic() + within_s
    while _works_in(folder) and time.monotonic() < until:
        stop.pause(_LOOK_EVERY_S)


def _works_in(folder: Path) -> bool:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == folder and _is_engine(int(process.name)):
                return True
        except OSError:
            continue  # it ended, or is somebody else's
    return False
