"""The organisation brought to what was asked, as far as it is a matter of values."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.sandbox.standins.decidim import encryption, inactivity, reconciliation
from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.users import EMAIL

KEY = "k" * 64
ENVIRONMENT = Environment({"SECRET_KEY_BASE": KEY, "AWS_ENDPOINT": "https://objects.example/"})
ASKED: dict[str, Any] = {
    "smtp": {"from_email": "a@example.org", "from_label": 'The "Town"', "port": None},
    "smtp_password": "p",
}


def test_mail_settings_hold_the_password_encrypted_once() -> None:
    first = reconciliation.smtp_settings({"kept": 1}, ASKED, ENVIRONMENT)
    assert first["from"] == "The Town <a@example.org>"
    assert first["kept"] == 1
    assert "port" not in first
    assert encryption.decrypt(first["encrypted_password"], KEY) == "p"
    assert reconciliation.smtp_settings(first, ASKED, ENVIRONMENT) == first


def test_a_password_of_another_key_is_written_anew() -> None:
    other = Environment({"SECRET_KEY_BASE": "other"})
    first = reconciliation.smtp_settings({}, ASKED, other)
    second = reconciliation.smtp_settings(first, ASKED, ENVIRONMENT)
    assert second["encrypted_password"] != first["encrypted_password"]


def test_without_a_label_the_address_stands_alone() -> None:
    found = reconciliation.smtp_settings({}, {"smtp": {"from_email": "a@b.example"}}, ENVIRONMENT)
    assert found["from"] == "a@b.example"
    assert found["encrypted_password"] is None


def test_the_object_store_is_added_to_the_policy_once() -> None:
    kept = {"img-src": "https://tiles.example", "frame-src": "x"}
    first = reconciliation.content_security_policy(kept, ENVIRONMENT)
    assert first["img-src"] == "https://tiles.example https://objects.example"
    assert first["connect-src"] == "https://objects.example"
    assert first["frame-src"] == "x"
    assert reconciliation.content_security_policy(first, ENVIRONMENT) == first
    assert reconciliation.content_security_policy(kept, Environment({})) == kept


def test_nobody_is_invited_without_name_or_address() -> None:
    reconciliation.check_person("Administration", "a@example.org")
    with pytest.raises(reconciliation.RefusedError, match="Name can't be blank; Email is invalid"):
        reconciliation.check_person(" ", "nobody")


@pytest.mark.parametrize("text", ["a@b@c", "a b@c", "@", "a@b\nc@d", "<a@b>"])
def test_what_is_no_address(text: str) -> None:
    assert not EMAIL.match(text)


def test_the_period_of_idle_accounts_has_a_least() -> None:
    assert inactivity.period(Environment({}), "") == 365
    assert inactivity.period(Environment({}), "30") == 30
    with pytest.raises(inactivity.PeriodTooShortError):
        inactivity.period(Environment({}), "29")
    with pytest.raises(inactivity.PeriodTooShortError):
        inactivity.period(Environment({inactivity.DAYS: "10"}), "")
