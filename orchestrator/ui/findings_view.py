"""What the policy gate found, before anything is looked at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from rich.text import Text

from orchestrator.ui.console import Console

_STYLES = {"fail": "red", "unknown": "yellow", "waived": "yellow"}
_TOLD = frozenset(_STYLES)


class Finding(Protocol):
    """One control's verdict on one subject; see `orchestrator.policy`."""

    @property
    def control(self) -> str:
        """The control's identifier, such as `DPA-03`."""

    @property
    def verdict(self) -> str:
        """`pass`, `fail`, `unknown`, `not applicable`, `manual` or `waived`."""

    @property
    def title(self) -> str:
        """What the control demands, in the person's language."""

    @property
    def message(self) -> str:
        """What was seen, in one phrase."""


def show(console: Console, findings: Iterable[Finding]) -> None:
    """Tell people what is not as it should be; what passed is counted."""
    found = list(findings)
    for one in found:
        if one.verdict in _TOLD:
            text = Text()
            text.append(f"{one.verdict} ", style=_STYLES[one.verdict])
            text.append(f"{one.control}: {one.title}: {one.message}")
            console.say(text)
    passed = sum(one.verdict == "pass" for one in found)
    if found:
        console.say(f"Policy: {passed} of {len(found)} controls pass")
