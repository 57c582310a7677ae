"""A database that is about to be masked, asked inside the pod of its server.

It holds what people wrote, so no message of it may: a fault is told by its code alone, and the
server writes no statement, value or row into its log.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from typing import Any

from orchestrator.ports import Cluster
from orchestrator.recovery import columns
from orchestrator.recovery.columns import Column
from orchestrator.recovery.masking import CLEANING
from orchestrator.recovery.postgresql import SERVER

DUMP = "/var/lib/postgresql/data/searched.sql"
_QUIET = "set log_min_messages = panic; set log_min_error_statement = panic;"
_CONNECTED = ("-h", "/run/postgresql", "-U", "postgres", "-d")
_ASK_S = 600.0
_WORK_S = 6 * 3600.0
_AT_ONCE = 20
"""Statements that are asked in one session; each yields up to 5,000 values."""
_CHUNK = 6 * 1024**2
# A piece of a file, encoded, since a letter of several bytes may be cut.
_PIECE = 'tail -c "+$1" "$0" | head -c "$2" | base64 -w 0'


class MaskedDatabase:
    """One clone's database, by its name within the server of a namespace."""

    def __init__(self, cluster: Cluster, namespace: str, database: str) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._database = database

    def columns(self) -> tuple[Column, ...]:
        """What the database really has."""
        return columns.read(self._asked(columns.STATEMENT))

    def size(self) -> int:
        """Bytes on disk."""
        return int(self._asked("select pg_database_size(current_database())"))

    def schema(self) -> str:
        """Names of tables and columns, and all else that is there without any row."""
        command = ["pg_dump", "--schema-only", *_CONNECTED, self._database]
        return self._run(command, timeout_s=_ASK_S)

    def values(self, statements: Sequence[str]) -> Iterator[str]:
        """Every text of the lists that the statements yield."""
        for start in range(0, len(statements), _AT_ONCE):
            # Each answer is one line: what is no letter in a text of JSON is written as an escape.
            for line in self._psql(statements[start : start + _AT_ONCE], _ASK_S).split("\n"):
                yield from json.loads(line or "[]")

    def mask(self, statements: Sequence[str]) -> None:
        """All of it or nothing."""
        self._psql(("begin", *statements, "commit"))

    def clean(self) -> None:
        """Remove what the old values left behind in the database, each statement on its own."""
        self._psql(CLEANING)

    def dump(self) -> Iterator[bytes]:
        """All of it as text, in pieces; nothing of it stays on the volume."""
        try:
            self._run(["pg_dump", *_CONNECTED, self._database, "-f", DUMP], timeout_s=_WORK_S)
            start = 1
            while piece := self._piece(start):
                yield piece
                start += len(piece)
        finally:
            self._run(["rm", "-f", DUMP], timeout_s=_ASK_S)

    def _piece(self, start: int) -> bytes:
        command = ["bash", "-c", _PIECE, DUMP, str(start), str(_CHUNK)]
        return base64.b64decode(self._run(command, timeout_s=_ASK_S))

    def _asked(self, statement: str) -> str:
        return self._psql((statement,), _ASK_S).strip()

    def _psql(self, statements: Sequence[str], timeout_s: float = _WORK_S) -> str:
        command = ["psql", "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1"]
        command += ["-v", "VERBOSITY=sqlstate", "-v", "SHOW_CONTEXT=never"]
        command += [*_CONNECTED, self._database, "-f", "-"]
        script = "\n".join((_QUIET, *(f"{statement};" for statement in statements)))
        return self._run(command, script, timeout_s)

    def _run(self, command: list[str], stdin: str | None = None, timeout_s: float = _ASK_S) -> str:
        said: Any = self._cluster.execute(self._namespace, SERVER, command, stdin, timeout_s)
        return str(said)
