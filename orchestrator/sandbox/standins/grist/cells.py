"""Values of cells: as SQLite keeps them, and as the API tells them."""

from __future__ import annotations

import json
from typing import Any

DEFAULTS = {"Text": "", "Choice": "", "Numeric": 0, "Int": 0, "Bool": 0, "Ref": 0}
STORAGE = {"Numeric": "NUMERIC", "Int": "INTEGER", "Bool": "BOOLEAN", "Ref": "INTEGER"}
_ERROR = b"E"


def base(kind: str) -> str:
    """The type without what it refers to: `Ref:People` is `Ref`."""
    return kind.partition(":")[0]


def storage(kind: str) -> str:
    """The type of the column in SQLite."""
    return STORAGE.get(base(kind), "TEXT" if base(kind) in {"Text", "Choice"} else "BLOB")


def default(kind: str) -> Any:
    """What a new cell holds."""
    return DEFAULTS.get(base(kind))


def kept(value: Any) -> Any:
    """A value of the API as SQLite takes it."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False).encode()
    return value


def fault(error: Exception) -> bytes:
    """A formula that failed."""
    return _ERROR + type(error).__name__.encode()


def failed(value: Any) -> str | None:
    """The name of the fault, when the cell holds one."""
    is_fault = isinstance(value, bytes) and value.startswith(_ERROR)
    return value[len(_ERROR) :].decode() if is_fault else None


def shown(value: Any, kind: str) -> Any:
    """A value of SQLite as the API tells it."""
    if failed(value) is not None:
        return None
    if isinstance(value, bytes):
        return json.loads(value)
    if base(kind) == "Bool" and value in (0, 1):
        return bool(value)
    return value


def computed(value: Any) -> Any:
    """The result of a formula as the API tells it; lists say that they are lists."""
    return ["L", *value] if isinstance(value, list | tuple) else value
