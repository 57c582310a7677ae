"""Backups and restorations as commands ask for them, over an instance in memory."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors.backup import (
    BackupImpossibleError,
    PointBrokenError,
    PointForeignError,
    PointUnknownError,
)
from orchestrator.errors.config import InstanceNotFoundError
from orchestrator.errors.keys import KeyUnavailableError
from orchestrator.flows import backup
from orchestrator.model.restoration import Asked, Wish
from orchestrator.model.run import Author, Run
from orchestrator.products import registry
from orchestrator.products.product import Product
from orchestrator.recovery.points import Points
from orchestrator.settings import Settings
from orchestrator.wiring import backups, copies, kept, onboarding, resuming
from orchestrator.wiring import case as cases
from orchestrator.wiring.recipe import Recipe
from tests.unit.recovery.instance import NAMES, World, carry_out

ROOT = Path(__file__).parents[3]
DECIDIM = "saint-martin/decidim"


def ignore(_event: object) -> None:
    """Nobody listens."""


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """An instance with a point, which every look of the wiring finds."""
    made = World()
    for key in ("map", "photo", "plan"):
        made.upload(key, f"content of {key}".encode())
    carry_out(made, backup.steps(made.subject, made.tools))
    monkeypatch.setattr(backups, "looking", lambda _case: made.tools)
    return made


def ids(world: World) -> list[str]:
    return Points(world.store, world.ring, NAMES).ids()


def recipe(undertaking: Any) -> Recipe:
    found: Recipe = undertaking._recipe
    return found


def subjects(undertaking: Any) -> list[str]:
    return [case.names.instance for case in undertaking._cases]


# What is backed up


@pytest.fixture
def unknown(monkeypatch: pytest.MonkeyPatch) -> str:
    """An instance of a product of which nobody knows yet what it holds."""
    monkeypatch.setattr(type(registry.product("rudi")), "holdings", Product.holdings)
    return "les-trois-moulins/rudi"


def test_of_a_tenant_those_are_backed_up_that_can_be(settings: Settings) -> None:
    subject = "les-trois-moulins"
    assert len(cases.read(settings, subject)) == 3
    plan = backups.back_up(settings, subject, ignore, None)
    each = ["decidim", "grist", "rudi"]
    assert subjects(plan) == [f"{subject}/{product}" for product in each]
    assert recipe(plan).options == {}
    assert recipe(backups.back_up(settings, subject, ignore, "full")).options == {"take": "full"}


def test_what_cannot_be_backed_up_is_left_out_of_its_tenant(
    settings: Settings, unknown: str
) -> None:
    plan = backups.back_up(settings, unknown.partition("/")[0], ignore, None)
    assert subjects(plan) == ["les-trois-moulins/decidim", "les-trois-moulins/grist"]


def test_what_cannot_be_backed_up_is_refused(settings: Settings, unknown: str) -> None:
    subject = unknown
    wish = Wish(subject, "p", None)
    for ask in (
        lambda: backups.back_up(settings, subject, ignore, None),
        lambda: backups.bring_back(settings, wish, ignore),
        lambda: copies.set_beside(settings, replace(wish, copy="monday"), ignore),
        lambda: kept.points(settings, subject),
        lambda: kept.point(settings, subject, "p"),
        lambda: kept.verified(settings, subject, "", str),
    ):
        with pytest.raises(BackupImpossibleError, match=subject):
            ask()


def test_a_restoration_is_of_one_instance(settings: Settings, world: World) -> None:
    with pytest.raises(InstanceNotFoundError):
        backups.bring_back(settings, Wish("les-trois-moulins", "p", None), ignore)
    assert world.staged == []


# Points


def test_points_are_listed_by_instance(settings: Settings, world: World) -> None:
    listed = kept.points(settings, "saint-martin")
    assert list(listed) == [DECIDIM]
    assert [one.id for one in listed[DECIDIM]] == ids(world)


def test_before_the_first_backup_there_are_none(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = World()
    monkeypatch.setattr(backups, "looking", lambda _case: empty.tools)
    assert kept.points(settings, DECIDIM) == {DECIDIM: ()}


def test_one_point_is_read(settings: Settings, world: World) -> None:
    (id_,) = ids(world)
    assert kept.point(settings, DECIDIM, id_).id == id_
    with pytest.raises(PointUnknownError):
        kept.point(settings, DECIDIM, "20200101T000000Z-000000")


def test_a_point_of_another_tenant_is_none_of_ours(settings: Settings, world: World) -> None:
    (id_,) = ids(world)
    other = "pays-de-brenne-decidim-backups"
    world.store.buckets[other] = world.store.buckets[NAMES.backup_bucket]
    with pytest.raises(PointForeignError, match="not of pays-de-brenne/decidim"):
        kept.point(settings, "pays-de-brenne/decidim", id_)


def test_a_moment_goes_by_the_newest_point_before_it(settings: Settings, world: World) -> None:
    world.passed += 3600
    carry_out(world, backup.steps(world.subject, world.tools))
    second, first = ids(world)
    case = backups.only(settings, DECIDIM)

    def asked(moment: datetime) -> Asked:
        return backups.asked_of(case, Wish(DECIDIM, "", moment))

    assert asked(world.now()).point == second
    assert asked(world.now() - timedelta(minutes=30)).point == first
    assert asked(world.now()).at == world.now()
    with pytest.raises(PointUnknownError, match="from before"):
        asked(world.now() - timedelta(days=1))
    assert asked(world.now()).id != asked(world.now()).id
    named = backups.asked_of(case, Wish(DECIDIM, first, None))
    assert (named.point, named.at) == (first, None)


# Proofs


def test_the_newest_point_is_proved(settings: Settings, world: World) -> None:
    (proof,) = kept.verified(settings, "saint-martin", "", world.says.append)
    assert (proof.instance, proof.point, proof.faults) == (DECIDIM, ids(world)[0], ())
    assert proof.objects == len(world.store.keys(NAMES.backup_bucket, "repository/")) + 3
    assert proof.older == ""


def test_a_broken_point_comes_with_an_older_one(settings: Settings, world: World) -> None:
    world.upload("newer", b"1")
    carry_out(world, backup.steps(world.subject, world.tools))
    second, first = ids(world)
    del world.store.buckets[NAMES.bucket]["newer"]
    (proof,) = kept.verified(settings, DECIDIM, "", world.says.append)
    assert (proof.point, proof.older) == (second, first)
    assert proof.faults == ("newer is gone in the version that is needed",)
    (older,) = kept.verified(settings, DECIDIM, first, world.says.append)
    assert (older.point, older.faults) == (first, ())


def test_without_the_key_nothing_is_proved(settings: Settings, world: World) -> None:
    world.ring.destroyed = True
    before = len(world.asked)
    with pytest.raises(KeyUnavailableError):
        kept.verified(settings, DECIDIM, "", world.says.append)
    assert world.asked[before:] == []


def test_a_database_that_is_down_is_not_asked(settings: Settings, world: World) -> None:
    world.stage = None
    before = len(world.asked)
    (proof,) = kept.verified(settings, DECIDIM, "", world.says.append)
    assert proof.faults == ()
    assert world.asked[before:] == []


def test_there_is_nothing_to_prove(settings: Settings, world: World) -> None:
    world.store.buckets[NAMES.backup_bucket].clear()
    with pytest.raises(PointUnknownError, match="at all"):
        kept.verified(settings, DECIDIM, "", world.says.append)
    assert PointBrokenError.exit_status == 4


# Runs that are gone on with


def run(verb: str, subject: str, **options: str) -> Run:
    author = Author("ops", "host", 1)
    return Run("7f3c91", verb, subject, author, datetime.now(UTC), {}, options=options)


@pytest.mark.parametrize("take", ["", "full", "diff", "incr"])
def test_a_backup_goes_on_as_it_was_asked_for(settings: Settings, take: str) -> None:
    options = {"take": take} if take else {}
    plan = resuming.reopened(settings, run("backup", "saint-martin", **options), ignore)
    assert recipe(plan).verb == "backup"
    assert recipe(plan).options == options


def test_a_restoration_goes_on_with_its_own_name(settings: Settings) -> None:
    asked = Asked("3fa2c1", "p", datetime(2026, 11, 26, 14, 3, 20, tzinfo=UTC))
    plan = resuming.reopened(settings, run("restore", DECIDIM, **asked.options()), ignore)
    assert recipe(plan).verb == "restore"
    assert Asked.read(recipe(plan).options) == asked
    assert subjects(plan) == [DECIDIM]


def test_a_copy_goes_on_as_that_copy(settings: Settings) -> None:
    asked = Asked("3fa2c1", "p").options() | {"until": "2026-12-10"}
    subject = f"{DECIDIM}@monday"
    plan = resuming.reopened(settings, run("restore-beside", subject, **asked), ignore)
    assert recipe(plan).verb == "restore-beside"
    assert recipe(plan).options == asked
    assert subjects(plan) == [subject]
    plan = resuming.reopened(settings, run("copy-remove", subject), ignore)
    assert (recipe(plan).verb, subjects(plan)) == ("copy-remove", [subject])


def test_everything_else_is_an_onboarding(settings: Settings) -> None:
    plan = resuming.reopened(settings, run("onboard", "saint-martin"), ignore)
    assert recipe(plan) is onboarding.RECIPE


def test_what_is_kept_of_a_restoration_is_what_the_next_process_needs(
    settings: Settings, world: World
) -> None:
    (id_,) = ids(world)
    plan = backups.bring_back(settings, Wish(DECIDIM, id_, None), ignore)
    asked = Asked.read(recipe(plan).options)
    assert (asked.point, asked.at) == (id_, None)
    assert len(asked.id) == 6
    beside = copies.set_beside(
        settings, Wish(DECIDIM, id_, None, "monday", date(2026, 12, 1)), ignore
    )
    assert recipe(beside).options["until"] == "2026-12-01"
    assert subjects(beside) == [f"{DECIDIM}@monday"]


def test_last_words_name_what_is_true_now(settings: Settings) -> None:
    case = backups.only(settings, DECIDIM)
    words = backups.restore_recipe(Asked("3fa2c1", "the-point")).told([case])
    assert "is back at the-point, and open at https://" in words.now_true
    moment = datetime(2026, 11, 26, 14, 3, 20, tzinfo=UTC)
    words = backups.restore_recipe(Asked("3fa2c1", "the-point", moment)).told([case])
    assert "the moment 2026-11-26 14:03:20 UTC" in words.now_true
    words = backups.backup_recipe(None).told([case, case])
    assert words.where.splitlines() == [f"orchestrator backup list {DECIDIM}"] * 2
