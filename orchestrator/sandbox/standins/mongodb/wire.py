"""Messages of MongoDB's wire protocol: reading one, looking into it, answering it."""

from __future__ import annotations

import itertools
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.sandbox.standins.mongodb import bson

OP_REPLY, OP_QUERY, OP_MSG = 1, 2004, 2013
_LARGEST = 48_000_000
_CHECKSUM, _MORE_TO_COME = 1, 2
_UNDERSTOOD = 0b11 | 1 << 16
_NUMBERS = itertools.count(1)


class ProtocolError(ValueError):
    """What came is no message of ours; the connection is closed."""


@dataclass(frozen=True)
class Message:
    """One message, whole."""

    number: int
    operation: int
    raw: bytes

    @property
    def wants_no_answer(self) -> bool:
        """Whether it is a write that nobody waits for."""
        return self.operation == OP_MSG and bool(self._flags & _MORE_TO_COME)

    @property
    def forwarded(self) -> bytes:
        """As it is passed on: without flags, since every answer is waited for, and unsummed."""
        end = len(self.raw) - (4 if self._flags & _CHECKSUM else 0)
        head = struct.pack("<iiiiI", end, self.number, 0, OP_MSG, 0)
        return head + self.raw[20:end]

    @property
    def _flags(self) -> int:
        return int(struct.unpack_from("<I", self.raw, 16)[0])

    @property
    def command(self) -> dict[str, Any]:
        """The command in it. Raises ProtocolError, BrokenError."""
        if self.operation == OP_QUERY:
            return self._of_query()
        if self.operation != OP_MSG or self._flags & 0xFFFF & ~_UNDERSTOOD:
            message = f"operation {self.operation} is not served"
            raise ProtocolError(message)
        end = len(self.raw) - (4 if self._flags & _CHECKSUM else 0)
        bodies = []
        at = 20
        while at < end:
            kind, size = self.raw[at], struct.unpack_from("<i", self.raw, at + 1)[0]
            if kind not in {0, 1} or size < 5 or at + 1 + size > end:
                message = "a section that does not fit"
                raise ProtocolError(message)
            if kind == 0:
                bodies.append(self.raw[at + 1 : at + 1 + size])
            at += 1 + size
        if len(bodies) != 1:  # with two, what is checked could differ from what is done
            message = "a message has one body"
            raise ProtocolError(message)
        return bson.decode(bodies[0])

    def _of_query(self) -> dict[str, Any]:
        end = self.raw.index(b"\0", 20)
        database = self.raw[20:end].decode().partition(".")[0]
        start = end + 9
        size = struct.unpack_from("<i", self.raw, start)[0]
        return {**bson.decode(self.raw[start : start + size]), "$db": database}


def read(take: Callable[[int], bytes]) -> Message | None:
    """The next message, None at the end of the stream. Raises ProtocolError."""
    head = take(16)
    if len(head) < 16:
        return None
    length, number, _, operation = struct.unpack("<iiii", head)
    if not 16 < length <= _LARGEST:
        message = f"a message of {length} bytes"
        raise ProtocolError(message)
    body = take(length - 16)
    if len(body) < length - 16 or len(body) < 5:
        return None
    return Message(number, operation, head + body)


def answer(to: Message, document: Mapping[str, Any]) -> bytes:
    """An answer in the form of the question."""
    content = bson.encode(document)
    if to.operation == OP_QUERY:
        return _framed(OP_REPLY, to.number, struct.pack("<iqii", 8, 0, 0, 1) + content)
    return _framed(OP_MSG, to.number, struct.pack("<IB", 0, 0) + content)


def asked(document: Mapping[str, Any]) -> bytes:
    """A command as a client sends it."""
    return _framed(OP_MSG, 0, struct.pack("<IB", 0, 0) + bson.encode(document))


def _framed(operation: int, to: int, body: bytes) -> bytes:
    number = next(_NUMBERS) & 0x7FFFFFFF
    return struct.pack("<iiii", 16 + len(body), number, to, operation) + body
