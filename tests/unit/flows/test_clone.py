"""A clone: shut until nobody is left in it, whenever the process that makes it ends."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.errors.backup import RestoredOtherwiseError
from orchestrator.errors.clone import CloneLeaksError, CloneTooLargeError
from orchestrator.errors.copies import CopyTakenError
from orchestrator.errors.masking import ColumnUnlistedError
from orchestrator.flows import backup, beside, clone
from orchestrator.flows.steps import cloning
from orchestrator.flows.steps.restoring import NOTE
from orchestrator.model.restoration import Asked, Reload, Stage, Target
from orchestrator.products.anonymity import Anonymity
from orchestrator.recovery.masked_database import DUMP
from orchestrator.recovery.points import Points
from tests.unit.recovery.instance import NAMES, KilledError, World, carry_out, changes

ID = "9c41d7"
CLONE = NAMES.beside("essai")
PEOPLE = [f"zoe.durand{number}@personne.example" for number in range(40)]
RULES = "table,column,rule,why\npeople,id,keep,Key\npeople,email,mask,An address\n"
COLUMN = {
    "table": "people",
    "kind": "r",
    "category": "S",
    "array": False,
    "nullable": False,
    "limit": 0,
    "generated": False,
    "default": False,
    "key": False,
    "keys": 1,
    "unique": False,
    "refers": [],
    "referred": False,
    "type": "varchar",
}
COLUMNS = [
    {**COLUMN, "column": "id", "type": "int8", "category": "N", "key": True, "unique": True},
    {**COLUMN, "column": "email"},
]
WHOLE = [
    *("database", "services", "masked", "reloaded", "settled", "searched", "opened"),
    "acceptance",
]


class Cloned(World):
    """An instance with a point and people, and the place where its clone comes about.

    texts: what stands in the database; `left`: what masking does not reach
    files: what stands in files of the volume
    """

    def __init__(self) -> None:
        super().__init__()
        self.columns: list[dict[str, Any]] = list(COLUMNS)
        self.size = 9_000_000
        self.left: list[str] = []
        self.anew: dict[str, str] = {}
        self.dump = ""
        self.type = "image/png"
        self.files: list[str] = list(PEOPLE)
        self.data.texts = list(PEOPLE)  # type: ignore[attr-defined]
        carry_out(self, backup.steps(self.subject, self.tools))
        self.store.buckets[CLONE.bucket] = {}
        product = SimpleNamespace(
            **vars(self.subject.product),
            anonymity=lambda _subject: Anonymity(
                "masking.csv", RULES, "public one.said", ("pruned",), "uploads", "uploaded {rows}"
            ),
        )
        product.moved = lambda _subject: ("moved",)
        tenant: Any = SimpleNamespace(slug=NAMES.tenant, title_of=lambda _instance: "Saint-Martin")
        self.subject = replace(self.subject, names=CLONE, product=product, tenant=tenant)
        self.stage = None
        self.before = len(self.acts)
        self.point = Points(self.store, self.ring, NAMES).ids()[0]

    @property
    def tools(self) -> Any:
        found = super().tools
        found.origin = self.kv
        return found

    @property
    def texts(self) -> list[str]:
        found: list[str] = self.data.texts  # type: ignore[attr-defined]
        return found

    @property
    def done(self) -> list[str]:
        """What was changed for the clone."""
        return self.acts[self.before :]

    def run(self) -> list[str]:
        return carry_out(self, self.steps())

    def steps(self) -> list[Any]:
        return clone.steps(self.subject, self.tools, Asked(ID, self.point))

    def execute(
        self,
        namespace: str,
        workload: str,
        command: Sequence[str],
        stdin: str | None = None,
        timeout_s: float = 60.0,
    ) -> str:
        answered = self._answered(list(command), stdin or "")
        if answered is None:
            return super().execute(namespace, workload, command, stdin, timeout_s)
        assert self.stage is Stage.CLOSED, "masked or read while others could"
        return answered

    def _answered(self, command: list[str], script: str) -> str | None:
        if command[0] == "psql":
            return self._said(script)
        if command[0] == "bash":
            assert command[3] == DUMP
            start, size = int(command[4]) - 1, int(command[5])
            return base64.b64encode(self.dump.encode()[start : start + size]).decode()
        if command[:2] == ["pg_dump", "--schema-only"]:
            return "create table people"
        if command[0] == "pg_dump" or command == ["rm", "-f", DUMP]:
            assert command[-1] == DUMP
            self.dump = "\n".join(self.texts) if command[0] == "pg_dump" else ""
            return ""
        return json.dumps(self.anew) if command[-1].endswith("reloaded.json") else None

    def _said(self, script: str) -> str | None:
        """The answer of the database to what only clones ask."""
        asked: dict[str, Any] = {
            "pg_attribute": self.columns,
            "pg_database_size": self.size,
            "one.value": self.texts,
            "one.said": ["Saint-Martin"],
        }
        for part, answer in asked.items():
            if part in script:
                return json.dumps(answer)
        if script == "uploads":
            return json.dumps([{"key": "word-1", "type": self.type}])
        if 'UPDATE "people"' in script:
            order = [script.index(one) for one in ("begin;", "UPDATE", "pruned;", "commit;")]
            assert order == sorted(order)
            self.touch("mask")
            self.data.texts = ["masked", *self.left]  # type: ignore[attr-defined]
            return ""
        done = {"VACUUM FULL": "clean", "uploaded ('word-1'": "uploaded", "moved": "moved"}
        for part, action in done.items():
            if part in script:
                assert "begin;" not in script
                self.touch(action)
                return ""
        return None

    def engine(self, values: Any, stage: Stage, target: Target | Reload | None) -> Any:
        if not isinstance(target, Reload):
            return super().engine(values, stage, target)
        return SimpleNamespace(up=lambda _say: self._anew(stage, target))

    def _anew(self, stage: Stage, target: Reload) -> None:
        assert stage is Stage.STOPPED
        self.touch("up anew")
        self.stage = stage
        self.files = list(self.texts)
        self.anew = {"id": target.id}

    def _up(self, stage: Stage, target: Target | None) -> None:
        if stage is Stage.OPEN:
            assert not set(PEOPLE) & {*self.texts, *self.files}, "opened with people in it"
        super()._up(stage, target)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Cloned:
    for name in ("generate_secrets", "bucket", "certificate"):
        monkeypatch.setattr(clone, name, lambda *_given: None)
    return Cloned()


def test_nobody_is_left_when_it_is_opened(world: Cloned) -> None:
    assert world.run() == WHOLE
    assert world.texts == world.files == ["masked"]
    assert world.dump == ""
    assert world.queue == []
    ups = [one for one in world.done if one.startswith("up ")]
    assert ups == ["up stopped", "up closed", "up anew", "up closed", "up open"]
    assert world.done.index("moved") < world.done.index("up open")
    assert "40 addresses, names and numbers remembered to look for" in world.says
    assert changes(world.steps()) == []


def test_uploads_are_replaced_by_the_least_of_their_type(world: Cloned) -> None:
    world.run()
    (content,) = world.store.content(CLONE.bucket).values()
    assert content.startswith(b"\x89PNG")
    assert world.store.content(NAMES.bucket) == {}


def test_a_column_that_is_not_listed_ends_it_before_anything_is_changed(world: Cloned) -> None:
    world.columns.append({**COLUMN, "column": "birthplace"})
    with pytest.raises(ColumnUnlistedError) as raised:
        world.run()
    assert raised.value.columns == ("people.birthplace",)
    assert world.texts == PEOPLE
    assert "mask" not in world.done
    assert world.stage is Stage.CLOSED
    world.columns.pop()
    assert world.run() == WHOLE[2:]
    assert world.restored == 1


def test_what_cannot_be_looked_through_is_not_begun(world: Cloned) -> None:
    world.size = cloning.AT_MOST + 1
    with pytest.raises(CloneTooLargeError):
        world.run()
    assert "mask" not in world.done


def test_a_leak_in_the_database_keeps_it_shut(world: Cloned) -> None:
    world.left = [PEOPLE[3].upper(), f"see {PEOPLE[5]}"]
    with pytest.raises(CloneLeaksError) as raised:
        world.run()
    assert raised.value.details == ("the database: 2 × mail address",)
    assert PEOPLE[3] not in str(raised.value.__dict__)
    assert world.stage is Stage.CLOSED
    assert world.dump == ""
    # Mended, it begins with the data as it was, which is looked for again.
    world.left = []
    assert world.run() == WHOLE
    assert world.restored == 2


@pytest.mark.parametrize("where", ["key", "content"])
def test_a_leak_in_the_bucket_keeps_it_shut(world: Cloned, where: str) -> None:
    mail = PEOPLE[3]
    key, content = (mail, b"x") if where == "key" else ("x", f"from {mail}".encode())
    world.store.put(CLONE.bucket, key, content)
    with pytest.raises(CloneLeaksError) as raised:
        world.run()
    assert raised.value.details == ("the bucket: 1 × mail address",)


def test_another_database_than_the_masked_one_is_not_opened(world: Cloned) -> None:
    world.anew = {"id": "another"}
    world._anew = lambda *_given: world.touch("up anew")  # type: ignore[method-assign]
    with pytest.raises(RestoredOtherwiseError):
        world.run()


def test_killed_anywhere_the_next_run_ends_with_nobody_in_it(monkeypatch: Any) -> None:
    for name in ("generate_secrets", "bucket", "certificate"):
        monkeypatch.setattr(clone, name, lambda *_given: None)
    whole = Cloned()
    whole.run()
    count = len(whole.done)
    assert count > 12
    again = set()
    for place in range(count):
        world = Cloned()
        world.dies_at = world.before + place
        with pytest.raises(KilledError):
            world.run()
        died_before = whole.done[place]
        world.dies_at = None
        world.run()
        assert world.texts == world.files == ["masked"], died_before
        assert world.stage is Stage.OPEN
        assert world.accepted >= 1
        if world.restored == 2:
            again.add(died_before)
            assert world.told["id"] == f"{ID}-1" == world.anew["id"]
    # With the process goes what must be looked for; what was masked already cannot tell it again.
    assert {"mask", "clean", "up anew", "moved"} <= again
    assert "note orchestrator-restoration masking" not in again


def test_a_clone_and_a_copy_never_share_a_name(world: Cloned) -> None:
    world.run()
    asked = Asked("3fa2c1", world.point)
    with pytest.raises(CopyTakenError):
        beside.steps(world.subject, world.tools, asked)
    world.notes[NOTE] |= {"id": asked.id}
    with pytest.raises(CopyTakenError):
        world.steps()
