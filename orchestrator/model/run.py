"""A run: one carrying-out of a plan, with who, when, from where and how it ended."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Outcome(StrEnum):
    """How a run stands; partly done: some of its instances are whole, and some are not."""

    RUNNING = "running"
    DONE = "done"
    ALREADY_SO = "already so"
    PARTLY_DONE = "partly done"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    KILLED = "killed"


NOT_BEGUN = "not begun"
"""How an instance stands whose turn never came; the others stand as outcomes say."""


@dataclass(frozen=True)
class Author:
    """Who started a run, from where, with which process."""

    user: str
    host: str
    process: int

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (process {self.process})"


@dataclass(frozen=True)
class Run:
    """One line of the audit trail. `options` are what the verb needs to be resumed."""

    id: str
    verb: str
    subject: str
    author: Author
    started: datetime
    versions: dict[str, str]
    options: dict[str, str] = field(default_factory=dict)
    outcome: Outcome = Outcome.RUNNING
    ended: datetime | None = None
