"""What the server says, on standard output."""

from __future__ import annotations

import json
import sys
import threading
from datetime import UTC, datetime

from orchestrator.sandbox.standins.grist.environment import Environment
from orchestrator.sandbox.standins.grist.exchange import Request

_LEVELS = ("debug", "info", "warn", "error")
_LOCK = threading.Lock()


class Log:
    """Lines of text or of JSON; what is below the level is not said."""

    def __init__(self, environment: Environment) -> None:
        level = environment.text("GRIST_LOG_LEVEL", "error")
        self._least = _LEVELS.index(level) if level in _LEVELS else len(_LEVELS) - 1
        self._as_json = environment.enabled("GRIST_LOG_AS_JSON")
        self._requests = environment.enabled("GRIST_LOG_HTTP")
        self._bodies = environment.enabled("GRIST_LOG_HTTP_BODY")

    def say(self, message: str, *, level: str = "info", **facts: object) -> None:
        """Write one line."""
        if _LEVELS.index(level) >= self._least:
            self._write(message, level, facts)

    def always(self, message: str, **facts: object) -> None:
        """Write one line whatever the level is."""
        self._write(message, "info", facts)

    def request(self, request: Request, status: int, duration_ms: float) -> None:
        """A request that was answered. With its body, should somebody be so careless."""
        if self._requests:
            facts: dict[str, object] = {"method": request.method, "url": request.target}
            facts |= {"status": status, "duration": duration_ms}
            if self._bodies:
                facts["body"] = request.body.decode("utf-8", "replace")
            self._write("request", "info", facts)

    def _write(self, message: str, level: str, facts: dict[str, object]) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        if self._as_json:
            whole = {"timestamp": at, "level": level, "message": message, **facts}
            line = json.dumps(whole, ensure_ascii=False, default=str)
        else:
            tail = "".join(f" {name}={value}" for name, value in facts.items())
            line = f"{at} - {level}: {message}{tail}"
        with _LOCK:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
