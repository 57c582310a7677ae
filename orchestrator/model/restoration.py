"""What a database is brought back to, and how far a stack is open meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal

_POINT = "point."


class Stage(StrEnum):
    """How much of an instance runs.

    OPEN:    all of it
    WITHIN:  its own services and the product's own code, and no way to it from outside
    CLOSED:  its own services, such as database and queue, and nothing of the product's own code
    STOPPED: nothing; volumes and addresses stay
    """

    OPEN = "open"
    WITHIN = "within"
    CLOSED = "closed"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Target:
    """The moment of a database's log that a restoration goes to.

    id:       the restoration's own, by which a second try knows that the first was done
    base:     label of the base backup that it begins with, older than the moment
    kind:     `name` of a restore point, or `time`
    value:    that name, or the time with its zone as PostgreSQL reads it
    timeline: number of the history that the moment lies on; each restoration begins a new one
    """

    id: str
    base: str
    kind: Literal["name", "time"]
    value: str
    timeline: int


@dataclass(frozen=True)
class Reload:
    """A database that is made anew from a dump of itself, so that no file holds what it was before.

    id:       by which a second try knows that the first was done
    database: its name within the server, and that of the role that owns it
    """

    id: str
    database: str


@dataclass(frozen=True)
class FilesTarget:
    """The snapshot of files that a restoration goes to, while nothing runs.

    id:       the restoration's own, by which a second try knows that the first was done
    snapshot: the whole name that the engine gave it; '' for the newest that is old enough
    before:   a moment in UTC; nothing in that snapshot is younger
    """

    id: str
    snapshot: str
    before: str = ""


@dataclass(frozen=True)
class FilesReload:
    """Dumps that came with a snapshot, loaded into the databases that run again.

    id: of the restoration that laid them down
    """

    id: str


Goal = Target | Reload | FilesTarget | FilesReload
"""What a job does while an instance is shut."""


@dataclass(frozen=True)
class Asked:
    """What somebody wants brought back.

    id:    the restoration's own, six hex digits
    point: the recovery point that it goes by
    at:    a moment after that point, or None for the point itself
    trial: whether it is done beside the instance to see what would become of it in its place
    """

    id: str
    point: str
    at: datetime | None = None
    trial: bool = False

    def options(self) -> dict[str, str]:
        """As a run keeps it, so that it can be resumed."""
        moment = {"at": self.at.isoformat()} if self.at else {}
        trial = {"trial": "yes"} if self.trial else {}
        return {"restoration": self.id, "point": self.point, **moment, **trial}

    @classmethod
    def read(cls, options: Mapping[str, str]) -> Asked:
        """It again."""
        moment = options.get("at")
        at = datetime.fromisoformat(moment) if moment else None
        return cls(options["restoration"], options["point"], at, "trial" in options)


@dataclass(frozen=True)
class Together:
    """What somebody wants brought back of several instances of one tenant: the same instant.

    id:     the restorations' own, six hex digits
    at:     the instant, UTC
    points: of each product's instance, the recovery point that it goes by
    """

    id: str
    at: datetime
    points: Mapping[str, str]

    def asked(self, product: str) -> Asked:
        """What it means for one of them."""
        return Asked(self.id, self.points[product], self.at)

    def options(self) -> dict[str, str]:
        """As a run keeps it, so that it can be resumed."""
        points = {f"{_POINT}{product}": point for product, point in self.points.items()}
        return {"restoration": self.id, "at": self.at.isoformat(), **points}

    @classmethod
    def read(cls, options: Mapping[str, str]) -> Together | None:
        """It again; None when the options are those of one instance alone."""
        points = {
            name.removeprefix(_POINT): point
            for name, point in options.items()
            if name.startswith(_POINT)
        }
        if not points:
            return None
        return cls(options["restoration"], datetime.fromisoformat(options["at"]), points)


@dataclass(frozen=True)
class Wish:
    """What somebody asked for on the command line.

    subject: the instance
    point:   a recovery point, or '' for the newest one that is not younger than `at`
    at:      a moment, or None for the point itself
    copy:    name of the copy that it goes to, '' for the instance's own place
    until:   last day of the copy, None for the usual
    trial:   whether the copy is made to see what would become of the instance itself
    alone:   whether an instance may part from those that it has one instant in common with
    """

    subject: str
    point: str
    at: datetime | None
    copy: str = ""
    until: date | None = None
    trial: bool = False
    alone: bool = False
