"""The plan as it is read, line by line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from orchestrator.model.change import Change, Operation, Plan, Risk
from orchestrator.ui import plan_view

CHANGES = (
    Change("infrastructure", Operation.CREATE, "job/migrate-0174"),
    Change(
        "infrastructure",
        Operation.UPDATE,
        "deployment/web",
        "image 0.31.0 → 0.32.1",
        Risk.MILD,
        ("spec.template.spec.containers[0].image", "spec.replicas"),
    ),
    Change(
        "infrastructure",
        Operation.REPLACE,
        "statefulset/database",
        "volume 10Gi → 20Gi",
        Risk.DESTROYS,
    ),
    Change("bootstrap", Operation.RUN, "play/bootstrap"),
)
PLAN = Plan("saint-martin/decidim", "onboard", CHANGES, unchanged=41)


def test_the_worst_comes_first(transcript: Callable[[str, str], None]) -> None:
    transcript("plan-destroys", plan_view.view(PLAN).plain + "\n")


def test_diff_shows_the_fields(transcript: Callable[[str, str], None]) -> None:
    transcript("plan-diff", plan_view.view(PLAN, fields=True).plain + "\n")


def test_the_first_time(transcript: Callable[[str, str], None]) -> None:
    plan = Plan(
        "saint-martin/decidim",
        "onboard",
        (
            Change("secrets", Operation.CREATE, "secret/rails", "5 values"),
            Change("infrastructure", Operation.CREATE, "namespace/saint-martin-decidim"),
        ),
        unknown=("migration", "bootstrap"),
    )
    transcript("plan-first", plan_view.view(plan).plain + "\n")


def test_several_instances_stand_under_their_names(
    transcript: Callable[[str, str], None],
) -> None:
    decidim = [replace(one, instance="saint-martin/decidim") for one in CHANGES]
    grist = [
        Change("secrets", Operation.CREATE, "secret/grist", instance="saint-martin/grist"),
        Change(
            "infrastructure", Operation.CREATE, "deployment/grist", instance="saint-martin/grist"
        ),
    ]
    plan = Plan("saint-martin", "onboard", (*decidim, *grist), unchanged=12)
    transcript("plan-several", plan_view.view(plan).plain + "\n")


def test_nothing_to_change(transcript: Callable[[str, str], None]) -> None:
    transcript("plan-empty", plan_view.view(Plan("saint-martin", "onboard", (), 43)).plain + "\n")


def test_every_operation_has_its_own_mark() -> None:
    marks = [mark for mark, _style in plan_view._MARKS.values()]
    assert set(plan_view._MARKS) == set(Operation)
    assert len(set(marks)) == len(marks)
