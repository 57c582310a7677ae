"""Every kit writes a file as good as one written by hand, but for what only people can say."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from orchestrator import config, settings
from orchestrator.config import draft
from orchestrator.errors.config import (
    KitFileFaultsError,
    KitNotFoundError,
    TenantFileFaultsError,
)
from orchestrator.errors.usage import FileInTheWayError
from orchestrator.model.tenant import Tenant
from orchestrator.policy import Verdict, gate_tenant
from orchestrator.settings import Settings

CLONE = Path(__file__).parents[3]
TODAY = date(2026, 11, 25)
KITS = config.kits(settings.load(CLONE))
# What a person says in place of each mark.
SAID = {
    "À compléter": "Direction générale",
    "2999-12-31": "2026-03-02",
    '"00000"': '"99010"',
    "0" * 64: "5" * 64,
    "clauses: []": "clauses: ["
    + ", ".join(
        f"{{ clause: {clause}, page: 1 }}"
        for clause in (
            "instructions",
            "confidentiality",
            "security",
            "sub_processors",
            "rights_assistance",
            "security_assistance",
            "return_or_erasure",
            "audit",
        )
    )
    + "]",
}


def answers(kit: str = "", **more: str) -> draft.Answers:
    given = draft.Answers(
        slug="val-clair",
        name='Commune de "Val-Clair": l\'été',
        kind="commune",
        siren="999001282",
        domain="participer.val-clair.example",
        mail="mairie@val-clair.example",
        platform="sandbox",
        release="0.31.5",
        sub_processors=("this-machine",),
        size="demo",
        kit=config.load_kit(settings.load(CLONE), kit) if kit else draft.PLAIN,
        today=TODAY,
    )
    return dataclasses.replace(given, **more)


def judged(project: Settings, tenant: Tenant, today: date = TODAY) -> dict[str, Verdict]:
    platform = config.load_platform(project, tenant.platform)
    return {one.control: one.verdict for one in gate_tenant(project, tenant, platform, today=today)}


def completed(project: Settings, kit: str) -> Tenant:
    path = draft.write(project, answers(kit))
    text = path.read_text(encoding="utf-8")
    for mark, words in SAID.items():
        text = text.replace(mark, words)
    path.write_text(text, encoding="utf-8")
    return config.load_tenant(project, "val-clair")


def test_the_four_kits_are_there() -> None:
    assert KITS == ("consultation", "participatory-budget", "rapid-response", "training")


@pytest.mark.parametrize("kit", KITS)
def test_only_what_people_must_say_keeps_a_new_file_back(kit: str, project: Settings) -> None:
    draft.write(project, answers(kit))
    fresh = judged(project, config.load_tenant(project, "val-clair"))
    (project.tenants / "val-clair.yaml").unlink()
    draft.write(project, answers())
    plain = judged(project, config.load_tenant(project, "val-clair"))
    failing = {control for control, verdict in fresh.items() if verdict is Verdict.FAIL}
    assert failing == {control for control, verdict in plain.items() if verdict is Verdict.FAIL}


@pytest.mark.parametrize("kit", ["", *KITS])
def test_once_that_is_said_every_control_passes(kit: str, project: Settings) -> None:
    found = judged(project, completed(project, kit))
    assert set(found.values()) == {Verdict.PASS, Verdict.NOT_APPLICABLE}


@pytest.mark.parametrize("kit", KITS)
def test_every_choice_of_a_kit_says_why(kit: str) -> None:
    one = config.load_kit(settings.load(CLONE), kit)
    for part in (one.head, one.instance, one.tenant, one.categories, one.screening):
        assert re.search(r"^\s*# \w", part, re.MULTILINE), part


def test_kits_differ_in_what_their_purpose_asks(project: Settings) -> None:
    found = {}
    for kit in KITS:
        found[kit] = completed(project, kit)
        (project.tenants / "val-clair.yaml").unlink()
    features = {kit: getattr(one.instances, "decidim").features for kit, one in found.items()}  # noqa: B009
    guests = {kit for kit, one in features.items() if one.guest_meeting_registration.enabled}
    assert guests == {"consultation", "rapid-response"}
    assert features["participatory-budget"].authorisations == ("csv_census", "postal_letter")
    assert features["training"].registration == "closed"
    assert {kit for kit, one in found.items() if one.training} == {"training"}
    assert len({one.backup for one in found.values()}) == len(KITS)
    criteria = {kit: one.data_protection.screening.criteria for kit, one in found.items()}
    assert criteria["participatory-budget"] == ("matching",)
    assert criteria["rapid-response"] == ("vulnerable_people",)


def test_a_training_lasts_for_a_while_and_is_then_refused(project: Settings) -> None:
    tenant = completed(project, "training")
    assert tenant.training is not None
    assert tenant.training.until == date(2027, 2, 23)
    assert judged(project, tenant, date(2027, 2, 23))["TRN-01"] is Verdict.PASS
    assert judged(project, tenant, date(2027, 2, 24))["TRN-01"] is Verdict.FAIL


def test_a_taken_slug_is_refused_and_stays_as_it_is(project: Settings) -> None:
    path = project.tenants / "val-clair.yaml"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(FileInTheWayError):
        draft.write(project, answers("training"))
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_kit_of_the_projects_own_wins_and_is_checked(
    project: Settings, write: Callable[..., Path]
) -> None:
    head = "name: consultation\nserves: { fr: Sondage, en: Survey }\n"
    write(head + "instance: |\n  features:\n    registration: opn\n", "_kits/consultation.yaml")
    own = config.load_kit(project, "consultation")
    assert own.serves.en == "Survey"
    with pytest.raises(TenantFileFaultsError) as caught:
        draft.write(project, dataclasses.replace(answers(), kit=own))
    assert caught.value.faults[0].key == "instances.decidim.features.registration"
    assert not (project.tenants / "val-clair.yaml").exists()
    write(head + "colour: blue\n", "_kits/consultation.yaml")
    with pytest.raises(KitFileFaultsError):
        config.load_kit(project, "consultation")
    with pytest.raises(KitNotFoundError, match="consultatoin"):
        config.load_kit(project, "consultatoin")
