"""An instance counts as ready when its parts are ready at once, given a while for that."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, repeat
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.flows.steps import infrastructure
from orchestrator.flows.steps.infrastructure import SETTLE_S, settled


class World:
    """A clock, and parts that are ready when they are told to be."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.looks: Iterator[bool] = iter(())
        self.tools: Any = SimpleNamespace(clock=self)

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    found = World()
    monkeypatch.setattr(infrastructure, "ready", lambda *_given: next(found.looks))
    return found


def given(world: World, looks: Iterator[bool]) -> bool:
    world.looks = looks
    subject: Any = None
    return settled(subject, world.tools)


def test_what_is_ready_is_not_waited_for(world: World) -> None:
    assert given(world, repeat(object=True))
    assert world.passed == 0


def test_a_part_that_missed_a_probe_is_waited_for(world: World) -> None:
    assert given(world, chain([False, False], repeat(object=True)))
    assert 0 < world.passed < SETTLE_S


def test_what_never_comes_up_is_said(world: World) -> None:
    assert not given(world, repeat(object=False))
    assert world.passed >= SETTLE_S
