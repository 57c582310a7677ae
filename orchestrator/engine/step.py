"""The unit of every flow: look, act, and prove that it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from orchestrator.model.change import Change

Say = Callable[[str], None]


@dataclass(frozen=True)
class Step:
    """One line of a runbook that is safe to repeat.

    look:  what would change, empty when nothing is left to do; changes nothing itself
    act:   makes the change, saying what it does; may be killed at any moment and run again
    holds: whether the world is now as promised; asked after act, and by drills and audits
    """

    name: str
    promise: str
    look: Callable[[], tuple[Change, ...]]
    act: Callable[[Say], None]
    holds: Callable[[], bool]


def once(look: Callable[[], tuple[Change, ...]]) -> Callable[[], bool]:
    """For steps whose look is cheap: they hold when there is nothing left to change."""
    return lambda: not look()
