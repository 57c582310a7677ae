"""How an instance stands, as `status` tells it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
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


class Told(StrEnum):
    """What is known of one thing about backups; what cannot be told is unknown, never ok."""

    OK = "ok"
    NEVER = "never"
    BEHIND = "behind"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Fact:
    """One thing about backups: the id and the moment of the newest, UTC, where there is one.

    `why` says in a phrase what else there is to know, such as why it is unknown.
    """

    told: Told
    id: str = ""
    at: datetime | None = None
    why: str = ""


@dataclass(frozen=True)
class BackupStanding:
    """How the backups of an instance stand.

    point:      the newest recovery point whose signature holds
    drill:      the newest drill that proved the instance
    log:        whether the store has the database's log, as far as the tenant file promises
    lag_s:      seconds since the oldest file of the log is ready that the store has not; None
                where that cannot be told
    promised_s: seconds that may be lost, by the tenant file
    looked:     when this was so
    """

    point: Fact
    drill: Fact
    log: Fact
    lag_s: float | None
    promised_s: int
    looked: datetime


@dataclass(frozen=True)
class Standing:
    """What was seen of one instance.

    `parts` are name, whether it is ready, and one phrase of detail; `last_run` is the newest run
    about the instance, None when there was none. `interfaces` are what other programs may use:
    name, address, and who may ask. `contacts` are the tenant's: role, and how it is reached.
    `backup` is None of what is not backed up, or is not there.
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
    backup: BackupStanding | None = None
