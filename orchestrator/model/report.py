"""What a run came to, in the three sentences that are said after it."""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.model.run import Run


@dataclass(frozen=True)
class RunReport:
    """A closed run and what a person does with it.

    `acted` counts the steps that had something to change: 0 means that all was already so.
    `now_true` says what holds now, `where` where to see it, `next` what to do next; each is one
    line an instance, `next` may be empty.
    """

    run: Run
    acted: int
    now_true: str
    where: str
    next: str
