"""Users of the manager through its pages: for administrators, but for the first step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from orchestrator.sandbox.standins.rudi.accounts import (
    ROLES,
    SUPER_USER,
    Account,
    Accounts,
    TakenError,
)
from orchestrator.sandbox.standins.rudi.exchange import Answer, RefusedError, Request, json_answer


def answer(accounts: Accounts, asker: Account, request: Request, path: str) -> Answer:
    """List, add, change and remove users. Raises RefusedError."""
    if not asker.has("Admin"):
        raise RefusedError(HTTPStatus.FORBIDDEN, "needs the role Admin")
    match [request.method, *path.split("/")]:
        case ["GET", "roles"]:
            return json_answer([name for name in ROLES if name != "Moniteur"])
        case ["GET", "users"]:
            return json_answer([shown(each) for each in accounts.all()])
        case ["POST", "users"]:
            return added(accounts, request.json, roles=_roles(request.json, asker))
        case ["PUT", "users", number]:
            known = _known(accounts, number, asker)
            given = request.json
            accounts.change(known.number, _roles(given, asker), str(given.get("password", "")))
            return json_answer({"status": "OK", "id": known.number})
        case ["DELETE", "users", number]:
            accounts.remove(_known(accounts, number, asker).number)
            return json_answer({"status": "OK", "id": int(number)})
    raise RefusedError(HTTPStatus.NOT_FOUND, f"no route {request.method} {request.path}")


def added(accounts: Accounts, given: Mapping[str, Any], *, roles: Sequence[str]) -> Answer:
    """A new user. Raises RefusedError."""
    if not given.get("username") or not given.get("password"):
        raise RefusedError(HTTPStatus.BAD_REQUEST, "'username' and 'password' are required")
    name, email = str(given["username"]), str(given.get("email", ""))
    try:
        found = accounts.add(name, email, str(given["password"]), roles)
    except TakenError:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "the name is taken") from None
    return json_answer(shown(found))


def shown(account: Account) -> dict[str, Any]:
    """A user as the pages tell of it."""
    return {
        "id": account.number,
        "username": account.name,
        "email": account.email,
        "roles": list(account.roles),
    }


def _roles(given: Mapping[str, Any], asker: Account) -> list[str]:
    found = given.get("roles", [])
    if not isinstance(found, list) or any(each not in ROLES for each in found):
        raise RefusedError(HTTPStatus.BAD_REQUEST, f"roles are {', '.join(ROLES)}")
    if "SuperAdmin" in found and not asker.has("SuperAdmin"):
        raise RefusedError(HTTPStatus.FORBIDDEN, "only a SuperAdmin makes another")
    return found


def _known(accounts: Accounts, number: str, asker: Account) -> Account:
    found = [each for each in accounts.all() if str(each.number) == number]
    if not found:
        raise RefusedError(HTTPStatus.NOT_FOUND, f"no user {number}")
    if found[0].number == SUPER_USER and asker.number != SUPER_USER:
        raise RefusedError(HTTPStatus.FORBIDDEN, "user 0 is its own")
    return found[0]
