"""Users over SCIM, for the administrator and one more account, where it is switched on."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from orchestrator.sandbox.standins.grist import accounts, sites
from orchestrator.sandbox.standins.grist.accounts import User
from orchestrator.sandbox.standins.grist.exchange import Answer, RefusedError
from orchestrator.sandbox.standins.grist.frame import Visit

_SCHEMAS = "urn:ietf:params:scim:"
_USER = f"{_SCHEMAS}schemas:core:2.0:User"
_CHUNK = 100


def guarded(handler: Callable[..., Answer]) -> Callable[..., Answer]:
    """Let in only whom the environment allows, and answer as SCIM answers."""

    def answer(visit: Visit, **parts: str) -> Answer:
        environment = visit.instance.environment
        if not environment.enabled("GRIST_ENABLE_SCIM"):
            return _refused(501, "SCIM API is not enabled")
        # The help pages say GRIST_SCIM_USER, which nothing reads.
        machine = environment.text("GRIST_SCIM_EMAIL").lower()
        if not visit.is_admin and (visit.is_anonymous or visit.user["email"] != machine):
            return _refused(403, "You are not authorized to access this resource")
        try:
            return handler(visit, **parts)
        except RefusedError as fault:
            return _refused(int(fault.status), fault.message)

    return answer


def users(visit: Visit) -> Answer:
    """Everybody, a chunk at a time."""
    query = visit.request.query
    first, count = (_number(query, name, low) for name, low in (("startIndex", 1), ("count", 0)))
    found = [each for each in accounts.everybody(visit.database) if not _special(visit, each)]
    if wanted := _wanted(query.get("filter", "")):
        found = [each for each in found if each["email"] == wanted]
    part = found[first - 1 : first - 1 + (count or _CHUNK)]
    answer = {
        "schemas": [f"{_SCHEMAS}api:messages:2.0:ListResponse"],
        "totalResults": len(found),
        "startIndex": first,
        "itemsPerPage": len(part),
        "Resources": [_shown(each) for each in part],
    }
    return _told(answer)


def user(visit: Visit, number: str) -> Answer:
    """One person."""
    return _told(_shown(_found(visit, number)))


def me(visit: Visit) -> Answer:
    """Who asks."""
    return _told(_shown(visit.user))


def add(visit: Visit) -> Answer:
    """A new person."""
    asked = visit.request.fields
    email, name = _email(asked), str(asked.get("displayName") or "")
    if accounts.find(visit.database, email) is not None:
        return _refused(409, "An existing user with the passed email exist.")
    made = accounts.ensure(visit.database, email, name)
    if visit.instance.settings.personal_orgs:
        sites.ensure_personal(visit.database, made)
    return _told(_shown(made), 201)


def change(visit: Visit, number: str) -> Answer:
    """Another name or address for a person."""
    found, asked = _found(visit, number), visit.request.fields
    email = _email(asked)
    statement = "UPDATE logins SET email = %s, display_email = %s WHERE user_id = %s"
    visit.database.run(statement, email.lower(), email, found["id"])
    name = str(asked.get("displayName") or found["name"])
    visit.database.update("users", found["id"], name=name)
    return _told(_shown(_found(visit, number)))


def delete(visit: Visit, number: str) -> Answer:
    """Erase a person."""
    accounts.delete(visit.database, _found(visit, number))
    return Answer(HTTPStatus.NO_CONTENT)


def _found(visit: Visit, number: str) -> User:
    found = accounts.by_id(visit.database, int(number)) if number.isdigit() else None
    if found is None:
        raise RefusedError(404, f"User with ID {number} not found")
    if _special(visit, found):
        raise RefusedError(403, "System user modification not permitted.")
    return found


def _special(visit: Visit, row: User) -> bool:
    own = {accounts.ANONYMOUS, accounts.EVERYONE, accounts.PREVIEWER}
    machine = row["type"] != "login"
    return machine or row["email"] in own | {visit.instance.environment.support_email}


def _shown(row: User) -> dict[str, Any]:
    return {
        "schemas": [_USER],
        "id": str(row["id"]),
        "userName": row["email"],
        "name": {"formatted": row["name"]},
        "displayName": row["name"],
        "preferredLanguage": "en",
        "locale": "en",
        "emails": [{"value": row["display_email"], "primary": True}],
        "active": not row["disabled_at"],
        "meta": {"resourceType": "User", "location": f"/api/scim/v2/Users/{row['id']}"},
    }


def _email(asked: Any) -> str:
    emails = asked.get("emails") or [{}]
    return str(emails[0].get("value") or asked.get("userName") or "").strip()


def _wanted(text: str) -> str:
    name, _, value = text.partition(" eq ")
    return value.strip(' "').lower() if name.strip().lower() in {"username", "emails"} else ""


def _number(query: Any, name: str, least: int) -> int:
    text = str(query.get(name, ""))
    return max(least, int(text)) if text.isdigit() else least


def _refused(status: int, detail: str) -> Answer:
    schemas = [f"{_SCHEMAS}api:messages:2.0:Error"]
    return _told({"schemas": schemas, "status": str(status), "detail": detail}, status)


def _told(value: Any, status: int = 200) -> Answer:
    body = json.dumps(value, ensure_ascii=False)
    return Answer(HTTPStatus(status), body, "application/scim+json; charset=utf-8")
