"""Which instances are drilled tonight, so that each is proven within the period it declares.

Each is taken a reserve before its last day: a seventh of the period, rounded up. So a fleet stays
within the period however many nights fail, unless a whole reserve of them fails in a row; at 30
days those are five, and six are too many. What is left of the period is spread: a night takes its
share of those that come due, and a fleet that was drilled in one night is pulled apart again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from orchestrator.model.part import seconds

PERIOD_DAYS = 30
_DAY_S = 86_400
_NIGHTS_OF_WHICH_ONE_FAILS = 7


class State(StrEnum):
    """How an instance stands with its drills."""

    GREEN = "green"
    DUE = "due"
    RED = "red"
    NEVER = "never"


@dataclass(frozen=True)
class Candidate:
    """An instance whose restore is rehearsed; days are UTC.

    instance:    as people read it, `saint-martin/decidim`
    period_days: within how many days it promises to be proven anew
    since:       day from which it has had backups; None when nobody knows
    green:       day of the last drill that proved it; None when there was none
    red:         whether the newest drill failed
    """

    instance: str
    period_days: int = PERIOD_DAYS
    since: date | None = None
    green: date | None = None
    red: bool = False

    def days(self, today: date) -> int | None:
        """Days since it was last proven, or since it began; None when neither is known.

        Never below 0: a day that is still to come is that of a clock that went wrong.
        """
        begun = self.green or self.since
        return max(0, (today - begun).days) if begun else None


@dataclass(frozen=True)
class Standing:
    """How an instance stands on a day.

    `days` are those of `Candidate.days`; `left` are the days until it is due, below 0 once it is
    overdue. Both are None when nothing is known of it.
    """

    state: State
    days: int | None
    left: int | None


def period_days(drill_every: str) -> int:
    """Whole days of a tenant file's `backup.drill_every`; 1 at least, as nights drill."""
    return max(1, seconds(drill_every) // _DAY_S)


def standing(instance: Candidate, today: date) -> Standing:
    """Red when the newest drill failed, never before the first green one, due past the period."""
    days = instance.days(today)
    left = None if days is None else instance.period_days - days
    if instance.red:
        return Standing(State.RED, days, left)
    if instance.green is None:
        return Standing(State.NEVER, days, left)
    overdue = left is not None and left < 0
    return Standing(State.DUE if overdue else State.GREEN, days, left)


def portion(instances: Iterable[Candidate], today: date) -> tuple[Candidate, ...]:
    """Those to drill tonight, the most pressing first; the same for the same facts.

    Always among them: what failed, what is overdue, and what has come to its reserve.
    """
    ordered = sorted(instances, key=lambda one: (*_urgency(one, today), one.instance))
    # So many that those of each rank are done by their night. Rounded down: one of a few need not
    # be taken early, and whoever has come to its last night counts whole.
    share = max(
        (rank // max(1, _nights(one, today)) for rank, one in enumerate(ordered, 1)), default=0
    )
    return tuple(ordered[:share])


def _urgency(instance: Candidate, today: date) -> tuple[int, int]:
    """What has fewest nights left comes first; of several that failed, what is older."""
    left = standing(instance, today).left
    return _nights(instance, today), -1 if left is None else left


def _nights(instance: Candidate, today: date) -> int:
    """Nights, tonight included, until it is taken at the latest; 0 when that is past."""
    left = standing(instance, today).left
    if left is None or instance.red:
        return 0
    reserve = -(-instance.period_days // _NIGHTS_OF_WHICH_ONE_FAILS)
    return max(0, left - reserve + 1)
