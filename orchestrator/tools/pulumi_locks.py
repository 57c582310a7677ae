"""The engine's own lock files in a state folder: whose are they, and is that process alive?

An engine that was killed leaves its lock behind. One left by a dead process of this machine is
removed; any other is somebody's business and is refused with its owner's name.
"""

from __future__ import annotations

import json
import socket
from pathlib import Path

from orchestrator.errors.stack import StackLockedError


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
