"""Who may do what: roles on sites, workspaces and documents, and how they are inherited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.sandbox.standins.grist import accounts
from orchestrator.sandbox.standins.grist.accounts import User
from orchestrator.sandbox.standins.grist.database import Database
from orchestrator.sandbox.standins.grist.exchange import RefusedError

ORG, WORKSPACE, DOCUMENT = "org", "workspace", "doc"
ROLES = ("members", "viewers", "editors", "owners")
_TABLES = {WORKSPACE: "workspaces", DOCUMENT: "docs"}


def best(roles: list[str]) -> str:
    """The role that allows most; nothing when there is none."""
    return max((role for role in roles if role in ROLES), key=ROLES.index, default="")


def role_of(database: Database, user: User, kind: str, row: Mapping[str, Any]) -> str:
    """The user's role on a site, workspace or document, given as its row."""
    own = _given(database, user, kind, row["id"])
    if kind == ORG:
        return own
    if kind == DOCUMENT:
        above, key, parent = WORKSPACE, "workspace_id", "workspaces"
    else:
        above, key, parent = ORG, "org_id", "orgs"
    found = database.row(f"SELECT * FROM {parent} WHERE id = %s", row[key])  # noqa: S608
    inherited = role_of(database, user, above, found) if found else ""
    return best([own, _capped(inherited, row["max_inherited"])])


def demand(database: Database, user: User, kind: str, row: Mapping[str, Any], least: str) -> str:
    """The user's role, which must allow as much as `least`. Raises RefusedError."""
    role = role_of(database, user, kind, row)
    if not role or ROLES.index(role) < ROLES.index(least):
        raise RefusedError(403, "access denied" if kind != DOCUMENT else "No view access")
    return role


def give(database: Database, kind: str, resource: object, user: User, role: str) -> None:
    """Set a user's role."""
    take(database, kind, resource, user)
    database.insert("access", kind=kind, resource=str(resource), user_id=user["id"], role=role)


def take(database: Database, kind: str, resource: object, user: User) -> None:
    """Remove a user's own role."""
    statement = "DELETE FROM access WHERE kind = %s AND resource = %s AND user_id = %s"
    database.run(statement, kind, str(resource), user["id"])


def change(database: Database, kind: str, resource: object, delta: Mapping[str, Any]) -> None:
    """Carry out the delta of a request: users by address, and what is inherited at most."""
    for email, role in (delta.get("users") or {}).items():
        if role is not None and role not in ROLES:
            raise RefusedError(400, f"Invalid role {role!r}")
        user = accounts.ensure(database, email)
        if role is None:
            take(database, kind, resource, user)
        else:
            give(database, kind, resource, user, role)
    if "maxInheritedRole" in delta and kind in _TABLES:
        # Nothing inherited is a value of its own: the column's null means everything.
        most = delta["maxInheritedRole"] or "none"
        database.update(_TABLES[kind], resource, max_inherited=most)


def listed(database: Database, kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Everybody with a role, as the API shows it."""
    found = []
    for user in accounts.everybody(database):
        own = _own(database, [user["id"]], kind, row["id"])
        role = role_of(database, user, kind, row)
        if role or own:
            shown = accounts.profile(user)
            found.append({**shown, "access": own or None, "parentAccess": role or None})
    limit = row.get("max_inherited")
    return {"maxInheritedRole": limit if limit in ROLES else "owners", "users": found}


def _given(database: Database, user: User, kind: str, resource: object) -> str:
    public = [accounts.find(database, each) for each in (accounts.ANONYMOUS, accounts.EVERYONE)]
    numbers = [user["id"], *(each["id"] for each in public if each)]
    return _own(database, numbers, kind, resource)


def _own(database: Database, users: list[int], kind: str, resource: object) -> str:
    places = ", ".join(["%s"] * len(users))
    query = (
        "SELECT role FROM access WHERE kind = %s AND resource = %s"  # noqa: S608
        f" AND user_id IN ({places})"
    )
    return best([each["role"] for each in database.rows(query, kind, str(resource), *users)])


def _capped(role: str, most: str | None) -> str:
    if role in {"", "members"} or most == "none":
        return ""
    if most not in ROLES:
        return role
    return min(role, most, key=ROLES.index)
