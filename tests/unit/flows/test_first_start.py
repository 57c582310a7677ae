"""A first start, then a lock-down: whichever run finds the instance, after whichever accident."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.engine.step import Step
from orchestrator.errors.onboard import NamespaceForeignError
from orchestrator.errors.play import PlayFailedError
from orchestrator.flows import onboard
from orchestrator.flows.steps import first_start, infrastructure
from orchestrator.model.change import Change, Operation
from orchestrator.model.names import InstanceNames
from orchestrator.model.secret import Secret
from orchestrator.ports import PlayResult, StackPreview
from orchestrator.products.grist.adapter import PRODUCT
from orchestrator.products.grist.secrets import ADMIN_KEY, LOGIN, SPECS
from orchestrator.products.product import AnySubject, Subject
from orchestrator.products.releases import release
from orchestrator.products.toolbox import SecretValues, StackFacts
from stacks.grist import resources
from stacks.resource import fingerprint
from tests.unit.stacks.grist_orders import RELEASE, order, secrets, tenant_with

FIRST, LOCKED = "first start", "locked down"


class KilledError(BaseException):
    """The process ends here, whatever it was about to do."""


@dataclass
class World:
    """The ports of one instance, and what was done through them.

    `live` is the fingerprint of what runs; `asked` the values of which plans were made; `brought`
    what every run of the engine brought about. `dies` ends the process before a secret is kept.
    """

    kept: dict[str, dict[str, Secret]] = field(default_factory=dict)
    live: str = ""
    asked: list[str] = field(default_factory=list)
    brought: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    owner: Mapping[str, str] | None = None
    notes: dict[str, Mapping[str, str]] = field(default_factory=dict)
    dies: bool = False
    result: Callable[[str], PlayResult] = field(
        default=lambda key: PlayResult(ok=True, changed=1, told={"key": Secret(key)})
    )

    @property
    def tools(self) -> Any:
        return SimpleNamespace(
            secrets=self,
            cluster=SimpleNamespace(
                namespace_owner=lambda _namespace: self.owner,
                ready=lambda *_workload: bool(self.live),
                note=lambda _namespace, name: self.notes.get(name),
                write_note=lambda _namespace, name, data: self.notes.update({name: data}),
            ),
            facts=facts,
            history=None,
            keys=None,
            stack=self.stack,
            hosts=SimpleNamespace(play=self.play),
            play_variables={},
            clock=SimpleNamespace(
                now=lambda: datetime(2026, 11, 25, tzinfo=UTC), monotonic=lambda: 0.0
            ),
        )

    def prepared(self) -> bool:
        return True

    def read(self, path: str) -> Mapping[str, Secret] | None:
        return self.kept.get(path)

    def create(self, path: str, values: Mapping[str, Secret]) -> bool:
        if self.dies:
            raise KilledError
        if path in self.kept:
            return False
        self.kept[path] = dict(values)
        return True

    def replace(self, path: str, values: Mapping[str, Secret]) -> None:
        self.kept[path] = dict(values)

    def stack(self, values: SecretValues) -> Any:
        wanted = facts(values).fingerprint

        def preview(step: str, _say: Any) -> StackPreview:
            self.asked.append(form(values))
            change = Change(step, Operation.UPDATE, "deployment/web")
            return StackPreview(() if wanted == self.live else (change,), 1)

        def up(_say: Any) -> None:
            self.brought.append(form(values))
            self.live = wanted
            self.owner = order().labels

        return SimpleNamespace(preview=preview, up=up)

    def play(self, name: str, _inputs: Any, given: Mapping[str, Secret], _say: Any) -> PlayResult:
        assert name == "first-start-grist"
        assert set(given) == {"boot_key"}
        self.keys.append(f"key-{len(self.keys) + 1}-of-the-administrator")
        return self.result(self.keys[-1])

    @property
    def key(self) -> str:
        return self.kept[ADMIN_KEY.path][ADMIN_KEY.key].reveal()


def facts(values: SecretValues) -> StackFacts:
    wanted = resources(order(values=values))
    return StackFacts(tuple((one.kind.name, one.name) for one in wanted), fingerprint(wanted))


def form(values: SecretValues) -> str:
    return LOCKED if "admin_key" in values else FIRST


@pytest.fixture
def subject() -> AnySubject:
    tenant = tenant_with()
    instance = tenant.instances.of()["grist"]
    names = InstanceNames("saint-martin", "grist")
    found = release("grist", RELEASE)
    return Subject(PRODUCT, tenant, instance, found, names, "https://tableur.example")


@pytest.fixture
def world() -> World:
    """Everything is kept but what the product tells."""
    made = World()
    values = secrets(told=False)
    for spec in (*SPECS, *LOGIN):
        if spec.name in values:
            made.kept.setdefault(spec.path, {})[spec.key] = values[spec.name]
    return made


def run_of(subject: AnySubject, world: World) -> dict[str, Step]:
    """The three steps as one process goes through them."""
    seen = infrastructure.Convergence()
    steps = (
        infrastructure.infrastructure(subject, world.tools, seen),
        first_start.first_start(subject, world.tools),
        infrastructure.lock_down(subject, world.tools, seen),
    )
    return {step.name: step for step in steps if step}


def carry_out(subject: AnySubject, world: World) -> list[str]:
    """Look and act as the engine does; the names of the steps that had something to do."""
    done = []
    for name, step in run_of(subject, world).items():
        if step.look():
            step.act(lambda _text: None)
            done.append(name)
            assert step.holds(), name
    return done


def planned(subject: AnySubject, world: World) -> list[str]:
    """What one plan says, before anything is done."""
    return [str(c.step) for step in run_of(subject, world).values() for c in step.look()]


def test_the_runbook_asks_after_the_stack_and_locks_before_anything_is_set_up(
    subject: AnySubject, world: World
) -> None:
    names = [one.name for one in onboard.steps(subject, world.tools)]
    ours = ["infrastructure", "first start", "lock-down", "bootstrap", "programs"]
    assert names[-8:] == [*ours, "base-backup", "acceptance", "recovery-point"]


def test_before_the_key_is_kept_the_plan_says_so(subject: AnySubject, world: World) -> None:
    assert planned(subject, world) == ["infrastructure", "first start", "lock-down"]
    assert not world.brought
    assert not world.keys


def test_a_first_run_starts_once_open_and_ends_locked_down(
    subject: AnySubject, world: World
) -> None:
    assert carry_out(subject, world) == ["infrastructure", "first start", "lock-down"]
    assert world.brought == [FIRST, LOCKED]
    assert world.key == world.keys[-1]
    assert len(world.keys) == 1


def test_once_the_key_is_kept_nothing_is_done_again(subject: AnySubject, world: World) -> None:
    carry_out(subject, world)
    before = list(world.brought)
    assert planned(subject, world) == []
    assert carry_out(subject, world) == []
    assert (world.brought, len(world.keys)) == (before, 1)


def test_lock_down_asks_nothing_anew_when_the_same_was_seen(
    subject: AnySubject, world: World
) -> None:
    carry_out(subject, world)
    world.asked.clear()
    assert planned(subject, world) == []
    assert world.asked == [LOCKED], "one question to the engine, by the infrastructure step"


def test_killed_between_the_play_and_the_keeping_it_asks_again(
    subject: AnySubject, world: World
) -> None:
    world.dies = True
    with pytest.raises(KilledError):
        carry_out(subject, world)
    assert len(world.keys) == 1
    assert ADMIN_KEY.path not in world.kept
    world.dies = False
    assert planned(subject, world) == ["first start", "lock-down"]
    assert carry_out(subject, world) == ["first start", "lock-down"]
    assert world.brought == [FIRST, LOCKED]
    assert world.key == world.keys[1], "the key that the newest play told, which is the one in use"


def test_killed_before_the_lock_down_the_next_run_is_locked_down_at_once(
    subject: AnySubject, world: World
) -> None:
    steps = run_of(subject, world)
    for name in ("infrastructure", "first start"):
        steps[name].act(lambda _text: None)
    assert carry_out(subject, world) == ["infrastructure"]
    assert world.brought == [FIRST, LOCKED]
    assert len(world.keys) == 1


def test_a_key_that_was_removed_by_hand_is_asked_for_again(
    subject: AnySubject, world: World
) -> None:
    carry_out(subject, world)
    del world.kept[ADMIN_KEY.path][ADMIN_KEY.key]
    assert carry_out(subject, world) == ["infrastructure", "first start", "lock-down"]
    assert world.brought == [FIRST, LOCKED, FIRST, LOCKED]
    assert world.key == world.keys[1]


def test_a_play_that_fails_keeps_nothing(subject: AnySubject, world: World) -> None:
    world.result = lambda _key: PlayResult(
        ok=False, changed=0, failed_task="The server took the key", reason="it answers 401"
    )
    with pytest.raises(PlayFailedError) as caught:
        carry_out(subject, world)
    assert caught.value.why == "it answers 401"
    assert ADMIN_KEY.path not in world.kept


def test_what_is_somebody_elses_is_not_locked_down(subject: AnySubject, world: World) -> None:
    carry_out(subject, world)
    world.owner = {"app.kubernetes.io/managed-by": "somebody"}
    with pytest.raises(NamespaceForeignError):
        run_of(subject, world)["lock-down"].act(lambda _text: None)
    assert world.brought == [FIRST, LOCKED]


def test_a_product_that_tells_nothing_has_neither_step(
    subject: AnySubject, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(PRODUCT), "first_start", lambda _self, _subject: None)
    assert set(run_of(subject, world)) == {"infrastructure"}


def test_a_key_that_another_instance_told_counts_for_nothing(
    subject: AnySubject, world: World
) -> None:
    carry_out(subject, world)
    world.notes.clear()  # the namespace went, with its database; the secrets server has the key
    world.live, world.owner = "", None
    assert planned(subject, world) == ["infrastructure", "first start", "lock-down"]
    assert carry_out(subject, world) == ["infrastructure", "first start", "lock-down"]
    assert world.brought == [FIRST, LOCKED, FIRST, LOCKED]
    assert world.key == world.keys[1]


def test_killed_between_the_keeping_and_the_remembering_it_asks_again(
    subject: AnySubject, world: World
) -> None:
    carry_out(subject, world)
    world.notes.clear()
    assert carry_out(subject, world) == ["infrastructure", "first start", "lock-down"]
    assert world.key == world.keys[1]
    assert carry_out(subject, world) == []
