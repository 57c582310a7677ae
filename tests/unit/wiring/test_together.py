"""All instances of a tenant brought back to one instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator import wiring
from orchestrator.errors.backup import PartedError, PointUnknownError
from orchestrator.errors.process import ToolFailedError
from orchestrator.errors.usage import UsageFaultError
from orchestrator.flows import restore
from orchestrator.model.link import Link, bound
from orchestrator.model.restoration import Asked, Stage, Together, Wish
from orchestrator.model.run import Author, Run
from orchestrator.settings import Settings
from orchestrator.wiring import backups, resuming
from orchestrator.wiring import case as cases
from orchestrator.wiring.case import Case
from orchestrator.wiring.recipe import Recipe
from tests.unit.recovery.snapshots import FilesWorld, Snapshot

ROOT = Path(__file__).parents[3]
SLUG = "les-trois-moulins"
ASKED = datetime(2026, 11, 26, 14, 3, 20, tzinfo=UTC)
SNAPSHOT = ASKED - timedelta(minutes=4)
EARLIER = ASKED - timedelta(minutes=30)


def ignore(_event: object) -> None:
    """Nobody listens."""


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> FilesWorld:
    """Files with two snapshots; of every instance there is a point half an hour older."""
    made = FilesWorld()
    for moment in (EARLIER, SNAPSHOT):
        made.snapshots.append(Snapshot(f"every-{moment:%H%M}", "ab" * 32, moment, made.data))

    class Points:
        """Those of any instance."""

        def before(self, moment: datetime) -> Any:
            assert moment <= ASKED
            return SimpleNamespace(id=f"before-{moment:%H:%M:%S}", at=EARLIER)

    def looking(case: Case) -> Any:
        made.holdings = case.product.holdings(case.subject)
        return made.tools

    monkeypatch.setattr(backups, "looking", looking)
    monkeypatch.setattr(backups, "points_of", lambda _case: Points())
    return made


def recipe(undertaking: Any) -> Recipe:
    """What an undertaking carries out."""
    made: Recipe = undertaking._recipe
    return made


def several(settings: Settings, moment: datetime) -> Together:
    """What is asked of all of the tenant's instances."""
    plan = wiring.open_restoration(settings, Wish(SLUG, "", moment), ignore)
    made = Together.read(recipe(plan).options)
    assert made is not None
    return made


def test_all_go_to_the_last_instant_that_each_can_reach(
    settings: Settings, world: FilesWorld
) -> None:
    plan = wiring.open_restoration(settings, Wish(SLUG, "", ASKED), ignore)
    made = Together.read(recipe(plan).options)
    assert made is not None
    assert made.at == SNAPSHOT
    assert list(made.points) == ["decidim", "grist", "rudi"]
    assert {made.asked(product) for product in made.points} == {
        Asked(made.id, "before-13:59:20", SNAPSHOT)
    }
    assert recipe(plan).at_once
    assert world.acts == []


def test_where_nobody_lists_snapshots_those_of_points_count(
    settings: Settings, world: FilesWorld
) -> None:
    world.stage = Stage.CLOSED
    assert several(settings, ASKED).at == EARLIER


def test_who_tells_snapshots_may_just_be_coming_up(
    settings: Settings, world: FilesWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell = world.execute
    locked = iter([True, True])

    def execute(*asked: Any, **further: Any) -> str:
        if next(locked, False):
            raise ToolFailedError("keeper-restic", status=77, tail=("not unwrapped yet",))
        return tell(*asked, **further)

    monkeypatch.setattr(world, "execute", execute)
    assert several(settings, ASKED).at == SNAPSHOT
    assert world.passed > 2


def test_before_the_first_snapshot_there_is_no_such_instant(
    settings: Settings, world: FilesWorld
) -> None:
    del world
    with pytest.raises(PointUnknownError, match=f"{SLUG}/rudi"):
        several(settings, EARLIER - timedelta(minutes=1))


def test_a_point_is_of_one_instance(settings: Settings, world: FilesWorld) -> None:
    del world
    with pytest.raises(UsageFaultError, match="has 3: give --at"):
        wiring.open_restoration(settings, Wish(SLUG, "the-point", None), ignore)


def test_it_is_resumed_with_the_instances_that_it_was_begun_with(
    settings: Settings, world: FilesWorld
) -> None:
    del world
    options = recipe(wiring.open_restoration(settings, Wish(SLUG, "", ASKED), ignore)).options
    kept = {name: text for name, text in options.items() if name != "point.grist"}
    run = Run("4f2a1c", restore.VERB, SLUG, Author("a", "b", "c"), ASKED, {}, options=kept)
    again: Any = resuming.reopened(settings, run, ignore)
    assert recipe(again).options == kept
    assert [case.names.product for case in again._cases] == ["decidim", "rudi"]
    words = recipe(again).told(again._cases)
    assert f"{SLUG}/rudi is back at 2026-11-26 13:59:20 UTC" in words.now_true


def linked(*ways: tuple[str, str, bool]) -> tuple[Link, ...]:
    """Links, each with whether both ends are brought back together."""
    return tuple(
        Link.model_validate({"from": one, "to": two, "purpose": "for the test", "together": both})
        for one, two, both in ways
    )


@pytest.mark.parametrize(
    ("ways", "product", "others"),
    [
        ((), "grist", ()),
        ([("decidim", "grist", False)], "grist", ()),
        ([("decidim", "grist", True)], "grist", ("decidim",)),
        ([("decidim", "grist", True)], "rudi", ()),
        ([("decidim", "grist", True), ("grist", "rudi", True)], "decidim", ("grist", "rudi")),
        ([("decidim", "grist", True), ("grist", "rudi", False)], "decidim", ("grist",)),
    ],
)
def test_whose_instant_it_is(ways: Any, product: str, others: tuple[str, ...]) -> None:
    assert bound(linked(*ways), product) == others


def test_one_end_alone_is_refused_until_it_is_said_that_it_may(
    settings: Settings, world: FilesWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    del world
    (case,) = cases.read(settings, f"{SLUG}/grist")
    links = linked(("decidim", "grist", True))
    tenant = case.tenant.model_copy(update={"links": links})
    monkeypatch.setattr(cases, "read", lambda *_: [replace(case, tenant=tenant)])
    wish = Wish(f"{SLUG}/grist", "", ASKED)
    with pytest.raises(PartedError, match=f"of another time than {SLUG}/decidim"):
        wiring.open_restoration(settings, wish, ignore)
    wiring.open_restoration(settings, replace(wish, alone=True), ignore)
    wiring.open_restoration(settings, replace(wish, copy="monday"), ignore)
