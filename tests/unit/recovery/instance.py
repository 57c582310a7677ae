"""An instance in memory: a database that answers statements, its log, its stack, its cluster.

What the world is told to do it counts, and it can be told to die before any of it.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from orchestrator.engine.step import Step
from orchestrator.flows.steps import handed_keys
from orchestrator.flows.steps.secrets import known_values
from orchestrator.model.names import InstanceNames
from orchestrator.model.restoration import Stage, Target
from orchestrator.model.rights import Rights
from orchestrator.model.secret import Secret
from orchestrator.ports import StackPreview
from orchestrator.products.decidim.adapter import PRODUCT, REFERENCES
from orchestrator.products.decidim.secrets import APPLICATION_PATH
from orchestrator.products.erasing import Account, Erasing
from orchestrator.products.holdings import Holdings
from orchestrator.products.product import AnySubject, Subject
from orchestrator.products.toolbox import SecretValues, StackFacts
from tests.unit.recovery.store import Kv, Ring, Store

BEGAN = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)
NAMES = InstanceNames("saint-martin", "decidim")
RELEASE = "0.31.5"
SYSTEM = "7439262600000000001"
WRITER = NAMES.backup_identity("writer")


class KilledError(Exception):
    """The process ended here."""


@dataclass
class Data:
    """What a database holds: rows of tables, and uploads that a row shows since a moment."""

    rows: dict[str, int] = field(default_factory=dict)
    uploads: dict[str, tuple[int, str, datetime]] = field(default_factory=dict)
    people: dict[str, Account] = field(default_factory=dict)
    system: str = SYSTEM
    timeline: int = 1
    segment: int = 1

    @property
    def file(self) -> str:
        """The log's file that is written now."""
        return f"{self.timeline:08X}{0:08X}{self.segment:08X}"


class People(Erasing):
    """The accounts of that database; the product's own code must run to erase one."""

    form = "a number"
    workload = "deployment/web"

    def __init__(self, world: World) -> None:
        self._world = world
        self.leaves: set[str] = set()
        """Of whom the product says that they are gone, and leaves a name."""

    def is_opaque(self, person: str) -> bool:
        return person.isdigit()

    def seen(self, tools: Any, people: Collection[str]) -> Mapping[str, Account]:
        del tools
        assert self._world.stage is not Stage.STOPPED
        there = self._world.data.people
        return {person: there[person] for person in people if person in there}

    def erase(self, tools: Any, people: Collection[str]) -> None:
        del tools
        world = self._world
        assert world.stage in (Stage.OPEN, Stage.WITHIN), "nobody runs the product's own code"
        world.touch(f"erase {' '.join(sorted(people))}")
        for person in people:
            mark = world.data.people[person].mark
            left = ("a name",) if person in self.leaves else ()
            world.data.people[person] = Account(mark, left)


@dataclass
class Base:
    """A base as the repository has it."""

    label: str
    kind: str
    ended: datetime
    timeline: int
    start: str
    content: Data


class World:
    """The ports of one instance, what was done through them, and how far its clocks are off.

    acts:  everything that changed something, in order; `dies_at` is the place in it where the
           process ends, before it is done
    asked: every command and statement, shortened
    """

    def __init__(self) -> None:
        self.passed = 0.0
        self.store_ahead_s = 0.0
        self.database_ahead_s = 0.0
        self.acts: list[str] = []
        self.dies_at: int | None = None
        self.asked: list[str] = []
        self.says: list[str] = []
        self.store = Store(lambda: self._at(self.store_ahead_s), self.touch)
        self.ring = Ring(touch=self.touch)
        self.kv = Kv(self.touch)
        self.notes: dict[str, dict[str, str]] = {}
        self.data = Data({"decidim_users": 3, "active_storage_blobs": 0})
        self.log: list[tuple[str, datetime, Data]] = []
        self.bases: list[Base] = []
        self.archived = True
        self.queue = ["a mail"]
        self.stage: Stage | None = Stage.OPEN
        self.held = ""
        self.staged: list[tuple[Stage, Target | None]] = []
        self.told: dict[str, Any] = {}
        self.restored = 0
        self._branches: dict[int, tuple[int, datetime]] = {}
        self.accepted = 0
        self.holdings: Holdings | None = Holdings(
            "decidim",
            keys={APPLICATION_PATH: ("secret_key_base", "api_jwt_secret")},
            derivation="its defaults",
            references=REFERENCES,
            flushed={"statefulset/queue": ("redis-empty",)},
        )
        self.kv.kept[APPLICATION_PATH] = [
            {"secret_key_base": Secret("a" * 64), "api_jwt_secret": Secret("b" * 64)}
        ]
        self.store.buckets[NAMES.bucket] = {}
        self.erasing: People | None = People(self)
        self.subject = subject(self)

    # Time

    def _at(self, ahead_s: float) -> datetime:
        return BEGAN + timedelta(seconds=self.passed + ahead_s)

    def now(self) -> datetime:
        return self._at(0)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds

    def touch(self, action: str) -> None:
        """Count a change, or end the process before it."""
        self.passed += 1
        if self.dies_at is not None and len(self.acts) >= self.dies_at:
            raise KilledError(action)
        self.acts.append(action)

    # People

    def upload(self, key: str, content: bytes, *, late_s: float = 0, attached: bool = True) -> None:
        """A row, and `late_s` seconds after it the object that it names."""
        self.passed += 5
        md5 = base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()
        if attached:
            self.data.uploads[key] = (len(content), md5, self._at(self.database_ahead_s))
        self.data.rows["active_storage_blobs"] += 1
        self.passed += late_s
        self.store.put(NAMES.bucket, key, content)
        self.passed -= late_s

    def people_go_on(self) -> None:
        """Rows and objects come, change and go."""
        self.passed += 300
        self.data.rows["decidim_users"] += 4
        self.upload("after", b"after the moment")
        for key in ("map", "photo"):
            self.store.delete(NAMES.bucket, key)
            del self.data.uploads[key]
        self.queue.append("a later mail")
        self.passed += 300

    # The ports

    @property
    def tools(self) -> Any:
        return SimpleNamespace(
            secrets=self.kv,
            origin=None,
            objects=self.store,
            history=self.store,
            keys=self.ring,
            stack=self.stack,
            staged=self.engine,
            facts=lambda _values: StackFacts((), "of what runs", {"decidim": "decidim@sha256:d"}),
            cluster=self,
            clock=self,
            identity=None,
            play_variables={},
        )

    def namespace_owner(self, _namespace: str) -> None:
        return None

    def ready(self, _namespace: str, _kind: str, name: str) -> bool:
        if self.stage is Stage.WITHIN:
            return name in ("database", "queue", "cache", "web")
        if self.stage is Stage.CLOSED:
            return name in ("database", "queue", "cache")
        return self.stage is Stage.OPEN

    def note(self, _namespace: str, name: str) -> Mapping[str, str] | None:
        return self.notes.get(name)

    def write_note(self, _namespace: str, name: str, data: Mapping[str, str]) -> None:
        self.touch(f"note {name} {data.get('reached', '')}".rstrip())
        self.notes[name] = dict(data)

    def stack(self, _values: SecretValues) -> Any:
        return SimpleNamespace(preview=lambda *_given: StackPreview((), 1), up=self._hand)

    def engine(self, _values: SecretValues, stage: Stage, target: Target | None) -> Any:
        return SimpleNamespace(up=lambda _say: self._up(stage, target))

    def execute(
        self,
        _namespace: str,
        workload: str,
        command: Sequence[str],
        stdin: str | Secret | None = None,
        timeout_s: float = 60.0,
    ) -> str:
        del timeout_s
        if command[0] == "postgres-expire":
            return self._expire(int(command[1]), stdin)
        assert not isinstance(stdin, Secret)
        self.passed += 0.1
        name = " ".join(command)
        assert self.ready("", "", workload.partition("/")[2]), f"nobody can run {name}"
        self.asked.append(" ".join((stdin or name).split())[:80])
        if command[0] == "psql":
            assert workload == "statefulset/database"
            assert command[-4:] == ["-d", "decidim", "-f", "-"]
            return self._answer(stdin or "")
        answers: dict[str, Callable[[], str]] = {
            "pgbackrest --stanza=main --output=json info": self._info,
            "cat /var/lib/postgresql/data/restored.json": lambda: json.dumps(self.told),
            "redis-empty": self._empty,
            f"sh -c {handed_keys.SEEN}": self._held,
        }
        if command[0] == "postgres-backup":
            return self._base(command[1])
        return answers[name]()

    # The database

    def _answer(self, statement: str) -> str:
        if "pg_create_restore_point" in statement:
            return self._mark(re.findall(r"pg_create_restore_point\('([\w-]+)'\)", statement)[0])
        if "query_to_xml" in statement:
            return json.dumps(self.data.rows) + "\n"
        if "active_storage_attachments" in statement:
            moment = datetime.fromisoformat(re.findall(r"<= '([^']+)'", statement)[0])
            found = [
                {"key": key, "size": size, "md5": md5}
                for key, (size, md5, at) in self.data.uploads.items()
                if at <= moment
            ]
            return json.dumps(found) + "\n"
        exact = {
            "select system_identifier::text from pg_control_system()": lambda: self.data.system,
            "select to_json(clock_timestamp())": lambda: json.dumps(self._clock()),
            "select substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8)": lambda: self.data.file[
                :8
            ],
        }
        return exact[statement]() + "\n"

    def _clock(self) -> str:
        return self._at(self.database_ahead_s).isoformat()

    def _mark(self, name: str) -> str:
        self.touch("mark")
        at = self._at(self.database_ahead_s)
        self.log.append((name, at, copy.deepcopy(self.data)))
        facts = {
            "lsn": f"0/{self.data.segment:X}000060",
            "segment": self.data.file,
            "at": at.isoformat(),
            "timeline": self.data.timeline,
            "system": self.data.system,
        }
        if self.archived:
            self._send(f"archive/main/15-1/{self.data.file[:16]}/{self.data.file}-sum.zst")
        self.data.segment += 1
        return f"0/1\n{json.dumps(facts)}\n0/2\n0/3\n"

    def _send(self, key: str) -> None:
        if NAMES.backup_bucket in self.store.buckets:
            key = f"repository/{key}"
            self.store.put(NAMES.backup_bucket, key, key.encode())

    def _info(self) -> str:
        if self.held and (self.held != self._kept() or WRITER not in self.store.identities):
            return json.dumps([{"status": {"code": 99, "message": "other"}}])
        if not self.bases:
            return json.dumps([{"status": {"code": 2, "message": "no valid backups"}}])
        files = self.store.keys(NAMES.backup_bucket, "repository/archive/main/15-1/")
        found = {
            "status": {"code": 0, "message": "ok"},
            "archive": [{"id": "15-1", "max": max(f.split("/")[-1][:24] for f in files)}],
            "db": [{"id": 1, "system-id": int(self.data.system)}],
            "backup": [
                {
                    "label": one.label,
                    "type": one.kind,
                    "timestamp": {
                        "start": int(one.ended.timestamp()) - 1,
                        "stop": int(one.ended.timestamp()),
                    },
                    "archive": {"start": one.start, "stop": one.start},
                    "info": {"size": 1000},
                    "error": None,
                }
                for one in self.bases
            ],
        }
        return json.dumps([found])

    def _base(self, kind: str) -> str:
        self.touch(f"base {kind}")
        ended = self._at(self.database_ahead_s)
        label = f"{ended:%Y%m%d-%H%M%S}F"
        if kind != "full":
            label = f"{self._full().label}_{label[:-1]}{kind[0].upper()}"
        self._send(f"archive/main/15-1/{self.data.file[:16]}/{self.data.file}-sum.zst")
        self._send("archive/main/archive.info")
        self._send("backup/main/backup.info")
        self._send(f"backup/main/{label}/backup.manifest")
        self._send(f"backup/main/{label}/bundle/1")
        content = copy.deepcopy(self.data)
        start = self.data.file
        self.bases.append(Base(label, kind, ended, self.data.timeline, start, content))
        self.data.segment += 1
        return ""

    def _full(self) -> Base:
        return next(one for one in reversed(self.bases) if one.kind == "full")

    def _expire(self, keep: int, key: Any) -> str:
        """As the engine does it: what it notes first, then objects, each with a mark over it."""
        assert isinstance(key, Secret)
        bucket = NAMES.backup_bucket
        access, secret = key.reveal().split()
        assert self.store.identities[access] == (bucket, secret, Rights.INSTANCE)
        self.touch("expire")
        full = [one for one in self.bases if one.kind == "full"]
        kept = {one.label for one in full[-keep:]}
        start = full[-keep:][0].start
        self.bases = [one for one in self.bases if one.label.partition("_")[0] in kept]
        self._send("archive/main/archive.info")
        self._send("backup/main/backup.info")
        for key_ in self.store.keys(bucket, "repository/"):
            base = re.match(r"repository/backup/main/(\d{8}-\d{6}F)", key_)
            log = re.match(r"repository/archive/main/15-1/\w{16}/(\w{24})", key_)
            if (base and base[1] not in kept) or (log and log[1] < start):
                self.touch(f"engine hides {key_}")
                self.store.delete(bucket, key_)
        return ""

    def _empty(self) -> str:
        self.touch("empty queue")
        self.queue.clear()
        return ""

    # The stack

    def _up(self, stage: Stage, target: Target | None) -> None:
        self.touch(f"up {stage}")
        self.staged.append((stage, target))
        self.stage = stage
        if target and self.told.get("id") != target.id:
            assert stage is Stage.STOPPED
            self._restore(target)

    def _restore(self, target: Target) -> None:
        """As `postgres-restore` does it, which knows a second try by the id."""
        base = next(one for one in self.bases if one.label == target.base)
        assert self._leads(base, target.timeline), "the base is on no history of the moment"
        found = [
            (at, data)
            for name, at, data in self.log
            if data.timeline == target.timeline
            and (
                name == target.value
                if target.kind == "name"
                else at <= datetime.fromisoformat(target.value)
            )
        ]
        at, data = found[-1]
        assert base.ended <= at, "the base is younger than the moment"
        newest = max([self.data.timeline, *(one.timeline for _, _, one in self.log)])
        self.data = copy.deepcopy(data)
        self.data.timeline = newest + 1
        self._branches[newest + 1] = (target.timeline, at)
        self.restored += 1
        self.told = {"id": target.id, "reached": "target", "last": "", "timeline": newest + 1}

    def _leads(self, base: Base, timeline: int) -> bool:
        """Whether the log can be replayed from a base to a moment of that history."""
        while timeline != base.timeline:
            if timeline not in self._branches:
                return False
            timeline, until = self._branches[timeline]
            if timeline == base.timeline and base.ended > until:
                return False
        return True

    def _held(self) -> str:
        self.held = self.held or self._kept()
        return f"{self.held}  -\n"

    def _hand(self, _say: object) -> None:
        assert self.held, "what has begun with the keys that there were is left alone"
        self.touch("hand keys")
        self.held = self._kept()

    def _kept(self) -> str:
        values = known_values(self.subject, self.tools)
        kept = "".join(values[name].reveal() for name in handed_keys.FILES)
        return hashlib.sha256(kept.encode()).hexdigest()

    def accept(self, _subject: object, _tools: object) -> str:
        assert self.stage is Stage.OPEN
        self.accepted += 1
        return "it answers"


def subject(world: World) -> AnySubject:
    """The instance, with what the tests are not about left out."""
    product: Any = SimpleNamespace(
        holdings=lambda _subject: world.holdings,
        checks=lambda _subject: {"site": world.accept},
        bootstrap=lambda _subject: None,
        first_start=lambda _subject: None,
        schema=lambda _subject: SimpleNamespace(wanted="20260101", seen=lambda _tools: "20260101"),
        secrets=PRODUCT.secrets,
        references=lambda _instance: (),
        moved=lambda _subject: (),
        bucket=lambda _subject: None,
        erasing=lambda _subject: world.erasing,
        erased_otherwise="erase them by hand",
        login=lambda _subject: None,
        access=lambda _subject: None,
    )
    tenant: Any = SimpleNamespace(slug=NAMES.tenant, backup=SimpleNamespace(kept="30d"))
    release: Any = SimpleNamespace(release=RELEASE)
    instance: Any = SimpleNamespace(domains=("participer.example",))
    return Subject(product, tenant, instance, release, NAMES, "https://participer.example")


def carry_out(world: World, steps: Iterable[Step]) -> list[str]:
    """Look, act and prove as the engine does; names of the steps that had something to do."""
    done = []
    for step in steps:
        if step.look():
            step.act(world.says.append)
            assert step.holds(), f"{step.name} acted and does not hold"
            done.append(step.name)
    return done


def changes(steps: Iterable[Step]) -> list[str]:
    """What a plan says, step by step."""
    return [f"{one.step}: {one.target}" for step in steps for one in step.look()]
