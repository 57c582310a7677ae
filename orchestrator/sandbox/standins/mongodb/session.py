"""One connection: who it is, and whether what it asks may pass."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from orchestrator.sandbox.standins.mongodb import administration
from orchestrator.sandbox.standins.mongodb.refusals import (
    AUTHENTICATION_FAILED,
    BAD_VALUE,
    UNAUTHORIZED,
    refusal,
)
from orchestrator.sandbox.standins.mongodb.scram import (
    MECHANISM,
    Exchange,
    RefusedError,
    first_words,
)
from orchestrator.sandbox.standins.mongodb.users import User, Users

NOTICE = "Stand-in for MongoDB 7: nothing here is the real product."
VERSION = "7.0.0"
_NEWEST_WIRE = 21
_FREE = frozenset({"ping", "endSessions", "killSessions", "refreshSessions", "getLastError"})
_READING = frozenset(
    {
        *("find", "getMore", "killCursors", "aggregate", "count", "distinct", "listCollections"),
        *("listIndexes", "collStats", "dbStats", "dbstats", "collstats", "explain"),
    }
)
_ELSEWHERE = frozenset({"renameCollection", "listDatabases", "bulkWrite", "serverStatus"})


class Session:
    """What one connection has proven until now."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self._exchange: Exchange | None = None
        self._candidate: User | None = None
        self._proven = False
        self._skips_last = False
        self.user: User | None = None

    def answer(self, command: Mapping[str, Any]) -> dict[str, Any] | None:
        """The answer of the front, or None when the database shall answer."""
        name = next(iter(command))
        database = str(command.get("$db", ""))
        if (own := self._answered_to_anybody(name, database, command)) is not None:
            return own
        if self.user is None:
            return refusal(UNAUTHORIZED, f"Command {name} requires authentication")
        user = self._users.find(self.user.database, self.user.name)  # it may be gone by now
        if name in administration.COMMANDS:
            return administration.answer(self._users, user, command)
        return {"ok": 1.0} if name in _FREE else self._judged(user, name, database, command)

    def _answered_to_anybody(
        self, name: str, database: str, command: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        match name:
            case "hello" | "Hello" | "isMaster" | "ismaster":
                found = self._greeting(command)
            case "saslStart":
                found = self._begin(command, database)
            case "saslContinue":
                found = self._go_on(command)
            case "buildInfo" | "buildinfo":
                numbers = [int(each) for each in VERSION.split(".")]
                found = {"version": VERSION, "versionArray": [*numbers, 0], "standIn": NOTICE}
            case "connectionStatus":
                found = self._status()
            case "logout":
                self.user = None
                found = {}
            case _:
                return None
        return {"ok": 1.0, **found}

    def _judged(
        self, user: User | None, name: str, database: str, command: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        right = "read" if name in _READING else "write"
        if name in _ELSEWHERE or database in {"admin", "local", "config", ""}:
            right = "root"
        if name == "aggregate" and _writes(command):
            right = "write"
        if user is None or not user.may(database, right):
            return refusal(UNAUTHORIZED, f"not authorized on {database} to execute command {name}")
        if right != "root" and not user.may(database, "root") and _names_another(command, database):
            return refusal(UNAUTHORIZED, "a command that names another database is not looked into")
        return None

    def _greeting(self, command: Mapping[str, Any]) -> dict[str, Any]:
        found = {
            "ismaster": True,
            "isWritablePrimary": True,
            "helloOk": True,
            "maxBsonObjectSize": 16 * 2**20,
            "maxMessageSizeBytes": 48_000_000,
            "maxWriteBatchSize": 100_000,
            "localTime": datetime.now(UTC),
            "logicalSessionTimeoutMinutes": 30,
            "minWireVersion": 0,
            "maxWireVersion": _NEWEST_WIRE,
            "readOnly": False,
            "standIn": NOTICE,
            "ok": 1.0,
        }
        if "saslSupportedMechs" in command:
            found["saslSupportedMechs"] = [MECHANISM]
        return found

    def _status(self) -> dict[str, Any]:
        users = [{"user": self.user.name, "db": self.user.database}] if self.user else []
        return {"authInfo": {"authenticatedUsers": users}, "ok": 1.0}

    def _begin(self, command: Mapping[str, Any], database: str) -> dict[str, Any]:
        self._proven, self._exchange, self.user = False, None, None
        if command.get("mechanism") != MECHANISM:
            return refusal(BAD_VALUE, f"Received authentication for mechanism other: {MECHANISM}")
        try:
            name, bare = first_words(bytes(command.get("payload", b"")))
            self._candidate = self._users.find(database, name)
            kept = self._candidate.credential if self._candidate else None
            self._exchange = Exchange(kept or self._users.stranger(database, name), bare)
        except (RefusedError, TypeError):
            return refusal(AUTHENTICATION_FAILED, "Authentication failed.")
        options = command.get("options")
        self._skips_last = isinstance(options, Mapping) and bool(options.get("skipEmptyExchange"))
        return _step(self._exchange.first, done=False)

    def _go_on(self, command: Mapping[str, Any]) -> dict[str, Any]:
        exchange, self._exchange = self._exchange, None
        if self._proven:
            self._proven, self.user = False, self._candidate
            return _step("", done=True)
        try:
            if exchange is None:
                raise RefusedError
            words = exchange.last(bytes(command.get("payload", b"")))
            if self._candidate is None:
                raise RefusedError
        except (RefusedError, TypeError):
            return refusal(AUTHENTICATION_FAILED, "Authentication failed.")
        if self._skips_last:
            self.user = self._candidate
        else:
            self._proven = True
        return _step(words, done=self._skips_last)


def _step(words: str, *, done: bool) -> dict[str, Any]:
    return {"conversationId": 1, "done": done, "payload": words.encode(), "ok": 1.0}


def _stages(command: Mapping[str, Any]) -> list[Any]:
    stages = command.get("pipeline", [])
    return stages if isinstance(stages, list) else []


def _writes(command: Mapping[str, Any]) -> bool:
    return any(
        isinstance(each, Mapping) and each.keys() & {"$out", "$merge"} for each in _stages(command)
    )


def _names_another(value: Any, database: str) -> bool:
    """Whether a stage of a pipeline says `db`, at any depth."""
    if isinstance(value, Mapping):
        own = isinstance(value.get("db"), str) and value["db"] != database
        return own or any(_names_another(each, database) for each in value.values())
    return isinstance(value, list) and any(_names_another(each, database) for each in value)
