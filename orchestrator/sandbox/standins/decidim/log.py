"""What the processes say: to standard output when told to, else to a file nobody collects."""

from __future__ import annotations

import json
import sys
import threading
from datetime import UTC, datetime
from typing import TextIO

from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.release import HOME

_LOCK = threading.Lock()


class Log:
    """Lines of JSON on one stream."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def say(self, message: str, **facts: object) -> None:
        """Write one line."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"at": at, "message": message, **facts}, ensure_ascii=False, default=str)
        with _LOCK:
            self._stream.write(f"{line}\n")
            self._stream.flush()


def log_of(environment: Environment) -> Log:
    """The log of a process. Raises OSError when its file cannot be written."""
    if environment.text("RAILS_LOG_TO_STDOUT"):
        return Log(sys.stdout)
    path = HOME / "log" / "production.log"
    return Log(path.open("a", encoding="utf-8"))
