"""Programs and their credentials: given once, renewed, taken back, whatever was killed between."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.engine.step import Step
from orchestrator.errors.onboard import ProgramRefusedError
from orchestrator.flows.steps.programs import NOTE, programs
from orchestrator.model.program import Program
from orchestrator.model.secret import Secret
from orchestrator.products.programs import Access
from orchestrator.products.trying import refuse


class KilledError(BaseException):
    """The process ends here."""


def program(name: str = "releve", until: str = "2027-01-31", may: str = "read") -> Program:
    return Program.model_validate(
        {
            "name": name,
            "purpose": "Relever les compteurs",
            "owner": "si@essai.example",
            "may": may,
            "until": until,
        }
    )


@dataclass
class World(Access):
    """A product that gives credentials out, a store, and a namespace that remembers."""

    wanted: list[Program]
    valid: dict[str, str] = field(default_factory=dict)
    kept: dict[str, dict[str, Secret]] = field(default_factory=dict)
    notes: dict[str, Mapping[str, str]] = field(default_factory=dict)
    now: datetime = datetime(2026, 11, 25, tzinfo=UTC)
    given: int = 0
    dies: str = ""
    refuses: str = ""

    def grant(self, tools: Any, program: Program) -> Mapping[str, Secret]:
        del tools
        if self.refuses:
            refuse(self.refuses)
        self.given += 1
        self.valid[program.name] = f"key-{self.given}"
        return {"key": Secret(self.valid[program.name])}

    def opens(self, tools: Any, program: Program, kept: Mapping[str, Secret]) -> bool:
        del tools
        return self.valid.get(program.name) == kept["key"].reveal()

    def withdraw(self, tools: Any, name: str) -> None:
        del tools
        self.valid.pop(name, None)

    @property
    def step(self) -> Step:
        names = SimpleNamespace(namespace="essai-grist", product="grist", instance="essai/grist")
        subject: Any = SimpleNamespace(
            names=names,
            release=SimpleNamespace(release="1.7.17"),
            instance=SimpleNamespace(programs=tuple(self.wanted)),
            product=SimpleNamespace(access=lambda _subject: self),
        )
        tools: Any = SimpleNamespace(
            secrets=self, cluster=self, clock=SimpleNamespace(now=lambda: self.now)
        )
        found = programs(subject, tools)
        assert found is not None
        return found

    def changes(self) -> list[str]:
        return [f"{one.operation} {one.target}: {one.detail}" for one in self.step.look()]

    def carry_out(self) -> list[str]:
        said: list[str] = []
        self.step.act(said.append)
        return said

    def read(self, path: str) -> Mapping[str, Secret] | None:
        return self.kept.get(path)

    def create(self, path: str, values: Mapping[str, Secret]) -> bool:
        if self.dies == "before it is kept":
            raise KilledError
        if path in self.kept:
            return False
        self.kept[path] = dict(values)
        return True

    def replace(self, path: str, values: Mapping[str, Secret]) -> None:
        self.kept[path] = dict(values)

    def note(self, _namespace: str, name: str) -> Mapping[str, str] | None:
        return self.notes.get(name)

    def write_note(self, _namespace: str, name: str, data: Mapping[str, str]) -> None:
        if self.dies == "before it is remembered":
            raise KilledError
        self.notes[name] = dict(data)


def test_a_credential_is_given_once_and_says_its_end() -> None:
    world = World([program()])
    assert world.changes() == ["create program/releve: read until 2027-01-31"]
    (said,) = world.carry_out()
    assert "key-1" not in said
    assert said.endswith("its credential is at grist/programs/releve")
    kept = {name: value.reveal() for name, value in world.kept["grist/programs/releve"].items()}
    assert kept == {"key": "key-1", "until": "2027-01-31"}
    assert world.changes() == []
    assert world.carry_out() == []
    assert world.given == 1


@pytest.mark.parametrize("moment", ["before it is kept", "before it is remembered"])
def test_killed_it_gives_another_one_and_only_that_one_is_valid(moment: str) -> None:
    world = World([program()], dies=moment)
    with pytest.raises(KilledError):
        world.carry_out()
    world.dies = ""
    assert world.changes()
    world.carry_out()
    assert world.changes() == []
    assert world.valid == {"releve": "key-2"}


def test_another_end_or_right_means_another_credential() -> None:
    world = World([program()])
    world.carry_out()
    world.wanted = [program(until="2027-06-30", may="write")]
    (change,) = world.changes()
    assert change == "update program/releve: another credential: write until 2027-06-30"
    world.carry_out()
    assert world.kept["grist/programs/releve"]["until"].reveal() == "2027-06-30"
    assert world.valid == {"releve": "key-2"}


@pytest.mark.parametrize("how", ["taken out", "ended"])
def test_who_is_named_no_more_or_has_ended_is_let_in_no_longer(how: str) -> None:
    world = World([program(), program("export")])
    world.carry_out()
    if how == "ended":
        world.now = datetime(2027, 2, 1, tzinfo=UTC)
        world.wanted[1] = program("export", until="2028-01-31")
        world.carry_out()
    else:
        world.wanted = [program("export")]
        assert world.changes() == ["delete program/releve: its access ends"]
        world.carry_out()
    assert set(world.valid) == {"export"}
    assert set(world.notes[NOTE]) == {"export"}
    assert world.changes() == []


def test_one_that_was_revoked_by_hand_is_given_anew() -> None:
    world = World([program()])
    world.carry_out()
    world.valid.clear()
    assert world.changes() == ["update program/releve: what is kept opens nothing"]
    world.carry_out()
    assert world.changes() == []


def test_an_instance_that_was_made_anew_knows_none_of_them() -> None:
    world = World([program()])
    world.carry_out()
    world.notes.clear()
    world.valid.clear()
    assert world.changes() == ["create program/releve: read until 2027-01-31"]
    world.carry_out()
    assert world.valid == {"releve": "key-2"}


def test_a_product_that_refuses_is_quoted() -> None:
    world = World([program()], refuses="POST /api/service-accounts answers 503")
    with pytest.raises(ProgramRefusedError, match="essai/grist does not give") as caught:
        world.carry_out()
    assert caught.value.why == "POST /api/service-accounts answers 503"


def test_without_programs_nobody_is_asked() -> None:
    world = World([])
    assert world.changes() == []
    assert world.notes == {}
