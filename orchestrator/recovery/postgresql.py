"""PostgreSQL and its backup engine, pgBackRest, asked inside the pod of the server.

The tool's exit status is not believed where its output says more (reliability.md 1.3).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from orchestrator.errors.backup import BaseNotMadeError, LogNotKeptError, RepositoryUnreadableError
from orchestrator.errors.process import ToolFailedError
from orchestrator.errors.pruning import NotExpiredError
from orchestrator.model.point import read_time
from orchestrator.model.secret import Secret
from orchestrator.ports import Clock, Cluster
from orchestrator.recovery.inventory import Chain

SERVER = "statefulset/database"
BASE_S = 6 * 3600.0
EXPIRE_S = 3 * 3600.0
KEPT_S = 180.0
_EVERY_S = 0.5
_ASK_S = 120.0
_LOOK_S = 10.0
_ARCHIVE = "repository/archive/main/15-1"
_SEGMENT = re.compile(r"[0-9A-F]{24}")
_NO_STANZA = frozenset({1, 2, 3})
"""Codes of the tool that say: nothing yet. With a wrong passphrase it says 99, or the same."""

# The message is a transaction of its own, so that the log holds an end of one after the moment and
# a restoration to a time before it knows where to stop.
_MARK = """
select pg_logical_emit_message(true, 'orchestrator', '{name}');
with made as (select pg_create_restore_point('{name}') as lsn)
select jsonb_build_object('lsn', lsn, 'segment', pg_walfile_name(lsn), 'at', clock_timestamp(),
    'timeline', (select timeline_id from pg_control_checkpoint()),
    'system', (select system_identifier::text from pg_control_system())) from made;
select pg_logical_emit_message(true, 'orchestrator', '{name}');
select pg_switch_wal();
"""
_WRITTEN = """
with made as (select pg_logical_emit_message(true, 'orchestrator', 'drill') as lsn)
select jsonb_build_object('lsn', lsn, 'segment', pg_walfile_name(lsn), 'at', clock_timestamp(),
    'system', (select system_identifier::text from pg_control_system())) from made
"""
# A file that is full, or a minute old, is closed and waits until its `.ready` is gone; what was
# written since is in the one file that is open.
_HANDED_OVER = """
select jsonb_build_object('on', current_setting('archive_mode') <> 'off',
    'newest', (select coalesce(last_archived_wal, '') from pg_stat_archiver),
    'waiting', count(*),
    'waits_s', coalesce(extract(epoch from clock_timestamp() - min(modification)), 0))
from pg_ls_archive_statusdir() where name like '%.ready'
"""
_COUNTS = """
select coalesce(jsonb_object_agg(relname, (xpath('/row/n/text()', query_to_xml(format(
    'select count(*) as n from %I.%I', nspname, relname), false, true, '')))[1]::text::bigint),
    '{}') from pg_class join pg_namespace on pg_namespace.oid = relnamespace
where relkind in ('r', 'p') and nspname = 'public' and not relispartition
"""


@dataclass(frozen=True)
class Base:
    """A base backup as the repository tells of it. Times are UTC by the database's host.

    timeline: number of the history that it was made on; the log of another may not lead on from it
    start:    the first file of the log that it is of no use without; '' where nobody told
    """

    label: str
    kind: str
    began: datetime
    ended: datetime
    bytes: int
    broken: bool
    timeline: int
    start: str = ""


@dataclass(frozen=True)
class Repository:
    """What the engine says of its repository: bases, oldest first, and the newest log file."""

    bases: tuple[Base, ...]
    newest_segment: str
    system: str

    def newest(self, timeline: int) -> Base | None:
        """The newest sound base of a history, whatever any clock says."""
        sound = [one for one in self.bases if not one.broken and one.timeline == timeline]
        return sound[-1] if sound else None

    def chain(self, label: str) -> Chain | None:
        """What a base hangs on, by its label; None where it is not told."""
        full = full_of(label)
        found = next((one for one in self.bases if one.label == full), None)
        return Chain(full, found.start) if found and found.start else None

    def before(self, moment: datetime, timeline: int) -> Base | None:
        """The newest sound base that ended before a moment, by the database's clock.

        One of the moment's own history, where there is one: what was made after the place where
        that history parted from an older one leads nowhere.
        """
        sound = [
            one
            for one in self.bases
            if not one.broken and one.ended <= moment and one.timeline <= timeline
        ]
        own = [one for one in sound if one.timeline == timeline]
        return next(reversed(own or sound), None)


@dataclass(frozen=True)
class Mark:
    """A named place in the log, made a moment ago."""

    name: str
    lsn: str
    segment: str
    timeline: int
    system: str
    at: datetime


@dataclass(frozen=True)
class HandedOver:
    """How far the server has handed its log over.

    on:      whether it hands it over at all
    newest:  the last file that whoever takes it said to have stored; '' since the server began
    waiting: files that are closed and not taken
    waits_s: seconds that the oldest of them waits
    """

    on: bool
    newest: str
    waiting: int
    waits_s: float


class PostgresqlEngine:
    """One instance's database. `database` is its name within the server."""

    def __init__(self, cluster: Cluster, clock: Clock, namespace: str, database: str) -> None:
        self._cluster = cluster
        self._clock = clock
        self._namespace = namespace
        self._database = database

    def repository(self) -> Repository | None:
        """What is kept, or None where nothing was begun. Raises RepositoryUnreadableError."""
        said = self._run(["pgbackrest", "--stanza=main", "--output=json", "info"])
        return read_repository(said, self._namespace)

    def base(self, kind: Literal["full", "diff", "incr"], say: Callable[[str], None]) -> None:
        """Make a base backup, and the repository where there is none. Raises BaseNotMadeError."""
        say(f"making a base of the database ({kind})")
        try:
            self._run(["postgres-backup", kind], BASE_S)
        except ToolFailedError as error:
            raise BaseNotMadeError(
                self._namespace, status=error.status, said=error.details
            ) from error

    def expire(self, keep: int, key: Secret, say: Callable[[str], None]) -> None:
        """Have the engine take bases away, and the log before them. Raises NotExpiredError.

        keep: how many full ones stay, the newest
        key:  of the store, for this alone: access key and secret, a line each
        """
        say(f"taking bases away; the newest {keep} full ones stay")
        try:
            self._run(["postgres-expire", str(keep)], EXPIRE_S, key)
        except ToolFailedError as error:
            raise NotExpiredError(
                self._namespace, asked=SERVER, status=error.status, said=error.details
            ) from error

    def mark(self, name: str) -> Mark:
        """Name a place in the log and send the log's file off to the repository."""
        said = self._query(_MARK.format(name=name))
        facts = next(json.loads(line) for line in said if line.startswith("{"))
        return Mark(
            name,
            lsn=str(facts["lsn"]),
            segment=str(facts["segment"]),
            timeline=int(str(facts["segment"])[:8], 16),
            system=str(facts["system"]),
            at=read_time(str(facts["at"])),
        )

    def written(self) -> Mark:
        """Something committed now; the log goes its usual way and is not sent off for it."""
        facts = self.value(_WRITTEN)
        segment = str(facts["segment"])
        at = read_time(str(facts["at"]))
        timeline = int(segment[:8], 16)
        return Mark("", str(facts["lsn"]), segment, timeline, str(facts["system"]), at)

    def handed_over(self) -> HandedOver:
        """How far the log is; a quick look that changes nothing."""
        found = json.loads("\n".join(self._query(_HANDED_OVER, _LOOK_S)))
        waits_s = max(float(found["waits_s"]), 0.0)
        return HandedOver(bool(found["on"]), str(found["newest"]), int(found["waiting"]), waits_s)

    def kept(self, mark: Mark) -> None:
        """Wait until the repository holds the log up to a mark. Raises LogNotKeptError."""
        until = self._clock.monotonic() + KEPT_S
        while True:
            found = self.repository()
            newest = found.newest_segment if found else ""
            if newest >= mark.segment:
                return
            if self._clock.monotonic() > until:
                raise LogNotKeptError(
                    self._namespace, wanted=mark.segment, newest=newest, seconds=KEPT_S
                )
            self._clock.sleep(_EVERY_S)

    def counts(self) -> Mapping[str, int]:
        """Rows of every table of the application."""
        found: Mapping[str, int] = self.value(_COUNTS)
        return found

    def system(self) -> str:
        """The identifier that PostgreSQL gave the cluster that runs now."""
        return self.text("select system_identifier::text from pg_control_system()")

    def timeline(self) -> int:
        """The number of the history that is written now; each restoration begins a new one."""
        return int(self.text("select substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)"), 16)

    def now(self) -> datetime:
        """The database's own clock, UTC."""
        return read_time(str(self.value("select to_json(clock_timestamp())")))

    def value(self, statement: str) -> Any:
        """The one value of a statement that yields JSON."""
        return json.loads("\n".join(self._query(statement)) or "null")

    def text(self, statement: str) -> str:
        """The one value of a statement, as text; empty for none."""
        return "\n".join(self._query(statement))

    def _query(self, statement: str, timeout_s: float = _ASK_S) -> list[str]:
        command = ["psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-h", "/run/postgresql"]
        command += ["-U", "postgres", "-d", self._database, "-f", "-"]
        said = self._cluster.execute(self._namespace, SERVER, command, statement, timeout_s)
        return said.strip().split("\n")

    def _run(
        self, command: list[str], timeout_s: float = _ASK_S, given: Secret | None = None
    ) -> str:
        return self._cluster.execute(self._namespace, SERVER, command, given, timeout_s)


def full_of(label: str) -> str:
    """The label of the full base that one is made of: what its own begins with."""
    return label.partition("_")[0]


def stored_as(segment: str) -> str:
    """What the key of a file of the log begins with in the store; '' of what is no such file."""
    return f"{_ARCHIVE}/{segment[:16]}/{segment}" if _SEGMENT.fullmatch(segment) else ""


def read_repository(said: str, where: str) -> Repository | None:
    """What `pgbackrest info` told. Raises RepositoryUnreadableError."""
    try:
        told = json.loads(said)
        found: Mapping[str, Any] = told[0] if told != [] else {"status": {"code": 1}}
        status = found["status"]
        if status["code"] in _NO_STANZA and not found.get("backup"):
            return None
        if status["code"] not in (0, *_NO_STANZA):
            raise RepositoryUnreadableError(where, said=str(status.get("message")))
        logs = [str(one["max"]) for one in found["archive"] if one.get("max")]
        return Repository(
            tuple(_base(one) for one in found["backup"]),
            max(logs, default=""),
            str(found["db"][-1]["system-id"]),
        )
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise RepositoryUnreadableError(where, said=said[:200]) from error


def _base(told: Mapping[str, Any]) -> Base:
    when = told["timestamp"]
    return Base(
        str(told["label"]),
        str(told["type"]),
        datetime.fromtimestamp(when["start"], UTC),
        datetime.fromtimestamp(when["stop"], UTC),
        int(told["info"]["size"]),
        bool(told.get("error")),
        int(str(told["archive"]["stop"])[:8], 16),
        str(told["archive"]["start"]),
    )
