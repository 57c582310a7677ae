"""Waiting for an object to come to work, or to go, with a time limit and a way to stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.errors.cluster_objects import (
    NoRoomError,
    ObjectNotGoneError,
    ObjectNotReadyError,
    WaitCancelledError,
)
from orchestrator.kubernetes_plugin.readiness.verdict import State, Verdict

_FIRST_PAUSE_S = 0.2
_LONGEST_PAUSE_S = 2.0
# A pod often waits some seconds for its volume, or for an older pod to go; and a cluster that grows
# by itself takes a minute or two for a new node.
UNPLACED_TOLD_S = 15.0
UNPLACED_LIMIT_S = 180.0
# A program that ends at once is started again after 10, 20, 40 and 80 s: what it waits for should
# have come by then.
CRASHING_LIMIT_S = 180.0

Document = Mapping[str, Any]
Look = Callable[[], Document | None]


def _silent(_text: str) -> None:
    pass


def _nothing(_document: Document) -> str:
    return ""


@dataclass(frozen=True)
class Wait:
    """What is waited for, for how many seconds, what ends it early, and who is told of progress.

    `unplaced` says which pod of a document finds no node, and why; the empty string for none.
    `crashing` says which container of it ends again and again, and with which words.
    """

    target: str
    timeout_s: float
    stop: threading.Event
    tell: Callable[[str], None] = field(default=_silent)
    unplaced: Callable[[Document], str] = field(default=_nothing)
    crashing: Callable[[Document], str] = field(default=_nothing)


def until_ready(look: Look, judge: Callable[[Document], Verdict], wait: Wait) -> Document:
    """The object once it works.

    Raises ObjectNotReadyError when it fails or is too slow, NoRoomError when no node takes a pod of
    it for minutes, WaitCancelledError when stopped. What ends again and again has failed as well.
    """
    started = time.monotonic()
    pause = _FIRST_PAUSE_S
    told = ""
    placed_at = started
    stood_at = started
    while True:
        seen = look()
        verdict = judge(seen) if seen else Verdict(State.FAILED, ("it was deleted meanwhile",))
        if seen and verdict.state is State.READY:
            return seen
        spent = time.monotonic() - started
        if verdict.state is State.FAILED or spent >= wait.timeout_s:
            raise ObjectNotReadyError(wait.target, seconds=spent, reasons=verdict.reasons)
        lack = wait.unplaced(seen) if seen and spent >= UNPLACED_TOLD_S else ""
        if not lack and spent >= UNPLACED_TOLD_S:
            placed_at = time.monotonic()
        if lack and time.monotonic() - placed_at >= UNPLACED_LIMIT_S:
            raise NoRoomError(wait.target, seconds=spent, reason=lack)
        crash = wait.crashing(seen) if seen and spent >= UNPLACED_TOLD_S else ""
        if not crash and spent >= UNPLACED_TOLD_S:
            stood_at = time.monotonic()
        if crash and time.monotonic() - stood_at >= CRASHING_LIMIT_S:
            raise ObjectNotReadyError(wait.target, seconds=spent, reasons=(crash,))
        if (news := lack or crash or next(iter(verdict.reasons), "")) and news != told:
            told = news
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
