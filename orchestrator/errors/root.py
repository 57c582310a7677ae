"""The root of all faults, and the exit status of each kind of failure.

Exit numbers are pulumi's, since the same people run pulumi, plus one for a held lease and one for
a run that is whole for some of its instances only.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import ClassVar


class ExitStatus(IntEnum):
    """What a process answers to its caller; printed by `orchestrator help exit-codes`."""

    DONE = 0
    FAILED = 1
    CONFIGURATION = 2
    CREDENTIALS = 3
    OUTSIDE = 4
    POLICY = 5
    NOT_FOUND = 6
    CHANGES = 7
    CANCELLED = 8
    TIMED_OUT = 9
    LOCKED = 10
    PARTLY_DONE = 11
    INTERRUPTED = 130
    BUG = 255


_CODES: dict[str, type[OrchestratorError]] = {}


class OrchestratorError(Exception):
    """A fault with a page of its own.

    Subclasses take domain values and build the sentences. `message` is one sentence without a full
    stop, `why` what was seen, `hints` the exact next commands, `details` lines shown as they are
    (configuration faults, the tail of a tool's log). `context` is for machines: plain values only,
    never a secret.
    """

    code: ClassVar[str]
    exit_status: ClassVar[ExitStatus] = ExitStatus.FAILED
    retryable: ClassVar[bool] = False

    def __init__(
        self,
        message: str,
        *,
        why: str = "",
        hints: tuple[str, ...] = (),
        details: tuple[str, ...] = (),
        context: Mapping[str, str | int | float | bool] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.why = why
        self.hints = hints
        self.details = details
        self.context = dict(context or {})
        self.place = ""
        self.run = ""

    def at(self, place: str, *, run: str) -> None:
        """Say where it happened: the verb, the step and the run, as people read it."""
        self.place = place
        self.run = run

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if code := cls.__dict__.get("code"):
            _CODES[code] = cls


def known_codes() -> dict[str, type[OrchestratorError]]:
    """Every code whose module was imported so far, with its class."""
    return dict(_CODES)
