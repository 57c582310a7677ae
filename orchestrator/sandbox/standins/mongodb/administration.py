"""Users made, changed and removed by commands; for the superuser alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orchestrator.sandbox.standins.mongodb.refusals import (
    BAD_VALUE,
    ROLE_NOT_FOUND,
    UNAUTHORIZED,
    USER_EXISTS,
    USER_NOT_FOUND,
    refusal,
)
from orchestrator.sandbox.standins.mongodb.scram import credential
from orchestrator.sandbox.standins.mongodb.users import UnknownRoleError, User, Users, rights_of

COMMANDS = frozenset({"createUser", "updateUser", "dropUser", "usersInfo"})


def answer(users: Users, asker: User | None, command: Mapping[str, Any]) -> dict[str, Any]:
    """Carry out one of the commands."""
    name = next(iter(command))
    database = str(command.get("$db", ""))
    if asker is None or not asker.may("admin", "root"):
        return refusal(UNAUTHORIZED, f"not authorized on {database} to execute command {name}")
    try:
        return _done(users, name, database, command)
    except UnknownRoleError as fault:
        return refusal(ROLE_NOT_FOUND, f"Could not find role: {fault}")


def _done(users: Users, name: str, database: str, command: Mapping[str, Any]) -> dict[str, Any]:
    if name == "usersInfo":
        return {"users": [_shown(each) for each in users.of(database)], "ok": 1.0}
    who = str(command[name])
    known = users.find(database, who)
    if name == "createUser":
        return _created(users, known, database, command)
    if known is None:
        return refusal(USER_NOT_FOUND, f"User '{who}@{database}' not found")
    if name == "dropUser":
        users.drop(database, who)
        return {"ok": 1.0}
    changed = known
    if "pwd" in command:
        changed = replace(changed, credential=credential(str(command["pwd"])))
    if "roles" in command:
        changed = replace(changed, rights=rights_of(command["roles"], database))
    users.put(changed)
    return {"ok": 1.0}


def _created(
    users: Users, known: User | None, database: str, command: Mapping[str, Any]
) -> dict[str, Any]:
    who = str(command["createUser"])
    if known is not None:
        return refusal(USER_EXISTS, f'User "{who}@{database}" already exists')
    if not command.get("pwd"):
        return refusal(BAD_VALUE, "a user needs a password")
    users.keep(database, who, str(command["pwd"]), rights_of(command.get("roles", []), database))
    return {"ok": 1.0}


def _shown(user: User) -> dict[str, Any]:
    return {
        "_id": f"{user.database}.{user.name}",
        "user": user.name,
        "db": user.database,
        "roles": [{"role": right, "db": where} for where, right in user.rights.items()],
    }
