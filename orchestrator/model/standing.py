"""How an instance stands, as `status` tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from orchestrator.model.run import Run


class State(StrEnum):
    """One word for a whole instance."""

    LIVE = "live"
    NOT_ONBOARDED = "not onboarded"
    DEGRADED = "degraded"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True)
class ProgramStanding:
    """A program that the tenant file names: what it may, until when, and how far that is.

    `state` is `granted`, `not granted yet` or `ended`; `lies_in` says where its credential is kept.
    """

    name: str
    may: str
    until: date
    owner: str
    state: str
    lies_in: str


@dataclass(frozen=True)
class Standing:
    """What was seen of one instance.

    `parts` are name, whether it is ready, and one phrase of detail; `last_run` is the newest run
    about the instance, None when there was none. `interfaces` are what other programs may use:
    name, address, and who may ask. `contacts` are the tenant's: role, and how it is reached.
    """

    tenant: str
    instance: str
    url: str
    release: str
    state: State
    parts: tuple[tuple[str, bool, str], ...] = ()
    last_run: Run | None = None
    interfaces: tuple[tuple[str, str, str], ...] = ()
    programs: tuple[ProgramStanding, ...] = ()
    contacts: tuple[tuple[str, str], ...] = ()
