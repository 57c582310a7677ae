"""Reads the plain YAML that tenant files are written in, twenty times as fast as the full reader.

It knows block mappings, block lists, one-line flow lists and mappings, and scalars on one line. At
anything else, a fault included, it gives up with None and the full reader has the word; so it
never has to explain anything, and must only never be wrong. A test holds the two together.
"""

from __future__ import annotations

import re
from typing import Any

from orchestrator.reading.scalars import plain, trap

_KEY = r"[A-Za-z_][A-Za-z0-9_.\-]*"
_UNSEEN = r"\x00-\x1f\x7f-\x9f\ufeff\u2028\u2029"
_START, _STOP = r"[A-Za-z0-9_À-ɏ/+(.~]", r"(?!: |:$| #)"
_PLAIN_IN_BLOCK = rf"{_START}(?:{_STOP}[^{_UNSEEN}])*"
_PLAIN_IN_FLOW = rf"{_START}(?:{_STOP}[^{_UNSEEN},\[\]{{}}?])*"
_SINGLE = rf"'(?:[^'{_UNSEEN}]|'')*'"
_DOUBLE = rf'"[^"\\{_UNSEEN}]*"'
_ENTRY = re.compile(rf"({_KEY}):(?: +(.*))?")
_COMMENT = re.compile(r"(?: +#.*)?")
_SCALAR = re.compile(rf"({_SINGLE})|({_DOUBLE})|({_PLAIN_IN_BLOCK})")
_TOKEN = re.compile(
    rf" *(?:([\[\]{{}},])|({_KEY}):(?= )|({_SINGLE})|({_DOUBLE})|({_PLAIN_IN_FLOW}))"
)
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ufeff\u2028\u2029]")


class _GiveUpError(Exception):
    """Not plain enough."""


def read(text: str, *, depth: int) -> Any:
    """The data, or None when the full reader must look."""
    if _CONTROL.search(text):
        return None
    lines = []
    for line in text.split("\n"):
        body = line.lstrip(" ")
        if body and not body.startswith("#"):
            lines.append((len(line) - len(body), body.rstrip(" ")))
    try:
        reader = _Reader(lines, depth)
        data = reader.block(0, 1)
        return data if reader.at == len(lines) else None
    except _GiveUpError:
        return None


class _Reader:
    """Walks over the lines; each is its indentation and its text."""

    def __init__(self, lines: list[tuple[int, str]], depth: int) -> None:
        self.lines = lines
        self.at = 0
        self.depth = depth

    def block(self, indent: int, level: int) -> Any:
        """The mapping or list whose lines stand at this indentation."""
        if level > self.depth or self.at >= len(self.lines):
            raise _GiveUpError
        first = self.lines[self.at][1]
        return self._list(indent, level) if first.startswith("- ") else self._map(indent, level)

    def _map(self, indent: int, level: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self.at < len(self.lines):
            depth, body = self.lines[self.at]
            if depth < indent:
                break
            match = _ENTRY.fullmatch(body)
            if depth != indent or match is None or match[1] in found:
                raise _GiveUpError
            self.at += 1
            found[match[1]] = self._value(match[2] or "", indent, level)
        return found

    def _list(self, indent: int, level: int) -> list[Any]:
        found: list[Any] = []
        while self.at < len(self.lines):
            depth, body = self.lines[self.at]
            if depth < indent or (depth == indent and not body.startswith("- ")):
                break
            if depth != indent:
                raise _GiveUpError
            rest = body[2:]
            item = rest.lstrip(" ")
            if item.startswith("- "):
                raise _GiveUpError
            if _ENTRY.fullmatch(item):
                inner = indent + 2 + len(rest) - len(item)
                self.lines[self.at] = (inner, item)
                found.append(self._map(inner, level + 1))
            else:
                self.at += 1
                found.append(self._inline(item, level))
        return found

    def _value(self, text: str, indent: int, level: int) -> Any:
        if text and not text.startswith("#"):
            return self._inline(text, level)
        if self.at >= len(self.lines):
            return None
        depth, body = self.lines[self.at]
        if depth > indent or (depth == indent and body.startswith("- ")):
            return self.block(depth, level + 1)
        return None

    def _inline(self, text: str, level: int) -> Any:
        """A scalar or a flow value that ends on this line; nothing may continue it."""
        if text[0] in "[{":
            return _Flow(text, self.depth - level).value()
        match = _SCALAR.match(text)
        if match is None or not _COMMENT.fullmatch(text, match.end()):
            raise _GiveUpError
        return _scalar(match[1], match[2], match[3])


class _Flow:
    """A list or mapping in brackets on one line."""

    def __init__(self, text: str, depth: int) -> None:
        self.text = text
        self.at = 0
        self.depth = depth

    def value(self) -> Any:
        """The whole of it, with nothing after it but a comment."""
        found = self._item(self._next(), 1)
        if not _COMMENT.fullmatch(self.text, self.at):
            raise _GiveUpError
        return found

    def _next(self) -> re.Match[str]:
        match = _TOKEN.match(self.text, self.at)
        if match is None:
            raise _GiveUpError
        self.at = match.end()
        return match

    def _item(self, token: re.Match[str], level: int) -> Any:
        if level > self.depth:
            raise _GiveUpError
        if token[1] == "[":
            return self._list(level)
        if token[1] == "{":
            return self._map(level)
        if token[1] or token[2]:
            raise _GiveUpError
        return _scalar(token[3], token[4], token[5])

    def _list(self, level: int) -> list[Any]:
        found: list[Any] = []
        token = self._next()
        while token[1] != "]":
            found.append(self._item(token, level + 1))
            token = self._after("]")
        return found

    def _map(self, level: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        token = self._next()
        while token[1] != "}":
            if not token[2] or token[2] in found:
                raise _GiveUpError
            found[token[2]] = self._item(self._next(), level + 1)
            token = self._after("}")
        return found

    def _after(self, end: str) -> re.Match[str]:
        """The token after an item: the end, or what follows the comma."""
        token = self._next()
        if token[1] == ",":
            token = self._next()
            if token[1] == end:
                raise _GiveUpError
        elif token[1] != end:
            raise _GiveUpError
        return token


def _scalar(single: str | None, double: str | None, bare: str | None) -> Any:
    if single is not None:
        return single[1:-1].replace("''", "'")
    if double is not None:
        return double[1:-1]
    word = (bare or "").rstrip(" ")
    if trap(word):
        raise _GiveUpError
    return plain(word)
