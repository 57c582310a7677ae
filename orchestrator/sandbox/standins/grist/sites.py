"""Sites, workspaces and documents as the home database knows them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any

from orchestrator.sandbox.standins.grist import access, accounts
from orchestrator.sandbox.standins.grist.accounts import User
from orchestrator.sandbox.standins.grist.database import Database, now
from orchestrator.sandbox.standins.grist.exchange import RefusedError

Row = dict[str, Any]

_LETTERS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DOMAIN = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")
_SHORT_ID = 12
PERSONAL = "docs"


def ensure_team(database: Database, domain: str, owner: User) -> bool:
    """The team site of that name, made if need be. Raises RefusedError."""
    if not _DOMAIN.fullmatch(domain):
        raise RefusedError(400, f"Invalid site name {domain!r}")
    if database.value("SELECT id FROM orgs WHERE domain = %s", domain) is not None:
        return False
    _make(database, domain, domain, owner, personal=False)
    return True


def ensure_personal(database: Database, user: User) -> int:
    """The user's own site; returns its number."""
    found = database.value("SELECT id FROM orgs WHERE owner_id = %s", user["id"])
    return found or _make(database, "Personal", f"docs-{user['id']}", user, personal=True)


def org(database: Database, name: str, user: User) -> Row:
    """A site by number, name, or `docs` for the user's own. Raises RefusedError."""
    if name == PERSONAL:
        found = database.row("SELECT * FROM orgs WHERE owner_id = %s", user["id"])
    elif name.isdigit():
        found = database.row("SELECT * FROM orgs WHERE id = %s", int(name))
    else:
        found = database.row("SELECT * FROM orgs WHERE domain = %s", name.lower())
    return _found(found, "organization not found")


def workspace(database: Database, number: int) -> Row:
    """A workspace. Raises RefusedError."""
    found = database.row("SELECT * FROM workspaces WHERE id = %s", number)
    return _found(found, "workspace not found")


def document(database: Database, name: str) -> Row:
    """A document by its id, or by the beginning that stands in addresses. Raises RefusedError."""
    found = database.row("SELECT * FROM docs WHERE id = %s", name)
    if found is None and len(name) >= _SHORT_ID and name.isalnum():
        found = database.row("SELECT * FROM docs WHERE id LIKE %s", f"{name}%")
    return _found(found, "document not found")


def add_workspace(database: Database, number: int, name: str, owner: User) -> int:
    """A new workspace of a site."""
    made = database.insert(
        "workspaces", name=name, org_id=number, created_at=now(), updated_at=now()
    )
    access.give(database, access.WORKSPACE, made, owner, "owners")
    return int(made)


def add_document(database: Database, number: int, name: str, owner: User) -> str:
    """A new document of a workspace, as far as the home database goes."""
    made = "".join(secrets.choice(_LETTERS) for _ in range(22))
    database.insert(
        "docs",
        id=made,
        name=name,
        workspace_id=number,
        created_by=owner["id"],
        created_at=now(),
        updated_at=now(),
    )
    access.give(database, access.DOCUMENT, made, owner, "owners")
    return made


def shown_org(database: Database, row: Row, user: User) -> dict[str, Any]:
    """A site as the API shows it."""
    owner = accounts.by_id(database, row["owner_id"]) if row["owner_id"] else None
    return {
        **_times(row),
        "id": row["id"],
        "name": row["name"],
        "domain": row["domain"],
        "host": None,
        "owner": accounts.profile(owner) if owner else None,
        "access": access.role_of(database, user, access.ORG, row) or None,
    }


def shown_workspace(database: Database, row: Row, user: User) -> dict[str, Any]:
    """A workspace with the documents that the user may see."""
    query = "SELECT * FROM docs WHERE workspace_id = %s AND removed_at IS NULL ORDER BY created_at"
    found = [shown_document(database, each, user) for each in database.rows(query, row["id"])]
    return {
        **_times(row),
        "id": row["id"],
        "name": row["name"],
        "access": access.role_of(database, user, access.WORKSPACE, row) or None,
        "docs": [each for each in found if each["access"]],
    }


def shown_document(database: Database, row: Row, user: User) -> dict[str, Any]:
    """A document as the API shows it."""
    return {
        **_times(row),
        "id": row["id"],
        "name": row["name"],
        "isPinned": bool(row["is_pinned"]),
        "urlId": row["id"][:_SHORT_ID],
        "trunkId": None,
        "type": None,
        "access": access.role_of(database, user, access.DOCUMENT, row) or None,
    }


def _make(database: Database, name: str, domain: str, owner: User, *, personal: bool) -> int:
    made = database.insert(
        "orgs",
        name=name,
        domain=domain,
        owner_id=owner["id"] if personal else None,
        created_at=now(),
        updated_at=now(),
    )
    access.give(database, access.ORG, made, owner, "owners")
    add_workspace(database, made, "Home", owner)
    return int(made)


def _found(row: Row | None, message: str) -> Row:
    if row is None:
        raise RefusedError(404, message)
    return row


def _times(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"createdAt": row["created_at"], "updatedAt": row["updated_at"]}
