"""Signed records of drills as files, and what they prove; nothing here touches a disk.

A record counts for the instance in its name only while its signature holds and what was signed is
about the same instance: a record cannot be lent to another by renaming its file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from orchestrator.model.drill import DrillRecord, Verdict
from orchestrator.recovery.calendar import Candidate, Standing, standing

_STAMP = "%Y-%m-%dT%H%M%SZ"
_NAME = re.compile(
    r"(?P<began>\d{4}-\d\d-\d\dT\d{6}Z)-(?P<tenant>[a-z][a-z0-9-]*)"
    r"-(?P<product>[a-z][a-z0-9]*)-(?P<id>[a-z0-9]+)\.json"
)

Seal = Callable[[bytes], bytes]
"""Wraps what was written into a signed envelope, with the tenant's own key."""


@dataclass(frozen=True)
class Opened:
    """What an envelope held, the name of the key that it says signed it, and whether it did."""

    content: bytes
    key: str
    verified: bool


Open = Callable[[bytes], Opened]
"""Opens an envelope with one tenant's keys; raises ValueError for what is none."""


@dataclass(frozen=True)
class FileName:
    """What the name of a record's file says."""

    began: datetime
    tenant: str
    product: str
    id: str

    @property
    def instance(self) -> str:
        """As people read it."""
        return f"{self.tenant}/{self.product}"


@dataclass(frozen=True)
class Kept:
    """One record with its file, the key that signed it, and whether the signature holds."""

    file: str
    record: DrillRecord
    key: str
    verified: bool

    @property
    def proves(self) -> bool:
        """Whether it shows that the instance can be restored."""
        return self.verified and self.record.verdict is Verdict.GREEN


@dataclass(frozen=True)
class Evidence:
    """Every record that could be read, the newest first, and files that are none of ours."""

    records: tuple[Kept, ...]
    foreign: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """One instance with its newest drill and the newest that proves it."""

    candidate: Candidate
    standing: Standing
    newest: Kept | None
    green: Kept | None

    @property
    def covered(self) -> bool:
        """Whether a drill proved it within its period, whatever came after."""
        left = self.standing.left
        return self.green is not None and left is not None and left >= 0


def file_name(record: DrillRecord) -> str:
    """`2026-11-23T020400Z-saint-martin-decidim-7f3c91.json`, so that names sort by time."""
    began = record.began.astimezone(UTC).strftime(_STAMP)
    return f"{began}-{record.tenant}-{record.product}-{record.id}.json"


def parsed(name: str) -> FileName | None:
    """What a file's name says; None when it is no record's."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    try:
        began = datetime.strptime(match["began"], _STAMP).replace(tzinfo=UTC)
    except ValueError:
        return None
    return FileName(began, match["tenant"], match["product"], match["id"])


def sealed(record: DrillRecord, seal: Seal) -> bytes:
    """The record as the signed file that is kept."""
    text = json.dumps(record.document(), indent=2, ensure_ascii=False) + "\n"
    return seal(text.encode())


def gathered(files: Iterable[tuple[str, bytes]], opener: Callable[[str], Open]) -> Evidence:
    """Read files, each with the keys of the tenant in its name (`opener` gets its slug).

    What is no record is named and passed over; what is not signed as it should be is kept, for
    people to see, and proves nothing.
    """
    found, foreign = [], []
    for name, content in files:
        told = parsed(name)
        try:
            found.append(_kept(name, told, opener(told.tenant)(content)) if told else None)
        except ValueError:  # no envelope, no JSON, no record: not ours to judge
            found.append(None)
        if found[-1] is None:
            foreign.append(name)
    records = [one for one in found if one is not None]
    records.sort(key=lambda one: one.file)
    records.sort(key=lambda one: one.record.began, reverse=True)
    return Evidence(tuple(records), tuple(sorted(foreign)))


def newest(records: Iterable[Kept], *, proving: bool = False) -> Mapping[str, Kept]:
    """The newest record of each instance; of those alone that prove it, when asked so.

    One whose signature does not hold may say anything, so it is never the newest.
    """
    found: dict[str, Kept] = {}
    for one in records:
        if one.verified and (one.proves or not proving):
            other = found.get(one.record.instance)
            if other is None or one.record.began > other.record.began:
                found[one.record.instance] = one
    return found


def lines(instances: Iterable[Candidate], records: Iterable[Kept], today: date) -> tuple[Line, ...]:
    """Each instance with what is known of its drills, by name.

    `green` and `red` of the candidates are taken from the records; the rest is theirs.
    """
    kept = tuple(records)
    last, last_green = newest(kept), newest(kept, proving=True)
    found = []
    for one in sorted(instances, key=lambda one: one.instance):
        green, latest = last_green.get(one.instance), last.get(one.instance)
        candidate = Candidate(
            instance=one.instance,
            period_days=one.period_days,
            since=one.since,
            green=green.record.began.astimezone(UTC).date() if green else None,
            red=latest is not None and latest.record.verdict is Verdict.RED,
        )
        found.append(Line(candidate, standing(candidate, today), latest, green))
    return tuple(found)


def _kept(name: str, told: FileName, opened: Opened) -> Kept:
    body = json.loads(opened.content)
    if not isinstance(body, dict):
        message = "must be a JSON object"
        raise ValueError(message)  # noqa: TRY004 - one kind of fault for all that is no record
    record = DrillRecord.from_document(body)
    own = file_name(record) == name and record.instance == told.instance
    return Kept(name, record, opened.key, opened.verified and own)
