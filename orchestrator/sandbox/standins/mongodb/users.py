"""Who may come in, and what each may use; kept in one file beside the data."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from orchestrator.sandbox.standins.mongodb.scram import Credential, credential, holds, keyed

EVERYWHERE = "*"
_WRITING = frozenset({"readWrite", "dbOwner", "dbAdmin"})
_BROAD = {"root": "root", "readWriteAnyDatabase": "write", "readAnyDatabase": "read"}
_BROAD_READERS = frozenset({"backup", "clusterMonitor"})


class UnknownRoleError(ValueError):
    """A role that this front does not know."""


@dataclass(frozen=True)
class User:
    """A user belongs to a database, as in the product; its name alone does not name it."""

    name: str
    database: str
    credential: Credential
    rights: Mapping[str, str]

    def may(self, database: str, right: str) -> bool:
        """Whether the user may `read` or `write` there, or is `root`."""
        enough = {"read": {"read", "write", "root"}, "write": {"write", "root"}, "root": {"root"}}
        held = {self.rights.get(EVERYWHERE, ""), self.rights.get(database, "")}
        return bool(held & enough[right])


def rights_of(roles: Iterable[Any], database: str) -> dict[str, str]:
    """The rights that roles give; a role alone is one in `database`. Raises UnknownRoleError."""
    found: dict[str, str] = {}
    for role in roles:
        name = role.get("role", "") if isinstance(role, Mapping) else str(role)
        where = role.get("db", database) if isinstance(role, Mapping) else database
        if name in _BROAD:
            where, right = EVERYWHERE, _BROAD[name]
        elif name in _BROAD_READERS:
            where, right = EVERYWHERE, "read"
        elif name in _WRITING or name == "read":
            right = "write" if name in _WRITING else "read"
        else:
            raise UnknownRoleError(name)
        if found.get(where) not in {"write", "root"}:
            found[where] = right
    return found


class Users:
    """The file of users. A change is whole on disk before it is answered."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        text = path.read_text(encoding="utf-8") if path.is_file() else "{}"
        self._users = {key: _read(value) for key, value in json.loads(text).items()}
        self._pepper = os.urandom(32)

    def find(self, database: str, name: str) -> User | None:
        """The user of this name in this database."""
        return self._users.get(_key(database, name))

    def of(self, database: str) -> list[User]:
        """All users of a database."""
        return [each for each in self._users.values() if each.database == database]

    def stranger(self, database: str, name: str) -> Credential:
        """For a name nobody has: the same salt each time, and no password that fits."""
        salt = keyed(self._pepper, _key(database, name).encode())[:28]
        return replace(credential("", salt), stored_key=credential(salt.hex()).stored_key)

    def keep(self, database: str, name: str, password: str, rights: Mapping[str, str]) -> None:
        """Add a user, or make it what it shall be."""
        known = self.find(database, name)
        kept = known.credential if known and holds(known.credential, password) else None
        self.put(User(name, database, kept or credential(password), dict(rights)))

    def put(self, user: User) -> None:
        """Add or replace a user."""
        with self._lock:
            self._users = {**self._users, _key(user.database, user.name): user}
            self._write()

    def drop(self, database: str, name: str) -> bool:
        """Remove a user; whether there was one."""
        key = _key(database, name)
        with self._lock:
            found = key in self._users
            self._users = {each: user for each, user in self._users.items() if each != key}
            self._write()
        return found

    def _write(self) -> None:
        plain = {key: {**asdict(user)} for key, user in self._users.items()}
        fresh = self._path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(plain, indent=1), encoding="utf-8")
        fresh.rename(self._path)


def _key(database: str, name: str) -> str:
    return f"{database}.{name}"


def _read(value: Mapping[str, Any]) -> User:
    return User(
        value["name"], value["database"], Credential(**value["credential"]), value["rights"]
    )
