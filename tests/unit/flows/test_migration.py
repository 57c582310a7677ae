"""The schema is what the database says it is, whatever the job that made it says."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.errors.onboard import MigrationIncompleteError
from orchestrator.flows.steps.migration import WAIT_S, migration
from orchestrator.products.product import Schema

WANTED, OLD = "20260101000000", "20250101000000"


class Clock:
    """Time that passes when somebody waits."""

    def __init__(self) -> None:
        self.passed = 0.0

    def monotonic(self) -> float:
        return self.passed

    def sleep(self, seconds: float) -> None:
        self.passed += seconds


def step_over(versions: list[str], clock: Clock) -> Any:
    """The step over a database that says these, the last one for ever."""

    def seen(_tools: Any) -> str:
        return versions.pop(0) if len(versions) > 1 else versions[0]

    product = SimpleNamespace(schema=lambda _subject: Schema(WANTED, seen))
    subject: Any = SimpleNamespace(product=product, names=SimpleNamespace(instance="a/decidim"))
    return migration(subject, SimpleNamespace(clock=clock))  # type: ignore[arg-type]


@pytest.mark.hazard("decidim-migration-status")
def test_a_database_that_stays_behind_is_a_fault() -> None:
    clock = Clock()
    step = step_over([OLD], clock)
    assert [change.detail for change in step.look()] == [f"schema {OLD} → {WANTED}"]
    with pytest.raises(MigrationIncompleteError):
        step.act(lambda _text: None)
    assert clock.passed >= WAIT_S
    assert not step.holds()


def test_a_schema_that_comes_about_meanwhile_is_waited_for() -> None:
    step = step_over(["", OLD, WANTED], Clock())
    step.act(lambda _text: None)
    assert step.holds()
    assert not step.look()
