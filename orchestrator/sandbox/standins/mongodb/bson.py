"""As much of BSON as commands of the handshake and of user management need.

Values of other types are stepped over by their length, so that every document can be looked at.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

_FIXED = {0x01: 8, 0x07: 12, 0x08: 1, 0x09: 8, 0x10: 4, 0x11: 8, 0x12: 8, 0x13: 16}
_EMPTY = frozenset({0x06, 0x0A, 0x7F, 0xFF})
_DEEPEST = 100


class BrokenError(ValueError):
    """The bytes are no document, or one that says a thing twice."""


class Opaque(bytes):
    """A value that is carried but not understood."""


def decode(data: bytes) -> dict[str, Any]:
    """A whole document. Raises BrokenError, also when a name stands in it twice.

    Two readers may disagree about which of two equal names counts; so there is no such document.
    """
    try:
        found, end = _document(data, 0, 0)
    except (struct.error, IndexError, UnicodeDecodeError) as fault:
        raise BrokenError(str(fault)) from fault
    if end != len(data):
        message = "bytes after the end"
        raise BrokenError(message)
    return found


def encode(document: Mapping[str, Any]) -> bytes:
    """A document of plain values."""
    body = b"".join(_element(name, value) for name, value in document.items())
    return struct.pack("<i", len(body) + 5) + body + b"\0"


def _document(data: bytes, start: int, depth: int) -> tuple[dict[str, Any], int]:
    end = start + _length(data, start)
    if depth > _DEEPEST or end > len(data) or data[end - 1] != 0:
        message = "a document that does not end"
        raise BrokenError(message)
    found: dict[str, Any] = {}
    at = start + 4
    while at < end - 1:
        kind = data[at]
        name, at = _name(data, at + 1)
        if name in found:
            message = f"twice: {name}"
            raise BrokenError(message)
        found[name], at = _value(data, at, kind, depth)
    if at != end - 1:
        message = "a value that leaves its document"
        raise BrokenError(message)
    return found, end


def _value(data: bytes, at: int, kind: int, depth: int) -> tuple[Any, int]:
    if kind in {0x03, 0x04}:
        inner, end = _document(data, at, depth + 1)
        return (inner if kind == 0x03 else list(inner.values())), end
    if kind == 0x02:
        size = _length(data, at)
        return data[at + 4 : at + 3 + size].decode(), at + 4 + size
    if kind == 0x05:
        size = _length(data, at)
        return data[at + 5 : at + 5 + size], at + 5 + size
    if kind in _FIXED:
        end = at + _FIXED[kind]
        return _fixed(kind, data[at:end]), end
    if kind in _EMPTY:
        return None, at
    return _stepped_over(data, at, kind)


def _fixed(kind: int, raw: bytes) -> Any:
    if kind == 0x08:
        return raw != b"\0"
    if kind in {0x01, 0x10, 0x12}:
        return struct.unpack({0x01: "<d", 0x10: "<i", 0x12: "<q"}[kind], raw)[0]
    return Opaque(raw)


def _stepped_over(data: bytes, at: int, kind: int) -> tuple[Opaque, int]:
    if kind == 0x0B:
        end = _name(data, _name(data, at)[1])[1]
    elif kind in {0x0D, 0x0E}:
        end = at + 4 + _length(data, at)
    elif kind == 0x0F:
        end = at + _length(data, at)
    elif kind == 0x0C:
        end = at + 4 + _length(data, at) + 12
    else:
        message = f"unknown type {kind}"
        raise BrokenError(message)
    return Opaque(data[at:end]), end


def _length(data: bytes, at: int) -> int:
    size = int(struct.unpack_from("<i", data, at)[0])
    if size < 0 or at + size > len(data):
        message = "a length beyond the end"
        raise BrokenError(message)
    return size


def _name(data: bytes, at: int) -> tuple[str, int]:
    end = data.find(b"\0", at)
    if end < 0:
        message = "a name without an end"
        raise BrokenError(message)
    return data[at:end].decode(), end + 1


def _element(name: str, value: Any) -> bytes:
    kind, raw = _encoded(value)
    return bytes([kind]) + name.encode() + b"\0" + raw


def _encoded(value: Any) -> tuple[int, bytes]:  # noqa: PLR0911 - one line a type
    match value:
        case None:
            return 0x0A, b""
        case bool():
            return 0x08, b"\1" if value else b"\0"
        case int():
            small = -(2**31) <= value < 2**31
            return (0x10, struct.pack("<i", value)) if small else (0x12, struct.pack("<q", value))
        case float():
            return 0x01, struct.pack("<d", value)
        case str():
            raw = value.encode()
            return 0x02, struct.pack("<i", len(raw) + 1) + raw + b"\0"
        case bytes():
            return 0x05, struct.pack("<i", len(value)) + b"\0" + value
        case datetime():
            since = value.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
            return 0x09, struct.pack("<q", int(since.total_seconds() * 1000))
        case Mapping():
            return 0x03, encode(value)
        case _:
            return 0x04, encode({str(at): each for at, each in enumerate(value)})
