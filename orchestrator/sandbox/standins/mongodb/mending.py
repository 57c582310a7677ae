"""Where the database behind answers otherwise than the product would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.sandbox.standins.mongodb import wire

_THERE_ALREADY = "constraint failed"


def mended(command: Mapping[str, Any], asked: wire.Message, answer: wire.Message) -> bytes:
    """The answer as it goes out.

    A text index that is made again over documents fails behind, since each of them stands in it
    already; in the product that is no fault, and a client asks for its indexes at every start.
    """
    if next(iter(command)) == "createIndexes" and _is_text(command.get("indexes")):
        said = answer.command
        if said.get("ok") != 1 and _THERE_ALREADY in str(said.get("errmsg")):
            return wire.answer(asked, {"ok": 1.0, "note": "all indexes already exist"})
    return answer.raw


def _is_text(indexes: Any) -> bool:
    return isinstance(indexes, list) and any(
        isinstance(each, Mapping) and "text" in dict(each.get("key", {})).values()
        for each in indexes
    )
