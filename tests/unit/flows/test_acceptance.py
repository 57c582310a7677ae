"""Acceptance gives what is on its way up a while, and no more than that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import chain, repeat
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.errors.onboard import AcceptanceFailedError
from orchestrator.flows.steps.acceptance import EVERY_S, PATIENCE_S, SETTLE_S, accept
from orchestrator.products.trying import GivenUp, NotAccepted


class World:
    """An instance whose workloads and whose site come up when they are told to."""

    def __init__(self, ready: Iterator[bool], answers: Iterator[bool]) -> None:
        self._ready, self._answers = ready, answers
        self.passed = 0.0
        self.notes: dict[str, Any] = {}
        names = SimpleNamespace(namespace="a-grist", product="grist", instance="a/grist")
        product = SimpleNamespace(
            checks=lambda _subject: {"service": self.check}, bootstrap=lambda _subject: None
        )
        self.subject: Any = SimpleNamespace(names=names, product=product, public_url="https://a")
        product.references, self.subject.secrets = lambda _instance: (), ()
        self.subject.instance = None
        self.tools: Any = SimpleNamespace(
            clock=self,
            cluster=SimpleNamespace(
                ready=lambda *_one: next(self._ready),
                note=lambda _namespace, name: self.notes.get(name),
                write_note=lambda _namespace, name, data: self.notes.__setitem__(name, data),
            ),
            secrets=SimpleNamespace(prepared=lambda: False),
            facts=lambda _values: SimpleNamespace(fingerprint="f"),
        )

    def check(self, _subject: Any, _tools: Any) -> str:
        if not next(self._answers):
            raise NotAccepted("nobody answers")
        return "it answers"

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds

    def now(self) -> datetime:
        return datetime(2026, 11, 25, tzinfo=UTC)


def act(world: World) -> None:
    accept(world.subject, world.tools).act(lambda _text: None)


def test_what_is_ready_is_tried_at_once() -> None:
    world = World(repeat(object=True), repeat(object=True))
    act(world)
    assert world.passed == 0
    with pytest.raises(AcceptanceFailedError):
        act(World(repeat(object=True), repeat(object=False)))


def test_what_comes_up_is_waited_for_until_it_answers() -> None:
    world = World(
        chain([False, False], repeat(object=True)), chain([False, False], repeat(object=True))
    )
    act(world)
    assert 0 < world.passed < SETTLE_S
    assert "fingerprint" in world.notes["orchestrator-acceptance"]


def test_what_never_comes_up_is_refused_in_the_end() -> None:
    world = World(repeat(object=False), repeat(object=False))
    with pytest.raises(AcceptanceFailedError):
        act(world)
    assert world.passed == SETTLE_S


def test_what_fails_for_a_moment_is_tried_again() -> None:
    world = World(repeat(object=True), chain([False, False], repeat(object=True)))
    act(world)
    assert 0 < world.passed < PATIENCE_S
    assert "fingerprint" in world.notes["orchestrator-acceptance"]


def test_what_was_waited_for_in_vain_is_not_waited_for_again() -> None:
    world = World(repeat(object=True), repeat(object=True))
    tried = []

    def check(_subject: Any, _tools: Any) -> str:
        tried.append(1)
        raise GivenUp("no mail after 180 s")

    world.subject.product.checks = lambda _subject: {"mail": check}
    with pytest.raises(AcceptanceFailedError):
        act(world)
    assert tried == [1]


def test_all_checks_that_fail_share_one_patience_and_a_slow_one_spends_it() -> None:
    world = World(repeat(object=True), repeat(object=False))
    slow = []

    def check(_subject: Any, _tools: Any) -> str:
        slow.append(1)
        world.passed += 20.0
        raise NotAccepted("nobody answers")

    world.subject.product.checks = lambda _subject: {"one": check, "two": check, "three": check}
    with pytest.raises(AcceptanceFailedError):
        act(world)
    assert len(slow) == 3 + 2  # the first alone is tried again, while there is time
    assert world.passed <= 5 * 20.0 + 2 * EVERY_S
