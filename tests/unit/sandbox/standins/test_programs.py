"""Accounts of programs: who signs in, what a token proves, and for how long."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import pytest

from orchestrator.sandbox.standins.decidim import encryption, programs
from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.exchange import Answer

TOWN = {"id": 1}
SIGNING = {"DECIDIM_API_JWT_SECRET": "k" * 64}
KNOWN = json.dumps({"api_user": {"key": "known", "secret": "right"}}).encode()


class Database:
    """One account of the first organisation, until it is gone."""

    def __init__(self) -> None:
        digest = encryption.password_digest("right")
        self.account: dict[str, Any] | None = {
            "id": 7,
            "name": "bilan (program)",
            "nickname": "bilan",
            "encrypted_password": digest,
        }

    def row(self, query: str, kind: str, value: object, town: int) -> dict[str, Any] | None:
        assert kind == programs.KIND
        wanted = "known" if "api_key =" in query else 7
        return self.account if (value, town) == (wanted, 1) else None


def signs_in(body: bytes, environment: dict[str, str] | None = None, town: Any = None) -> Answer:
    database: Any = Database()
    found = Environment(SIGNING if environment is None else environment)
    return programs.sign_in(database, found, town or TOWN, body)


def told(answer: Answer) -> Any:
    return json.loads(answer.body)


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def test_a_token_is_given_for_key_and_secret_and_proves_who_it_is() -> None:
    token = told(signs_in(KNOWN))["jwt_token"]
    database: Any = Database()
    known = programs.signed_in(database, Environment(SIGNING), TOWN, bearer(token))
    assert known is not None
    assert known["id"] == 7
    other = Environment({"DECIDIM_API_JWT_SECRET": "z" * 64})
    assert programs.signed_in(database, other, TOWN, bearer(token)) is None
    assert programs.signed_in(database, Environment(SIGNING), {"id": 2}, bearer(token)) is None
    assert programs.signed_in(database, Environment(SIGNING), TOWN, bearer(f"{token}x")) is None
    assert programs.signed_in(database, Environment(SIGNING), TOWN, {}) is None
    database.account = None
    assert programs.signed_in(database, Environment(SIGNING), TOWN, bearer(token)) is None


def test_a_token_ends() -> None:
    spent = {**SIGNING, "DECIDIM_API_JWT_EXPIRES_IN": "-1"}
    token = told(signs_in(KNOWN, spent))["jwt_token"]
    database: Any = Database()
    assert programs.signed_in(database, Environment(SIGNING), TOWN, bearer(token)) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        json.dumps({"api_user": {"key": "known", "secret": "wrong"}}).encode(),
        json.dumps({"api_user": {"key": "other", "secret": "right"}}).encode(),
    ],
)
def test_whoever_is_not_known_is_refused(body: bytes) -> None:
    answer = signs_in(body)
    assert answer.status == HTTPStatus.UNAUTHORIZED
    assert told(answer)["jwt_token"] is None


def test_an_account_of_one_organisation_is_nobody_in_another() -> None:
    assert signs_in(KNOWN, town={"id": 2}).status == HTTPStatus.UNAUTHORIZED


def test_without_a_key_no_token_is_signed() -> None:
    assert signs_in(KNOWN, {}).status == HTTPStatus.INTERNAL_SERVER_ERROR
