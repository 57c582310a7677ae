"""What the policy gate found, before anything is looked at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Protocol

from rich.text import Text

from orchestrator.ui.console import Console
from orchestrator.ui.tables import table

_STYLES = {"fail": "red", "unknown": "yellow", "manual": "yellow", "waived": "yellow"}
_TOLD = frozenset(_STYLES)


class Finding(Protocol):
    """One control's verdict on one subject; see `orchestrator.policy`."""

    @property
    def control(self) -> str:
        """The control's identifier, such as `DPA-03`."""

    @property
    def tenant(self) -> str:
        """The slug of who is judged."""

    @property
    def verdict(self) -> str:
        """`pass`, `fail`, `unknown`, `not applicable`, `manual` or `waived`."""

    @property
    def blocking(self) -> bool:
        """Whether it keeps the tenant from going on."""

    @property
    def title(self) -> str:
        """What the control demands, in the person's language."""

    @property
    def message(self) -> str:
        """What was seen, in one phrase."""


def show(console: Console, findings: Iterable[Finding]) -> None:
    """Tell people what is not as it should be; what passed is counted.

    What blocks is left to the error that says so.
    """
    found = list(findings)
    for one in found:
        if one.verdict in _TOLD and not one.blocking:
            text = Text()
            text.append(f"{one.verdict} ", style=_STYLES[one.verdict])
            text.append(f"{one.control}: {one.title}: {one.message}")
            console.say(text)
    _count(console, found)


def listed(console: Console, findings: Iterable[Finding]) -> None:
    """Show every verdict, those that passed as well: what was asked for is the whole."""
    found = list(findings)
    rows = [(one.tenant, one.control, one.verdict, one.message) for one in found]
    table(console, ("tenant", "control", "verdict", "seen"), rows)
    _count(console, found)


def _count(console: Console, found: list[Finding]) -> None:
    if not found:
        return
    counts = Counter(str(one.verdict) for one in found)
    said = f"Policy: {counts.pop('pass', 0)} of {len(found)} controls pass"
    console.say(", ".join((said, *(f"{count} {verdict}" for verdict, count in counts.items()))))
