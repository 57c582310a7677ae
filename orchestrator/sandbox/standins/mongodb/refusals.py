"""Refusals as the product words them."""

from __future__ import annotations

from typing import Any

BAD_VALUE = 2
USER_NOT_FOUND = 11
UNAUTHORIZED = 13
AUTHENTICATION_FAILED = 18
ROLE_NOT_FOUND = 31
USER_EXISTS = 51003
HOST_UNREACHABLE = 6

_NAMES = {
    BAD_VALUE: "BadValue",
    USER_NOT_FOUND: "UserNotFound",
    UNAUTHORIZED: "Unauthorized",
    AUTHENTICATION_FAILED: "AuthenticationFailed",
    ROLE_NOT_FOUND: "RoleNotFound",
    USER_EXISTS: "Location51003",
    HOST_UNREACHABLE: "HostUnreachable",
}


def refusal(code: int, words: str) -> dict[str, Any]:
    """The document that says no."""
    return {"ok": 0.0, "errmsg": words, "code": code, "codeName": _NAMES[code]}
