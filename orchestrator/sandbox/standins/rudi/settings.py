"""Reading settings: sections, names, lists, and JSON over several lines."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_SECTION = re.compile(r"\[([^\]]+)\]\s*$")
_LIST = re.compile(r"(.+?)\s*\[\]$")


class UnreadableError(ValueError):
    """The file has no meaning; the product ends with a stack trace."""


Settings = Mapping[str, Mapping[str, Any]]


def read(path: Path) -> Settings:
    """A file of settings. Raises UnreadableError, OSError."""
    return parse(path.read_text(encoding="utf-8"))


def parse(text: str) -> Settings:
    """The text of a file of settings. Raises UnreadableError."""
    found: dict[str, dict[str, Any]] = {}
    section: dict[str, Any] = found.setdefault("", {})
    lines = iter(text.splitlines())
    for raw in lines:
        line = raw.strip()
        if not line or line.startswith((";", "#")):
            continue
        if heading := _SECTION.match(line):
            section = found.setdefault(heading[1].strip(), {})
            continue
        name, equals, value = (each.strip() for each in line.partition("="))
        while value[:1] in {"{", "["} and not _complete(value):
            value += "\n" + next(lines, "}]broken")
            if value.endswith("}]broken"):
                raise UnreadableError(name)
        plain = _value(value) if equals else True
        if several := _LIST.match(name):
            section.setdefault(several[1], []).append(plain)
        else:
            section[name] = plain
    return found


def _complete(value: str) -> bool:
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def _value(text: str) -> Any:
    if text[:1] in {"{", "["}:
        return json.loads(text)
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    # An unquoted value ends where a comment would begin: passwords with these letters are cut.
    return re.split(r"(?<!\\)[;#]", text, maxsplit=1)[0].strip()
