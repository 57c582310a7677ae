"""What happens during a run, as lines that terminal, journal and support tools all read."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

FORMAT = "orchestrator/events/v1"


class Kind(StrEnum):
    """Types of events; readers ignore those they do not know."""

    VERSION = "version"
    RUN_STARTED = "run_started"
    STEP_STARTED = "step_started"
    STEP_SAID = "step_said"
    STEP_DONE = "step_done"
    STEP_ALREADY_SO = "step_already_so"
    STEP_FAILED = "step_failed"
    NOT_BEGUN = "not_begun"
    RUN_ENDED = "run_ended"


@dataclass(frozen=True)
class Event:
    """One thing that happened.

    `step` is empty for events of the whole run; `number` and `total` count the instance's steps
    from 1; `data` holds what the kind adds: `text`, `seconds`, `outcome`, `code`, `message`, `run`,
    `verb`, `subject`, `author`, `changes`, `waited_s`: seconds by whom a step waited for, and
    `instances`: how each instance stands at the end. `instance` is named only in runs of several.
    """

    kind: Kind
    at: datetime
    step: str = ""
    number: int = 0
    total: int = 0
    data: Mapping[str, Any] | None = None
    instance: str = ""

    def line(self) -> str:
        """The event as one line of JSON; times in UTC ISO 8601, seconds as numbers."""
        body: dict[str, Any] = {"type": self.kind.value, "at": self.at.isoformat()}
        if self.instance:
            body["instance"] = self.instance
        if self.step:
            body |= {"step": self.step, "number": self.number, "total": self.total}
        return json.dumps(body | dict(self.data or {}), ensure_ascii=False)

    @classmethod
    def read(cls, line: str) -> Event | None:
        """Read one line; None for kinds of a newer version."""
        body = json.loads(line)
        kind = body.pop("type", "")
        if kind not in set(Kind):
            return None
        at = datetime.fromisoformat(body.pop("at"))
        step, number, total = (body.pop(key, empty) for key, empty in _PLACE)
        instance = body.pop("instance", "")
        return cls(Kind(kind), at, step, number, total, body, instance)


Listener = Callable[[Event], None]

_PLACE: tuple[tuple[str, Any], ...] = (("step", ""), ("number", 0), ("total", 0))
