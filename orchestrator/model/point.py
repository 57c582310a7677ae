"""A recovery point: one signed manifest that names everything an instance is brought back from.

It is written last. Where there is no manifest, there is no recovery point, whatever lies in the
store (reliability.md 2.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

FORMAT = "orchestrator/recovery-point/v1"


@dataclass(frozen=True)
class DatabasePoint:
    """A place in the log of a database.

    engine:   what made base and log: `pgbackrest`
    base:     label of the newest base backup that ended before it
    name:     of the restore point in the log
    timeline: number of the history that it lies on
    lsn:      position in the log, as PostgreSQL writes it
    segment:  file of the log that holds it; it was seen in the repository
    system:   identifier that PostgreSQL gave the cluster when it was made
    """

    engine: str
    base: str
    name: str
    timeline: int
    lsn: str
    segment: str
    system: str


@dataclass(frozen=True)
class FilesPoint:
    """A snapshot of files: volumes, and databases that are dumped.

    engine:   what made it: `restic`
    snapshot: its id, 64 hex digits
    as_of:    UTC by the clock of whoever made it; nothing in its databases is younger
    count:    files in it; `bytes` their size
    """

    engine: str
    snapshot: str
    as_of: datetime
    count: int
    bytes: int


@dataclass(frozen=True)
class BucketPoint:
    """The objects of a bucket at that moment.

    as_of:   the moment by the database's clock, UTC
    guard_s: seconds after it within which an object may have come whose row was there before
    count:   objects chosen; `bytes` their size
    digest:  SHA-256 over every key with its version, sorted
    missing: rows that named an object that was not there even then
    """

    name: str
    as_of: datetime
    guard_s: int
    count: int
    bytes: int
    digest: str
    missing: int


@dataclass(frozen=True)
class InventoryPoint:
    """The list of every object that the point needs: where it lies, its SHA-256, what it counts."""

    key: str
    digest: str
    count: int
    bytes: int


@dataclass(frozen=True)
class Keys:
    """What the data is unreadable without; never a key itself.

    wrapped:      the passphrase of the repository, as the secrets server wrapped it
    wrapping:     fingerprint of the transit key that wrapped it
    versions:     paths of the instance's secrets with the version that counted
    fingerprints: of single keys that data was encrypted with, by what they are called
    derivation:   how the product derives keys from them: the same key derives another otherwise
    """

    wrapped: str
    wrapping: str
    versions: Mapping[str, int]
    fingerprints: Mapping[str, str]
    derivation: str


@dataclass(frozen=True)
class RecoveryPoint:
    """The manifest.

    id:       sorts by time: `20261126T015900Z-3fa2c1`
    at:       the moment by the database's clock, or the files' where there is none, UTC
    skew_s:   how far the store's clock was from it, seconds
    images:   by name, with digests
    schema:   newest migration in the database
    counts:   rows of each table, the lowest and the highest number seen around the moment
    stack:    fingerprint of the resources that ran
    expires:  the day after which it is not promised any more
    previous: SHA-256 of the manifest before it, 64 zeros for the first
    reason:   why it was made: `asked`, `onboarding`, `before restore` …
    """

    id: str
    tenant: str
    product: str
    release: str
    images: Mapping[str, str]
    schema: str
    at: datetime
    skew_s: float
    database: DatabasePoint | None
    bucket: BucketPoint | None
    inventory: InventoryPoint
    keys: Keys
    counts: Mapping[str, tuple[int, int]]
    stack: str
    made_by: str
    expires: datetime
    previous: str
    reason: str
    files: FilesPoint | None = None

    @property
    def instance(self) -> str:
        """What people read: `saint-martin/decidim`."""
        return f"{self.tenant}/{self.product}"

    def document(self) -> dict[str, Any]:
        """The manifest as plain values."""
        body = asdict(self)
        body["counts"] = {name: list(pair) for name, pair in self.counts.items()}
        body["at"], body["expires"] = written(self.at), written(self.expires)
        if self.bucket:
            body["bucket"]["as_of"] = written(self.bucket.as_of)
        if self.files:
            body["files"]["as_of"] = written(self.files.as_of)
        return {"format": FORMAT, **body}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> RecoveryPoint:
        """It again. Raises AttributeError, KeyError, TypeError, ValueError for what is none."""
        body = dict(document)
        if body.pop("format") != FORMAT:
            raise ValueError(document["format"])
        bucket, log, files = body["bucket"], body["database"], body.get("files")
        body |= {
            "at": read_time(body["at"]),
            "expires": read_time(body["expires"]),
            "database": DatabasePoint(**log) if log is not None else None,
            "bucket": BucketPoint(**{**bucket, "as_of": read_time(bucket["as_of"])})
            if bucket is not None
            else None,
            "files": FilesPoint(**{**files, "as_of": read_time(files["as_of"])})
            if files is not None
            else None,
            "inventory": InventoryPoint(**body["inventory"]),
            "keys": Keys(**body["keys"]),
            "counts": {name: (low, high) for name, (low, high) in body["counts"].items()},
        }
        return cls(**body)


def point_id(at: datetime, chance: str) -> str:
    """The name of a point of that moment; `chance` are six hex digits."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{chance}"


def written(moment: datetime) -> str:
    """A moment in UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def read_time(text: str) -> datetime:
    """A moment again; raises ValueError for one without a zone."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError(text)
    return found.astimezone(UTC)
