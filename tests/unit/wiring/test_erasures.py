"""The verb `erase` as it is carried out: resumed as asked for, told in the journal of acts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestrator.engine.acts import read_all
from orchestrator.flows.steps.erased_again import Again
from orchestrator.model.erasure import about
from orchestrator.model.restoration import Stage
from orchestrator.model.run import Author, Run
from orchestrator.settings import Settings
from orchestrator.wiring import case as cases
from orchestrator.wiring import resuming
from orchestrator.wiring.acting import acting, acts
from stacks import kind

ROOT = Path(__file__).parents[3]
DECIDIM = "saint-martin/decidim"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The same, on somebody's word."""
    return replace(settings, instruction="RGPD-7")


def test_a_run_is_resumed_as_it_was_asked_for(settings: Settings) -> None:
    options = {"person": "1742", "reference": "RGPD-7"}
    began = datetime(2026, 11, 26, tzinfo=UTC)
    run = Run("7f3c91", "erase", DECIDIM, Author("ops", "here", 1), began, {}, options=options)
    again: Any = resuming.reopened(settings, run, lambda _event: None)
    assert again._recipe.verb == "erase"
    assert again._recipe.options == options
    assert again._recipe.about == about(DECIDIM, "1742")


def test_the_journal_names_a_digest_and_no_number(settings: Settings) -> None:
    digest = about(DECIDIM, "1742")
    with acting(settings, "erase", DECIDIM, plan="a" * 64, run="7f3c91", about=digest):
        pass
    files = acts(settings).files()
    assert [act.deed.about for *_, act in read_all(files)] == [digest, digest]
    assert all(b"1742" not in file.content for file in files)


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (None, ""),
        (0, "; nobody had to be erased again"),
        (1, "; 1 person was erased again"),
        (3, "; 3 people were erased again"),
    ],
)
def test_the_last_word_says_how_many(count: int | None, said: str) -> None:
    assert Again(count).spoken() == said


@pytest.mark.parametrize("instance", [DECIDIM, "les-trois-moulins/grist"])
def test_within_the_site_is_up_and_nobody_gets_to_it(settings: Settings, instance: str) -> None:
    (case,) = cases.read(settings, instance)
    values = Everything()
    inside = case.resources(values, Stage.WITHIN)  # type: ignore[arg-type]
    (web,) = [one for one in inside if one.key == "deployment/web"]
    assert web.body["spec"]["replicas"] == 1
    pods = web.body["spec"]["template"]["metadata"]["labels"]
    for one in inside:
        if one.kind == kind.SERVICE:
            assert not one.body["spec"]["selector"].items() <= pods.items()
    for one in inside:
        if one.kind == kind.NETWORK_POLICY:
            for rule in one.body["spec"].get("ingress", ()):
                assert all(set(peer) == {"podSelector"} for peer in rule["from"])


class Everything(dict[str, Any]):
    """Each secret that may be asked for."""

    def __missing__(self, name: str) -> Any:
        from orchestrator.model.secret import Secret

        return Secret(f"{name:0<40}")

    def __contains__(self, _name: object) -> bool:
        return True
