"""SQL over the API: questions to one document, and nothing else."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from orchestrator.sandbox.standins.grist.exchange import RefusedError

_LONGEST_MS = 1000
_STEPS = 5000
_ALLOWED = frozenset(
    {
        *(sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ),
        *(sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE),
    }
)
_UNWANTED = frozenset({"load_extension", "fts3_tokenizer", "readfile", "writefile"})


def asked(path: Path, statement: str, values: Sequence[Any], timeout_ms: int) -> list[Any]:
    """The rows of a question. Raises RefusedError."""
    words = statement.strip().rstrip(";").strip()
    if ";" in words or not words.lower().startswith(("select", "with")):
        raise RefusedError(400, "only select statements are supported")
    until = time.monotonic() + min(timeout_ms, _LONGEST_MS) / 1000
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        connection.set_authorizer(_may)
        connection.set_progress_handler(lambda: int(time.monotonic() > until), _STEPS)
        cursor = connection.execute(words, tuple(values))
        names = [each[0] for each in cursor.description or ()]
        return [{"fields": _shown(names, row)} for row in cursor.fetchall()]
    except (sqlite3.Error, sqlite3.Warning) as fault:
        if time.monotonic() > until:
            raise RefusedError(400, "a slow statement resulted in a database interrupt") from None
        raise RefusedError(400, str(fault)) from None
    finally:
        connection.close()


def _may(action: int, _first: str | None, second: str | None, *_: object) -> int:
    allowed = action in _ALLOWED and str(second).lower() not in _UNWANTED
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _shown(names: Sequence[str], row: Sequence[Any]) -> dict[str, Any]:
    values = (each.decode("utf-8", "replace") if isinstance(each, bytes) else each for each in row)
    return dict(zip(names, values, strict=True))
