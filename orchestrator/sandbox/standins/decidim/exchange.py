"""A request as the product's middleware sees it, and an answer."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from orchestrator.sandbox.standins.decidim.environment import Environment


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
        path = urlsplit(self.target).path
        return path.rstrip("/") or "/"

    @property
    def query(self) -> Mapping[str, str]:
        return _first_of(urlsplit(self.target).query)

    @property
    def form(self) -> Mapping[str, str]:
        return _first_of(self.body.decode("utf-8", "replace"))

    @property
    def secure(self) -> bool:
        """Whether the visitor came by TLS, as the entrance tells."""
        return self.headers.get("x-forwarded-proto", "").split(",")[0].strip() == "https"

    def host(self, environment: Environment) -> str:
        """The host without its port; the forwarded one only where it is believed."""
        believed = environment.enabled("DECIDIM_FOLLOW_HTTP_X_FORWARDED_HOST")
        forwarded = self.headers.get("x-forwarded-host", "") if believed else ""
        text = forwarded.split(",")[-1].strip() or self.headers.get("host", "")
        return text.partition(":")[0].lower()

    @property
    def visitor(self) -> str:
        """The visitor's address: the last one that is no proxy of ours."""
        if not _is_proxy(self.peer):
            return self.peer
        forwarded = [each.strip() for each in self.headers.get("x-forwarded-for", "").split(",")]
        known = [each for each in forwarded if each]
        strangers = [each for each in known if not _is_proxy(each)]
        return next(iter(strangers[-1:] or known[:1]), self.peer)


@dataclass(frozen=True)
class Answer:
    """What goes out."""

    status: HTTPStatus
    body: str = ""
    kind: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


def redirect(location: str, status: HTTPStatus = HTTPStatus.FOUND) -> Answer:
    """Send the visitor elsewhere."""
    return Answer(status, headers={"Location": location})


def allowed(visitor: str, networks: tuple[str, ...]) -> bool:
    """Whether a list of addresses lets the visitor in; an empty list lets everybody in."""
    if not networks:
        return True
    try:
        address = ipaddress.ip_address(visitor)
    except ValueError:
        return False
    return any(address in ipaddress.ip_network(each, strict=False) for each in networks)


def _is_proxy(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:
        return address == "localhost"


def _first_of(text: str) -> Mapping[str, str]:
    return {name: values[0] for name, values in parse_qs(text, keep_blank_values=True).items()}
