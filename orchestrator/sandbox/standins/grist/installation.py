"""The API of the installation itself: settings that the panel may change, and people."""

from __future__ import annotations

from orchestrator.sandbox.standins.grist import accounts
from orchestrator.sandbox.standins.grist.database import now
from orchestrator.sandbox.standins.grist.exchange import Answer, RefusedError, nothing, told
from orchestrator.sandbox.standins.grist.frame import Visit


def prefs(visit: Visit) -> Answer:
    """What is stored. The boot key stands here in clear, as in the home database."""
    visit.demand_admin()
    return told(visit.instance.settings.prefs())


def change_prefs(visit: Visit) -> Answer:
    """Store settings, or remove those that are null."""
    visit.demand_admin()
    visit.instance.settings.patch(visit.request.fields)
    return told(None)


def suspend(visit: Visit, number: str, what: str) -> Answer:
    """Shut somebody out, or let the person in again."""
    visit.demand_admin()
    user = accounts.by_id(visit.database, int(number))
    if user is None:
        raise RefusedError(404, "user not found")
    at = now() if what == "disable" else None
    visit.database.update("users", user["id"], disabled_at=at)
    return told(None)


def delete_user(visit: Visit, number: str) -> Answer:
    """One's own account; an administrator uses another way for others."""
    user = visit.demand_user()
    if int(number) != user["id"]:
        raise RefusedError(403, "not permitted to delete this user")
    if str(visit.request.fields.get("name", "")) != user["name"]:
        raise RefusedError(400, "user name does not match")
    accounts.delete(visit.database, user)
    return told(None)


def close_account(visit: Visit) -> Answer:
    """Close one's own account, where that is allowed and no team site needs the person."""
    user = visit.demand_user()
    if not visit.instance.environment.enabled("GRIST_ACCOUNT_CLOSE"):
        raise RefusedError(404, "not found")
    query = (
        "SELECT 1 FROM access JOIN orgs ON access.resource = CAST(orgs.id AS TEXT)"
        " WHERE access.kind = 'org' AND orgs.owner_id IS NULL AND access.user_id = %s"
    )
    if visit.database.value(query, user["id"]) is not None:
        raise RefusedError(400, "the user belongs to a team site")
    accounts.delete(visit.database, user)
    return nothing()
