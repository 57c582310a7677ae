"""A request as the server sees it, an answer, and a refusal."""

from __future__ import annotations

import email
import email.policy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit


class RefusedError(Exception):
    """An answer of the API that is no success."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = HTTPStatus(status)
        self.message = message


class Upload(NamedTuple):
    """A file of a form."""

    name: str
    kind: str
    content: bytes


@dataclass(frozen=True)
class Request:
    """What came in; header names in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def path(self) -> str:
        return unquote(urlsplit(self.target).path).rstrip("/") or "/"

    @property
    def query(self) -> Mapping[str, str]:
        found = parse_qs(urlsplit(self.target).query, keep_blank_values=True)
        return {name: values[0] for name, values in found.items()}

    @property
    def form(self) -> Mapping[str, str]:
        found = parse_qs(self.body.decode("utf-8", "replace"), keep_blank_values=True)
        return {name: values[0] for name, values in found.items()}

    @property
    def json(self) -> Any:
        """The body. Raises RefusedError."""
        try:
            return json.loads(self.body or b"{}")
        except ValueError:
            raise RefusedError(400, "Invalid JSON in the body") from None

    @property
    def fields(self) -> Mapping[str, Any]:
        """The body as an object. Raises RefusedError."""
        if not isinstance(found := self.json, dict):
            raise RefusedError(400, "The body is not an object")
        return found

    @property
    def uploads(self) -> list[Upload]:
        """The files of a form."""
        head = f"Content-Type: {self.headers.get('content-type', '')}\r\n\r\n".encode()
        message = email.message_from_bytes(head + self.body, policy=email.policy.HTTP)
        parts = message.iter_parts() if message.is_multipart() else ()
        return [
            Upload(name, part.get_content_type(), bytes(part.get_payload(decode=True) or b""))
            for part in parts
            if (name := part.get_filename())
        ]

    @property
    def origin(self) -> str:
        """Scheme and host as the visitor wrote them."""
        scheme = self.headers.get("x-forwarded-proto", "http").split(",")[0].strip()
        return f"{scheme}://{self.headers.get('host', '')}"

    def cookie(self, name: str) -> str:
        """The value of a cookie, or nothing."""
        try:
            found = SimpleCookie(self.headers.get("cookie", ""))
        except CookieError:
            return ""
        return unquote(found[name].value) if name in found else ""


@dataclass(frozen=True)
class Answer:
    """What goes out."""

    status: HTTPStatus = HTTPStatus.OK
    body: bytes | str = ""
    kind: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def told(value: Any, status: int = 200) -> Answer:
    """A value in JSON."""
    body = json.dumps(value, ensure_ascii=False, default=str)
    return Answer(HTTPStatus(status), body, "application/json; charset=utf-8")


def plain(body: str, status: int = 200) -> Answer:
    """Text and nothing else."""
    return Answer(HTTPStatus(status), body, "text/plain; charset=utf-8")


def nothing() -> Answer:
    """Done, and no more to say."""
    return Answer(HTTPStatus.NO_CONTENT)


def redirect(location: str) -> Answer:
    """Send the visitor elsewhere."""
    return Answer(HTTPStatus.FOUND, headers={"Location": location})
