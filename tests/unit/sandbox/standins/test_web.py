"""The second health page, behind a token."""

from __future__ import annotations

import http.client
import io
import socket

import pytest

from orchestrator.sandbox.standins.decidim import web
from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.log import Log
from orchestrator.sandbox.standins.decidim.release import RELEASES


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


@pytest.mark.parametrize(
    ("token", "status"),
    [("wrong", 404), ("right", 500)],  # with the token it is looked, and there is no database
)
def test_the_second_health_page_asks_for_its_token(token: str, status: int) -> None:
    port = free_port()
    values = {
        "PUMA_HEALTH_CHECK_ENABLED": "true",
        "PUMA_HEALTH_CHECK_TOKEN": "right",
        "PUMA_HEALTH_CHECK_PORT": str(port),
    }
    server = web._health_server(
        Environment(values), RELEASES["0.31.5"], Log(io.StringIO()), "127.0.0.1"
    )
    assert server is not None
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", f"/?token={token}")
        assert connection.getresponse().status == status
        connection.close()
    finally:
        server.shutdown()
        server.server_close()
