"""People and machines that sign in: users, their addresses, their keys."""

from __future__ import annotations

import re
import secrets
from typing import Any

from orchestrator.sandbox.standins.grist.database import Database, now
from orchestrator.sandbox.standins.grist.environment import Environment
from orchestrator.sandbox.standins.grist.exchange import RefusedError

ANONYMOUS = "anon@getgrist.com"
EVERYONE = "everyone@getgrist.com"
PREVIEWER = "thumbnail@getgrist.com"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_SELECT = (
    "SELECT users.*, logins.email, logins.display_email FROM users"
    " LEFT JOIN logins ON logins.user_id = users.id"
)

User = dict[str, Any]


def create_special(database: Database, environment: Environment) -> User:
    """The users that are nobody's, and the support user, whom this returns."""
    names = {ANONYMOUS: "Anonymous", EVERYONE: "Everyone", PREVIEWER: "Preview"}
    for email, name in names.items():
        ensure(database, email, name)
    return ensure(database, environment.support_email, "Support")


def find(database: Database, email: str) -> User | None:
    """The user with that address."""
    return database.row(f"{_SELECT} WHERE logins.email = %s", email.strip().lower())


def by_id(database: Database, number: int) -> User | None:
    """The user with that number."""
    return database.row(f"{_SELECT} WHERE users.id = %s", number)


def by_key(database: Database, key: str) -> User | None:
    """The user whose key of the API it is; an expired service account is nobody."""
    found = database.row(f"{_SELECT} WHERE users.api_key = %s", key)
    if found is None or found["type"] != "service":
        return found
    query = "SELECT expires_at FROM service_accounts WHERE user_id = %s"
    return found if str(database.value(query, found["id"]) or "") > now() else None


def everybody(database: Database) -> list[User]:
    """All users, the special ones included."""
    return database.rows(f"{_SELECT} ORDER BY users.id")


def anonymous(database: Database) -> User:
    """Who has not signed in."""
    return find(database, ANONYMOUS) or {}


def is_anonymous(user: User) -> bool:
    """Whether nobody signed in."""
    return user.get("email") == ANONYMOUS


def ensure(database: Database, email: str, name: str = "", kind: str = "login") -> User:
    """The user with that address, made if need be. Raises RefusedError."""
    if (found := find(database, email)) is not None:
        return found
    if not _EMAIL.fullmatch(email.strip()):
        raise RefusedError(400, f"Invalid email address {email!r}")
    number = database.insert(
        "users",
        name=name or email.partition("@")[0],
        ref=secrets.token_urlsafe(16),
        type=kind,
        created_at=now(),
    )
    address = email.strip()
    database.insert("logins", user_id=number, email=address.lower(), display_email=address)
    return by_id(database, number) or {}


def signed_in(database: Database, user: User) -> None:
    """Remember that the person was there."""
    first = user["first_login_at"] or now()
    database.update("users", user["id"], first_login_at=first, last_connection_at=now())


def new_key(database: Database, user: User) -> str:
    """A new key of the API; an older one ends."""
    key = secrets.token_hex(20)
    database.update("users", user["id"], api_key=key)
    return key


def delete(database: Database, user: User) -> None:
    """Erase the person, with the personal site."""
    number = user["id"]
    owned = "SELECT id FROM service_accounts WHERE owner_id = %s"
    for each in database.rows(owned.replace("id FROM", "user_id FROM"), number):
        database.run("DELETE FROM users WHERE id = %s", each["user_id"])
    for table, column in (
        *(("service_accounts", "owner_id"), ("access", "user_id"), ("logins", "user_id")),
        ("orgs", "owner_id"),
    ):
        database.run(f"DELETE FROM {table} WHERE {column} = %s", number)  # noqa: S608
    database.run("DELETE FROM users WHERE id = %s", number)


def profile(user: User) -> dict[str, Any]:
    """A person as the API shows one."""
    shown = {
        "id": user["id"],
        "name": user["name"],
        "email": user["display_email"] or "",
        "ref": user["ref"],
        "picture": None,
        "locale": None,
    }
    return {**shown, "anonymous": True} if is_anonymous(user) else shown
