"""What the processes say, on standard output."""

from __future__ import annotations

import json
import sys
import threading
from datetime import UTC, datetime

_LOCK = threading.Lock()


def say(module: str, message: str, **facts: object) -> None:
    """Write one line."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"at": at, "module": module, "message": message, **facts}
    with _LOCK:
        sys.stdout.write(f"{json.dumps(line, ensure_ascii=False, default=str)}\n")
        sys.stdout.flush()
