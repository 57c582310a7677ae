"""Waiting for an object to come to work, or to go, with a time limit and a way to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.errors.cluster_objects import (
    ObjectNotGoneError,
    ObjectNotReadyError,
    WaitCancelledError,
)
from orchestrator.kubernetes_plugin.readiness.verdict import State, Verdict

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 2.0

Document = Mapping[str, Any]
Look = Callable[[], Document | None]


def _silent(_text: str) -> None:
    pass


@dataclass(frozen=True)
class Wait:
    """What is waited for, for how many seconds, what ends it early, and who is told of progress."""

    target: str
    timeout_s: float
    stop: threading.Event
    tell: Callable[[str], None] = field(default=_silent)


def until_ready(look: Look, judge: Callable[[Document], Verdict], wait: Wait) -> Document:
    """The object once it works.

    Raises ObjectNotReadyError when it fails or is too slow, WaitCancelledError when stopped.
    """
    started = time.monotonic()
    pause = _FIRST_PAUSE_S
    told = ""
    while True:
        seen = look()
        verdict = judge(seen) if seen else Verdict(State.FAILED, ("it was deleted meanwhile",))
        if seen and verdict.state is State.READY:
            return seen
        spent = time.monotonic() - started
        if verdict.state is State.FAILED or spent >= wait.timeout_s:
            raise ObjectNotReadyError(wait.target, seconds=spent, reasons=verdict.reasons)
        if verdict.reasons and verdict.reasons[0] != told:
            told = verdict.reasons[0]
            wait.tell(told)
        if wait.stop.wait(min(pause, max(wait.timeout_s - spent, 0.01))):
            raise WaitCancelledError(wait.target, doing="waiting for")
        pause = min(pause * 1.5, _LONGEST_PAUSE_S)


def until_gone(look: Look, uid: str, wait: Wait) -> None:
    """Return once the object with that uid is no more; another of the same name does not count.

    Raises ObjectNotGoneError, WaitCancelledError.
    """
    started = time.monotonic()
    pause = _FIRST_PAUSE_S
    while True:
        seen = look()
        if seen is None or (seen.get("metadata") or {}).get("uid") != uid:
            return
        spent = time.monotonic() - started
        if spent >= wait.timeout_s:
            raise ObjectNotGoneError(wait.target, seconds=spent, reasons=_obstacles(seen))
        if wait.stop.wait(pause):
            raise WaitCancelledError(wait.target, doing="waiting for the end of")
        pause = min(pause * 1.5, _LONGEST_PAUSE_S)


def _obstacles(seen: Document) -> tuple[str, ...]:
    metadata = seen.get("metadata") or {}
    finalizers = [
        *(metadata.get("finalizers") or ()),
        *((seen.get("spec") or {}).get("finalizers") or ()),
    ]
    conditions = (seen.get("status") or {}).get("conditions") or ()
    said = [
        f"{one.get('type')}: {one['message']}"
        for one in conditions
        if one.get("status") == "True" and one.get("message")
    ]
    held = [f"finalizers: {', '.join(finalizers)}"] if finalizers else []
    return (*held, *said)
