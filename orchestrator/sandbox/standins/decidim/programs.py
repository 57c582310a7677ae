"""Accounts of programs: made by our scripts, signed in at `/api/sign_in`, known by a token.

Tokens are signed with `DECIDIM_API_JWT_SECRET`, hold for as long as the environment says, and are
worth nothing once the account is gone.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from orchestrator.sandbox.standins.decidim import encryption, reconciliation
from orchestrator.sandbox.standins.decidim.database import Database, connected
from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.exchange import Answer

PATH = "/api/sign_in"
KIND = "Decidim::Api::ApiUser"
_JSON = "application/json; charset=utf-8"
_MINUTES = 120
_MARKED = "type = %s AND extended_data ->> 'orchestrator_program' = %s"

Asked = Mapping[str, Any]


def program(asked: Asked, environment: Environment) -> dict[str, Any]:
    """`program.rb`: exactly one account of that name with this key, or none."""
    name = str(asked["name"])
    with connected(environment) as database:
        organization = reconciliation.organization_of(database, str(asked["host"]))
        gone = database.run(
            f"DELETE FROM decidim_users WHERE decidim_organization_id = %s AND {_MARKED}",  # noqa: S608
            organization["id"],
            KIND,
            name,
        )
        if "key" in asked:
            marks = {"orchestrator_program": name, "orchestrator_ends": str(asked["ends"])}
            database.insert(
                "decidim_users",
                decidim_organization_id=organization["id"],
                type=KIND,
                name=f"{name} (program)",
                nickname=f"{name[:12]}_{secrets.token_hex(2)}",
                api_key=str(asked["key"]),
                encrypted_password=encryption.password_digest(str(asked["secret"])),
                admin=bool(asked["write"]),
                extended_data=marks,
            )
    return {"changed": bool(gone) or "key" in asked}


def end_programs(asked: Asked, environment: Environment) -> dict[str, Any]:
    """`end_programs.rb`: no account any more of a program whose last day is over."""
    del asked
    with connected(environment) as database:
        ended = database.run(
            "DELETE FROM decidim_users WHERE type = %s"
            " AND (extended_data ->> 'orchestrator_ends')::timestamptz <= now()",
            KIND,
        )
    return {"changed": ended > 0, "ended": ended}


def sign_in(
    database: Database, environment: Environment, organization: Mapping[str, Any], body: bytes
) -> Answer:
    """A token for whoever knows key and secret of an account of this organisation."""
    try:
        asked = json.loads(body)["api_user"]
        key, secret = str(asked["key"]), str(asked["secret"])
    except (ValueError, KeyError, TypeError):
        key, secret = "", ""
    found = _account(database, organization, "api_key", key)
    signing = environment.text("DECIDIM_API_JWT_SECRET")
    if not found or not encryption.password_matches(secret, found["encrypted_password"]):
        return _said({"id": None, "jwt_token": None, "avatar": None}, HTTPStatus.UNAUTHORIZED)
    if not signing:
        return _said({"error": "no key to sign tokens with"}, HTTPStatus.INTERNAL_SERVER_ERROR)
    lasts_s = environment.integer("DECIDIM_API_JWT_EXPIRES_IN", _MINUTES) * 60
    claims = {"sub": str(found["id"]), "jti": secrets.token_hex(8), "exp": time.time() + lasts_s}
    told = {"id": found["id"], "name": found["name"], "nickname": found["nickname"]}
    return _said({**told, "jwt_token": _signed(claims, signing), "avatar": None}, HTTPStatus.OK)


def signed_in(
    database: Database,
    environment: Environment,
    organization: Mapping[str, Any],
    headers: Mapping[str, str],
) -> dict[str, Any] | None:
    """The account whose token a request bears; None for any that proves nothing."""
    kind, _, token = headers.get("authorization", "").partition(" ")
    signing = environment.text("DECIDIM_API_JWT_SECRET")
    if kind.lower() != "bearer" or not signing:
        return None
    text, _, signature = token.strip().rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(text, signing).encode()):
        return None
    claims = json.loads(_unpacked(text.partition(".")[2]))
    if claims["exp"] < time.time():
        return None
    return _account(database, organization, "id", int(claims["sub"]))


def _account(
    database: Database, organization: Mapping[str, Any], column: str, value: object
) -> dict[str, Any] | None:
    return database.row(
        f"SELECT * FROM decidim_users WHERE type = %s AND {column} = %s"  # noqa: S608
        " AND decidim_organization_id = %s AND deleted_at IS NULL",
        KIND,
        value,
        organization["id"],
    )


def _signed(claims: Mapping[str, Any], signing: str) -> str:
    head = {"alg": "HS256", "typ": "JWT"}
    text = ".".join(_packed(json.dumps(each).encode()) for each in (head, claims))
    return f"{text}.{_signature(text, signing)}"


def _signature(text: str, signing: str) -> str:
    return _packed(hmac.new(signing.encode(), text.encode(), hashlib.sha256).digest())


def _packed(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unpacked(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _said(body: Mapping[str, Any], status: HTTPStatus) -> Answer:
    return Answer(status, json.dumps(body, ensure_ascii=False), _JSON)
