"""Users of the manager and their roles, in one SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from orchestrator.sandbox.standins.rudi.passwords import fits, hashed

SUPER_USER = 0
ROLES = {"SuperAdmin": 0, "Admin": 1, "Moniteur": 1, "Editeur": 0, "Lecteur": 0}
"""Roles by name, and whether the product hides each from lists."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS Users (
    id INTEGER PRIMARY KEY, username TEXT UNIQUE NOT NULL, email TEXT, password TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS User_Roles (
    user_id INTEGER NOT NULL REFERENCES Users(id) ON DELETE CASCADE, role TEXT NOT NULL,
    UNIQUE (user_id, role)
);
"""


class TakenError(Exception):
    """Somebody has that name already."""


@dataclass(frozen=True)
class Account:
    """A user without the password."""

    number: int
    name: str
    email: str
    roles: tuple[str, ...]

    def has(self, *roles: str) -> bool:
        """Whether the user has one of the roles, or the one above all."""
        return bool({"SuperAdmin", *roles} & set(self.roles))


class Accounts:
    """The file; one connection for each piece of work."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._open() as database:
            database.executescript(_SCHEMA)

    def super_user(self) -> Account | None:
        """User 0, if there is one."""
        return next((each for each in self.all() if each.number == SUPER_USER), None)

    def set_super_user(self, name: str, kept: str) -> None:
        """Make user 0 what the environment says, whatever was changed since."""
        with self._open() as database:
            database.execute("DELETE FROM Users WHERE id = ? OR username = ?", (SUPER_USER, name))
            row = (SUPER_USER, name, "", kept)
            database.execute("INSERT INTO Users VALUES (?, ?, ?, ?)", row)
            _give(database, SUPER_USER, ["SuperAdmin"])

    def add(self, name: str, email: str, password: str, roles: Iterable[str] = ()) -> Account:
        """A new user. Raises TakenError."""
        with self._open() as database:
            try:
                cursor = database.execute(
                    "INSERT INTO Users (username, email, password) VALUES (?, ?, ?)",
                    (name, email, hashed(password)),
                )
            except sqlite3.IntegrityError:
                raise TakenError(name) from None
            number = int(cursor.lastrowid or 0)
            _give(database, number, roles)
        return Account(number, name, email, tuple(roles))

    def change(self, number: int, roles: Iterable[str], password: str) -> None:
        """Set the roles of a user, and the password if there is one."""
        with self._open() as database:
            _give(database, number, roles)
            if password:
                row = (hashed(password), number)
                database.execute("UPDATE Users SET password = ? WHERE id = ?", row)

    def remove(self, number: int) -> bool:
        """Remove a user; whether there was one."""
        with self._open() as database:
            return database.execute("DELETE FROM Users WHERE id = ?", (number,)).rowcount > 0

    def all(self) -> list[Account]:
        """All users."""
        with self._open() as database:
            rows = database.execute("SELECT id, username, email FROM Users ORDER BY id").fetchall()
            roles = database.execute("SELECT user_id, role FROM User_Roles").fetchall()
        return [
            Account(number, name, email or "", tuple(role for who, role in roles if who == number))
            for number, name, email in rows
        ]

    def log_in(self, name: str, password: str) -> Account | None:
        """The user, when the password is right."""
        with self._open() as database:
            row = database.execute(
                "SELECT id, password FROM Users WHERE username = ?", (name,)
            ).fetchone()
        if row is None or not fits(password, row[1]):
            return None
        return next((each for each in self.all() if each.number == row[0]), None)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        database = sqlite3.connect(self._path, timeout=10)
        try:
            with database:
                database.execute("PRAGMA foreign_keys = ON")
                yield database
        finally:
            database.close()


def _give(database: sqlite3.Connection, number: int, roles: Iterable[str]) -> None:
    database.execute("DELETE FROM User_Roles WHERE user_id = ?", (number,))
    for role in roles:
        database.execute("INSERT INTO User_Roles VALUES (?, ?)", (number, role))
