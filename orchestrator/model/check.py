"""What `doctor` found out about this machine and project."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CheckState(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what was seen, and the command that mends it."""

    name: str
    state: CheckState
    detail: str = ""
    hint: str = ""
