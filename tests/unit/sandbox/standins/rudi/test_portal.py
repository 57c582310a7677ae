"""A node that is registered with a portal: its login, and what it tells."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.unit.sandbox.standins.rudi.dataset import catalog_token, published
from tests.unit.sandbox.standins.rudi.node import Maker


class Portal(BaseHTTPRequestHandler):
    """Gives a token to one login, and keeps what it is told."""

    told: list[tuple[str, str, str, Any]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        if self.path == "/oauth/token":
            form = parse_qs(body)
            right = (form["username"], form["password"]) == (["node"], ["p&ssword"])
            self._answer(200 if right else 401, {"access_token": "t"})
            return
        token = self.headers.get("Authorization", "")
        self.told.append((self.command, self.path, token, json.loads(body or "{}")))
        self._answer(200, {})

    do_PUT = do_DELETE = do_POST  # noqa: N815 - the names are the server's

    def log_message(self, *_: object) -> None:
        pass

    def _answer(self, status: int, content: Any) -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())


@pytest.fixture
def portal() -> Iterator[HTTPServer]:
    Portal.told = []
    server = HTTPServer(("127.0.0.1", 0), Portal)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def _encoded(password: str) -> str:
    return base64.b64encode(password.encode()).decode()


def test_what_is_published_is_told_and_can_be_taken_back(
    make_node: Maker, portal: HTTPServer
) -> None:
    url = f"http://127.0.0.1:{portal.server_address[1]}"
    login = {"PORTAL_URL": url, "PORTAL_USER": "node", "PORTAL_PASS": _encoded("p&ssword")}
    node = make_node(**login).start(wait_for=("/manager/conf",))
    token = catalog_token(node)
    found = node.ask("GET", "/catalog/admin/portal/token", None, token)
    assert found.json == {"token": "t"}
    wanted = published(node)
    ends = time.monotonic() + 5
    while not Portal.told and time.monotonic() < ends:
        time.sleep(0.02)
    method, path, bearer, document = Portal.told[0]
    assert (method, path, bearer) == ("POST", "/kalim/v1/resources", "Bearer t")
    assert document["global_id"] == wanted["global_id"]
    address = f"/catalog/admin/portal/resources/{wanted['global_id']}"
    assert node.ask("DELETE", address, None, token).status == 200
    assert Portal.told[-1][:2] == ("DELETE", f"/kalim/v1/resources/{wanted['global_id']}")


@pytest.mark.parametrize(
    ("url", "password", "status"),
    [
        ("0", "0", 501),
        ("there", _encoded("wrong"), 502),
        ("there", "a", 500),  # what is no base64 is found out here, and not at the start
        ("http://[::1]:9", _encoded("x"), 502),
    ],
)
def test_a_portal_that_cannot_be_asked(
    make_node: Maker, portal: HTTPServer, url: str, password: str, status: int
) -> None:
    there = f"http://127.0.0.1:{portal.server_address[1]}"
    node = make_node(
        PORTAL_URL=url.replace("there", there),
        PORTAL_USER="node",
        PORTAL_PASS=password,
        PORTAL_MAX_RETRIES="1",
        PORTAL_INITIAL_DELAY="10",
        ENABLE_STORAGE="false",
    ).start(wait_for=("/catalog/version", "/manager/api/open/test"))
    found = node.ask("GET", "/catalog/admin/portal/token", None, catalog_token(node))
    assert found.status == status, found.body
