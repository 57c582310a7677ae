"""Clones as the command asks for them, over an instance in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors.backup import BackupImpossibleError, PointUnknownError
from orchestrator.errors.clone import CloneImpossibleError
from orchestrator.flows import backup
from orchestrator.model.restoration import Asked, Wish
from orchestrator.model.run import Author, Run
from orchestrator.model.tenant import Cloned
from orchestrator.products import registry
from orchestrator.products.decidim.acceptance import pages_shown
from orchestrator.products.product import Product
from orchestrator.recovery.points import Points
from orchestrator.settings import Settings
from orchestrator.wiring import backups, clones, copies, resuming
from orchestrator.wiring.case import Case
from orchestrator.wiring.recipe import Recipe
from tests.unit.recovery.instance import NAMES, World, carry_out

ROOT = Path(__file__).parents[3]
DECIDIM = "saint-martin/decidim"
LAST = date(2026, 12, 10)


def ignore(_event: object) -> None:
    """Nobody listens."""


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """An instance with two points, which every look of the wiring finds."""
    made = World()
    for _ in range(2):
        carry_out(made, backup.steps(made.subject, made.tools))
        made.passed += 60
    monkeypatch.setattr(backups, "looking", lambda _case: made.tools)
    return made


def recipe(undertaking: Any) -> Recipe:
    of: Recipe = undertaking._recipe
    return of


def only(undertaking: Any) -> Case:
    (case,) = undertaking._cases
    one: Case = case
    return one


def test_without_a_point_it_is_of_the_newest(settings: Settings, world: World) -> None:
    newest = Points(world.store, world.ring, NAMES).ids()[0]
    plan = clones.opened(settings, Wish(DECIDIM, "", None, "essai", LAST), ignore)
    asked = Asked.read(recipe(plan).options)
    assert (asked.point, asked.at) == (newest, None)
    assert recipe(plan).options["until"] == "2026-12-10"
    again = clones.opened(settings, Wish(DECIDIM, newest, None, "essai"), ignore)
    assert Asked.read(recipe(again).options) == asked
    beside = copies.set_beside(settings, Wish(DECIDIM, newest, None, "essai"), ignore)
    assert Asked.read(recipe(beside).options).id != asked.id


def test_before_the_first_backup_there_is_nothing_to_clone(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = World()
    monkeypatch.setattr(backups, "looking", lambda _case: empty.tools)
    with pytest.raises(PointUnknownError):
        clones.opened(settings, Wish(DECIDIM, "", None, "essai"), ignore)


def test_a_clone_has_no_way_to_others(settings: Settings, world: World) -> None:
    case = only(clones.opened(settings, Wish(DECIDIM, "", None, "essai", LAST), ignore))
    assert world.staged == []
    assert case.names.instance == f"{DECIDIM}@essai"
    assert case.tenant.training == Cloned(until=LAST)
    assert case.tenant.links == ()
    one: Any = case.instance
    assert (one.login, one.programs, one.mail.host, one.mail.password) == ((), (), None, None)
    assert one.maps.provider == "none"
    assert one.ai.of() == {}
    assert case.product.references(one) == ()
    assert case.subject.title.endswith("(copie anonymisée)")
    assert pages_shown(case.subject) == {}


def test_a_clone_goes_on_as_that_clone(settings: Settings) -> None:
    asked = Asked("9c41d7", "p").options() | {"until": LAST.isoformat()}
    author = Author("ops", "host", 1)
    subject = f"{DECIDIM}@essai"
    run = Run("7f3c91", "clone", subject, author, datetime.now(UTC), {}, options=asked)
    plan = resuming.reopened(settings, run, ignore)
    assert (recipe(plan).verb, recipe(plan).options) == ("clone", asked)
    assert only(plan).names.instance == subject
    assert isinstance(only(plan).tenant.training, Cloned)
    told = recipe(plan).told([only(plan)])
    assert f"{subject}, a masked copy of {DECIDIM}, stands until 2026-12-10" in told.now_true
    assert f"orchestrator copy remove {DECIDIM} essai" in told.next


def test_what_has_no_list_is_refused(
    settings: Settings, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish = Wish(DECIDIM, "", None, "essai")
    with pytest.raises(CloneImpossibleError, match="no list of what Grist keeps"):
        clones.opened(settings, replace(wish, subject="les-trois-moulins/grist"), ignore)
    monkeypatch.setattr(type(registry.product("rudi")), "holdings", Product.holdings)
    with pytest.raises(BackupImpossibleError):
        clones.opened(settings, replace(wish, subject="les-trois-moulins/rudi"), ignore)
    product = type(backups.only(settings, DECIDIM).product)
    monkeypatch.setattr(product, "anonymity", Product.anonymity)
    with pytest.raises(CloneImpossibleError, match="no list of what Decidim keeps"):
        clones.opened(settings, wish, ignore)
    assert world.staged == []
