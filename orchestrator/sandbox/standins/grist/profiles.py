"""The API of who is signed in: profile, key of the API, session, service accounts."""

from __future__ import annotations

import secrets
from typing import Any

from orchestrator.sandbox.standins.grist import accounts, sites
from orchestrator.sandbox.standins.grist.exchange import Answer, RefusedError, plain, told
from orchestrator.sandbox.standins.grist.frame import Visit


def profile(visit: Visit) -> Answer:
    """Who one is."""
    return told(accounts.profile(visit.user))


def change_name(visit: Visit) -> Answer:
    """Another name for oneself."""
    user = visit.demand_user()
    if not (name := str(visit.request.fields.get("name") or "")):
        raise RefusedError(400, "name expected in the body")
    visit.database.update("users", user["id"], name=name)
    return told(None)


def key(visit: Visit) -> Answer:
    """One's key of the API."""
    return plain(visit.demand_user()["api_key"] or "")


def new_key(visit: Visit) -> Answer:
    """A new key; one that is there is replaced only when that is wanted."""
    user = visit.demand_user()
    if user["api_key"] and not visit.request.fields.get("force"):
        raise RefusedError(400, "An apikey is already set, use `{force: true}` to override it.")
    return plain(accounts.new_key(visit.database, user))


def remove_key(visit: Visit) -> Answer:
    """No key any more."""
    visit.database.update("users", visit.demand_user()["id"], api_key=None)
    return told(None)


def session(visit: Visit) -> Answer:
    """Who is signed in, and at which site."""
    try:
        org = visit.org("current")
    except RefusedError:
        return told({"user": accounts.profile(visit.user), "org": None})
    shown = sites.shown_org(visit.database, org, visit.user)
    return told({"user": accounts.profile(visit.user), "org": shown if shown["access"] else None})


def sessions(visit: Visit) -> Answer:
    """Everybody who is signed in with this browser: one at most."""
    users = [] if visit.is_anonymous else [accounts.profile(visit.user)]
    query = "SELECT * FROM orgs ORDER BY id"
    orgs = [
        sites.shown_org(visit.database, each, visit.user) for each in visit.database.rows(query)
    ]
    return told({"users": users, "orgs": [each for each in orgs if each["access"]]})


def service_accounts(visit: Visit) -> Answer:
    """The service accounts of who asks."""
    owner = _owner(visit)
    query = "SELECT * FROM service_accounts WHERE owner_id = %s ORDER BY id"
    return told([_shown(visit, each) for each in visit.database.rows(query, owner["id"])])


def add_service_account(visit: Visit) -> Answer:
    """A new service account; the answer holds its key, once."""
    owner, asked = _owner(visit), visit.request.fields
    if not (ends := str(asked.get("expiresAt") or "")):
        raise RefusedError(400, "expiresAt is missing")
    address = f"{secrets.token_hex(8)}@serviceaccounts.invalid"
    name = str(asked.get("label") or "Service account")
    user = accounts.ensure(visit.database, address, name, kind="service")
    fresh = accounts.new_key(visit.database, user)
    made = visit.database.insert(
        "service_accounts",
        owner_id=owner["id"],
        user_id=user["id"],
        label=asked.get("label"),
        description=asked.get("description"),
        expires_at=ends,
    )
    row = visit.database.row("SELECT * FROM service_accounts WHERE id = %s", made) or {}
    return told({**_shown(visit, row), "key": fresh})


def service_account(visit: Visit, number: str) -> Answer:
    """One service account."""
    return told(_shown(visit, _own(visit, number)))


def remove_service_account(visit: Visit, number: str) -> Answer:
    """A service account less."""
    row = _own(visit, number)
    if user := accounts.by_id(visit.database, row["user_id"]):
        visit.database.run("DELETE FROM service_accounts WHERE id = %s", row["id"])
        accounts.delete(visit.database, user)
    return told(None)


def _owner(visit: Visit) -> dict[str, Any]:
    if not visit.instance.environment.enabled("GRIST_ENABLE_SERVICE_ACCOUNTS"):
        raise RefusedError(404, "not found")
    return visit.demand_user()


def _own(visit: Visit, number: str) -> dict[str, Any]:
    query = "SELECT * FROM service_accounts WHERE id = %s AND owner_id = %s"
    if (found := visit.database.row(query, int(number), _owner(visit)["id"])) is None:
        raise RefusedError(404, "service account not found")
    return found


def _shown(visit: Visit, row: dict[str, Any]) -> dict[str, Any]:
    user = accounts.by_id(visit.database, row["user_id"]) or {}
    return {
        "id": row["id"],
        "login": user.get("email"),
        "label": row["label"] or "",
        "description": row["description"] or "",
        "expiresAt": row["expires_at"],
        "hasValidKey": bool(user.get("api_key")),
    }
