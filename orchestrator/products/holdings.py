"""What belongs to an instance's recovery point, in the words of its product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

COPIER = "copier"
"""The workload that carries versions of objects into the store of backups."""

DATABASE_ASIDE: Mapping[str, str] = {
    "statefulset/database": "/var/lib/postgresql/data/pgdata.before-*"
}
"""Where a restoration in place leaves a server of PostgreSQL as it was before."""


@dataclass(frozen=True)
class Holdings:
    """Everything that must come back together.

    database:   name of the database within a server of PostgreSQL; '' without one
    keys:       paths of secrets without which the data cannot be read, each with the keys whose
                change makes it unreadable
    derivation: how the product derives keys from them, as text that changes when that does
    references: statement that yields a JSON list of the objects that rows name: `key`, and where
                rows say so `size`, `md5` in base64, and `young` of a row whose object may not have
                come yet; with `{at}` for the moment, a timestamp in UTC; '' without a bucket
    copied:     whether the product destroys versions of its objects, so that every one is copied
                into the store of backups as it comes
    files:      whether volumes, and databases that are dumped, are kept as snapshots of files
    aside:      where a restoration in place leaves what was there before, by workload: a folder,
                and a pattern of the names in it
    flushed:    commands that empty caches and queues, which speak of what came after: by workload
    """

    database: str
    keys: Mapping[str, tuple[str, ...]]
    derivation: str = ""
    references: str = ""
    copied: bool = False
    files: bool = False
    aside: Mapping[str, str] = field(default_factory=dict)
    flushed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
