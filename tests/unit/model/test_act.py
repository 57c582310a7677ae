"""What may stand in the journal of acts, and what never does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from orchestrator.model.act import (
    LONGEST_INSTRUCTION,
    NOTHING_BEFORE,
    Act,
    By,
    Deed,
    Phase,
    instruction,
)
from orchestrator.model.run import Author, Outcome

DEED = Deed("onboard", "a/grist", By("ops", "machine-a"), "CHG-1", "0" * 64, "7f3c91")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        ("CHG-2026-014", "CHG-2026-014"),
        ("  ticket\u00a0n°\u202f12,\n urgent ", "ticket n° 12, urgent"),
        ("copy saint-martin/grist@before", "copy saint-martin/grist@before"),
        ("handed to @support, see https://tickets.example/12", None),
        ("e\u0301lections", "élections"),
    ],
)
def test_an_instruction_is_one_line(given: str, kept: str | None) -> None:
    assert instruction(given) == (given if kept is None else kept)


@pytest.mark.parametrize(
    "given",
    [
        "marie@ville.example",
        "asked by <marie.dupont@ville.example>, CHG-1",
        "mailto:marie@ville.example",
        "marie\uff20ville.example",
        "marie%40ville.example",
        "marie @ ville.example",
        "m/d@ville.example",
        "marie@localhost",
        "marie\u200b@ville.example",
        "escape \x1b[31m",
        "lone \udcff",
        "x" * (LONGEST_INSTRUCTION + 1),
    ],
)
def test_what_may_name_a_person_is_refused_unsaid(given: str) -> None:
    with pytest.raises(ValueError, match=r"must have|looks like a mail") as refused:
        instruction(given)
    assert given not in str(refused.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"verb": "On Board"},
        {"subject": "marie@ville"},
        {"about": "1742"},
        {"about": "marie@ville.example"},
        {"subject": "a/marie@ville.example"},
        {"by": By("marie@ville.example", "machine-a")},
        {"by": By("", "machine-a")},
        {"instruction": "marie@ville.example"},
        {"instruction": "two  blanks"},
        {"plan": "9f3c"},
        {"run": ""},
        {"outcome": Outcome.DONE},
        {"phase": Phase.ENDED},
        {"phase": Phase.ENDED, "outcome": Outcome.RUNNING},
    ],
    ids=str,
)
def test_a_deed_that_does_not_fit_is_not_made(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"not fit|looks like"):
        replace(DEED, **wrong)  # type: ignore[arg-type]


def test_subjects_are_tenants_instances_and_copies() -> None:
    for subject in ("saint-martin", "saint-martin/grist", "saint-martin/grist@2026-01-05T08:00"):
        assert replace(DEED, subject=subject).subject == subject


@pytest.mark.parametrize(
    ("user", "account"),
    [
        ("ops", "ops"),
        ("marie@ville.example", "marie"),
        ("marie\uff20ville.example", "marie"),
        ("VILLE\\svc deploy\n", "VILLE\\svcdeploy"),
        ("\udcff", "unknown"),
        ("", "unknown"),
    ],
)
def test_an_account_is_written_without_its_domain(user: str, account: str) -> None:
    by = By.of(Author(user, "machine-a.example", 12))
    assert by == By(account, "machine-a.example")
    assert replace(DEED, by=by).by == by


def test_an_act_about_a_person_names_a_digest() -> None:
    deed = replace(DEED, about="0123456789ab")
    act = Act(1, datetime(2026, 11, 26, tzinfo=UTC), deed, NOTHING_BEFORE)
    assert act.document()["about"] == "0123456789ab"
    assert Act.read(act.document()) == act
    assert "about" not in replace(act, deed=DEED).document(), "older lines stay as they are"
