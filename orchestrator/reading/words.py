"""Pydantic's errors as faults that name what was expected in the words of a tenant file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from orchestrator.reading import suggest
from orchestrator.reading.places import Path

Found = tuple[Path, str, str]
"""Where, what is wrong, and the nearest right spelling."""

_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "keys with values",
    "model_type": "keys with values",
    "model_attributes_type": "keys with values",
    "date_type": "a day such as 2026-01-31",
    "date_parsing": "a day such as 2026-01-31",
    "date_from_datetime_parsing": "a day such as 2026-01-31",
    "date_from_datetime_inexact": "a day such as 2026-01-31",
}
_LIMITS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "greater_than_equal": lambda ctx: f"must be {ctx['ge']} or more",
    "less_than_equal": lambda ctx: f"must be {ctx['le']} or less",
    "string_too_short": lambda ctx: f"must have {ctx['min_length']} letters or more",
    "string_too_long": lambda ctx: f"must have {ctx['max_length']} letters or fewer",
    "too_short": lambda ctx: f"must have {ctx['min_length']} entries or more",
    "string_pattern_mismatch": lambda ctx: f"must look like {ctx['pattern']}",
}
_SHOWN_LIMIT = 60


def findings(model: type[BaseModel], data: Any, error: ValidationError) -> list[Found]:
    """Every fault, one for each place; `data` is what was validated."""
    found: dict[Path, Found] = {}
    for one in error.errors(include_url=False):
        path = _path(one["loc"], data)
        fault = _finding(model, path, one)
        before = found.get(path)
        found[path] = _either(before, fault, one) if before else fault
    return list(found.values())


def _path(location: tuple[str | int, ...], data: Any) -> Path:
    """The location without the names that pydantic gives to the branches of a union."""
    path: list[str | int] = []
    here = data
    for part in location:
        if isinstance(here, Mapping):
            path.append(part)
            here = here.get(part)
        elif isinstance(here, list) and isinstance(part, int):
            path.append(part)
            here = here[part] if part < len(here) else None
    return tuple(path)


def _finding(model: type[BaseModel], path: Path, one: ErrorDetails) -> Found:
    kind, given, context = one["type"], one["input"], one.get("ctx", {})
    near = ""
    if kind == "extra_forbidden":
        message, near = "unknown key", suggest.key(model, path[:-1], str(path[-1]))
    elif kind == "missing":
        message = f"is missing{_described(model, path)}"
    elif kind == "value_error":
        message = str(context["error"])
        message += _shown(given) if message.startswith("must be ") else ""
    elif kind == "literal_error":
        expected = str(context["expected"])
        message = f"must be {expected.replace(chr(39), '`')}{_shown(given)}"
        near = suggest.choice(expected, str(given))
    elif kind in _LIMITS:
        message = f"{_LIMITS[kind](context)}{_shown(given)}{_described(model, path)}"
    elif kind in _KINDS:
        message = _kind(_KINDS[kind], given)
    else:
        message = one["msg"][:1].lower() + one["msg"][1:]
    return path, message, near


def _kind(expected: str, given: Any) -> str:
    if given is None:
        return f"must be {expected}, and nothing is written there"
    if expected == "text" and not isinstance(given, list | Mapping):
        word = str(given).lower() if isinstance(given, bool) else str(given)
        return f'must be text: write "{word}" in quotes'
    return f"must be {expected}{_shown(given)}"


def _shown(given: Any) -> str:
    if isinstance(given, Mapping):
        return ""
    if isinstance(given, list | tuple):
        return ", not a list"
    text = str(given).lower() if isinstance(given, bool) else str(given)
    return f", not `{text if len(text) <= _SHOWN_LIMIT else text[:_SHOWN_LIMIT] + '…'}`"


def _described(model: type[BaseModel], path: Path) -> str:
    """The description of a field, for what has none of its own words."""
    text = suggest.description(model, path)
    return f" ({text})" if text else ""


def _either(before: Found, fault: Found, one: ErrorDetails) -> Found:
    """Of two branches of a union that both failed at one place, what to say."""
    if one["input"] is None or before[1] == fault[1]:
        return before
    return before[0], f"{before[1]}; or {fault[1]}", before[2] or fault[2]
