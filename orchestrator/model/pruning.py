"""A record of what was taken away because its time was over, and between which times.

It is signed as recovery points are. What a point names and what is gone without such a record is a
loss; with it, it is what was promised.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from orchestrator.model.point import InventoryPoint, read_time, written

FORMAT = "orchestrator/pruning/v1"


@dataclass(frozen=True)
class Pruning:
    """One record; opened before anything goes, and closed when it is known what went.

    id:     sorts by time
    opened: by the store's clock, UTC, as all of them
    closed: None while it is not known what went
    since:  beginning of the time that could be brought back then
    kept_s: seconds that backups were promised to be kept
    points: recovery points that had expired
    taken:  the list of the objects that were taken away by then, which this record binds
    """

    id: str
    tenant: str
    product: str
    opened: datetime
    closed: datetime | None
    since: datetime
    kept_s: int
    points: tuple[str, ...]
    taken: InventoryPoint | None
    made_by: str

    @property
    def instance(self) -> str:
        """What people read: `saint-martin/decidim`."""
        return f"{self.tenant}/{self.product}"

    def document(self) -> dict[str, Any]:
        """The record as plain values."""
        body = asdict(self)
        body |= {
            "opened": written(self.opened),
            "closed": written(self.closed) if self.closed else None,
            "since": written(self.since),
            "points": list(self.points),
        }
        return {"format": FORMAT, **body}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Pruning:
        """It again. Raises AttributeError, KeyError, TypeError, ValueError for what is none."""
        body = dict(document)
        if body.pop("format") != FORMAT:
            raise ValueError(document["format"])
        taken, closed = body["taken"], body["closed"]
        body |= {
            "opened": read_time(body["opened"]),
            "closed": read_time(closed) if closed is not None else None,
            "since": read_time(body["since"]),
            "points": tuple(body["points"]),
            "taken": InventoryPoint(**taken) if taken is not None else None,
        }
        return cls(**body)


def pruning_id(opened: datetime, chance: str) -> str:
    """The name of a record; `chance` are six hex digits."""
    return f"{opened.astimezone(UTC):%Y%m%dT%H%M%SZ}-{chance}"
