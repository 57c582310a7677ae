"""A request, an answer, and the refusals on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

_JSON = "application/json; charset=utf-8"


@dataclass(frozen=True)
class Request:
    """What came in; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    peer: str
    body: bytes = b""

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path).rstrip("/") or "/"

    @property
    def query(self) -> dict[str, str]:
        pairs = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {name: values[0] for name, values in pairs.items()}

    @property
    def json(self) -> dict[str, Any]:
        """The document in the body. Raises RefusedError."""
        try:
            found = json.loads(self.body or b"{}")
        except ValueError:
            raise RefusedError(HTTPStatus.BAD_REQUEST, "the body is no JSON") from None
        if not isinstance(found, dict):
            raise RefusedError(HTTPStatus.BAD_REQUEST, "the body is no JSON object")
        return found

    @property
    def visitor(self) -> str:
        """The visitor's address: whatever the header says, or else the peer's."""
        return self.headers.get("x-forwarded-for", "").split(",")[0].strip() or self.peer

    @property
    def cookies(self) -> dict[str, str]:
        """Cookies by name."""
        pairs = (each.strip().partition("=") for each in self.headers.get("cookie", "").split(";"))
        return {name: value for name, _, value in pairs if name}


@dataclass(frozen=True)
class Answer:
    """What goes out. Headers may stand several times."""

    status: HTTPStatus
    body: bytes = b""
    kind: str = _JSON
    headers: tuple[tuple[str, str], ...] = field(default_factory=tuple)


class RefusedError(Exception):
    """The request is answered with an error."""

    def __init__(self, status: HTTPStatus, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.words = words


def inside(request: Request, prefix: str) -> str:
    """The path below a module's prefix. Raises RefusedError for every other path."""
    start = f"/{prefix.strip('/')}" if prefix.strip("/") else ""
    if request.path != start and not request.path.startswith(f"{start}/"):
        raise no_route(request)
    return request.path[len(start) :]


def no_route(request: Request) -> RefusedError:
    """What every module says to an address it does not know."""
    return RefusedError(HTTPStatus.NOT_FOUND, f"no route {request.method} {request.path}")


def json_answer(
    value: Any, status: HTTPStatus = HTTPStatus.OK, headers: tuple[tuple[str, str], ...] = ()
) -> Answer:
    """A value as JSON."""
    return Answer(
        status, json.dumps(value, ensure_ascii=False, default=str).encode(), _JSON, headers
    )


def text_answer(text: str, kind: str = "text/plain; charset=utf-8") -> Answer:
    """A text."""
    return Answer(HTTPStatus.OK, text.encode(), kind)


def refused(fault: RefusedError) -> Answer:
    """An error in the product's form."""
    words = {"statusCode": int(fault.status), "error": fault.status.phrase, "message": fault.words}
    return json_answer(words, fault.status)
