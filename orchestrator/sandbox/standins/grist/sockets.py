"""Web sockets, as far as an entrance can be tried with them: a handshake, a greeting, the end."""

from __future__ import annotations

import base64
import hashlib
import json

from orchestrator.sandbox.standins.grist.exchange import Request
from orchestrator.sandbox.standins.grist.release import NOTICE

_PROTOCOL = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE = 0x81, 0x88
_GOING_AWAY = (1001).to_bytes(2, "big")
_LONGEST_SHORT = 125


def is_wanted(request: Request) -> bool:
    """Whether the visitor asks for a socket."""
    asked = request.headers.get("upgrade", "").lower() == "websocket"
    return asked and "sec-websocket-key" in request.headers


def acceptance(request: Request) -> dict[str, str]:
    """The headers that accept one."""
    text = request.headers["sec-websocket-key"].strip() + _PROTOCOL
    digest = hashlib.sha1(text.encode(), usedforsecurity=False).digest()
    return {
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Accept": base64.b64encode(digest).decode(),
    }


def greeting() -> bytes:
    """What is said before the end; nobody works together on a document here."""
    text = json.dumps({"type": "clientConnect", "standIn": NOTICE}).encode()
    return _frame(_TEXT, text) + _frame(_CLOSE, _GOING_AWAY)


def _frame(kind: int, content: bytes) -> bytes:
    length = len(content)
    head = bytes([kind, length]) if length <= _LONGEST_SHORT else bytes([kind, 126])
    further = b"" if length <= _LONGEST_SHORT else length.to_bytes(2, "big")
    return head + further + content
