"""Programs of a site: what our script is asked, and what counts as let in."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.model.secret import Secret
from orchestrator.ports import WebAnswer
from orchestrator.products.decidim.programs import ApiUsers
from tests.unit.flows.test_programs import program

HOST = "participer.essai.example"


class Site:
    """Knows what the script was asked last, and lets in who has that key and secret."""

    def __init__(self) -> None:
        self.asked: dict[str, Any] = {}
        self.status = 200

    def execute(self, namespace: str, workload: str, command: Any, stdin: Secret, _s: float) -> str:
        assert (namespace, workload) == ("essai-decidim", "deployment/web")
        assert command[-1] == "/orchestrator/runners/program.rb"
        self.asked = json.loads(stdin.reveal())
        return json.dumps({"changed": True})

    def request(self, method: str, url: str, *, headers: Any, body: bytes) -> WebAnswer:
        assert (method, url) == ("POST", f"https://{HOST}/api/sign_in")
        assert headers["Content-Type"] == "application/json"
        given = json.loads(body)["api_user"]
        known = {name: self.asked.get(name) for name in ("key", "secret")} == given
        return WebAnswer(self.status if known else 401, {}, b'{"jwt_token": "x"}' if known else b"")


@pytest.fixture
def site() -> Site:
    return Site()


def access_and_tools(site: Site) -> tuple[ApiUsers, Any]:
    subject: Any = SimpleNamespace(
        names=SimpleNamespace(namespace="essai-decidim"),
        instance=SimpleNamespace(domain=HOST),
        public_url=f"https://{HOST}",
    )
    return ApiUsers(subject), SimpleNamespace(cluster=site, web=site)


@pytest.mark.parametrize(("may", "write"), [("read", False), ("write", True)])
def test_who_may_write_is_an_administrator_and_has_an_end(
    site: Site, may: str, write: object
) -> None:
    access, tools = access_and_tools(site)
    kept = access.grant(tools, program(may=may))
    assert site.asked == {
        "host": HOST,
        "name": "releve",
        "write": write,
        "ends": "2027-02-01T00:00:00+00:00",
        "key": kept["key"].reveal(),
        "secret": kept["secret"].reveal(),
    }
    assert access.opens(tools, program(), kept)
    assert not access.opens(tools, program(), {**kept, "secret": Secret("another")})
    assert not access.opens(tools, program(), {"key": kept["key"]})
    site.status = 503
    assert not access.opens(tools, program(), kept)


def test_to_withdraw_is_to_ask_for_none(site: Site) -> None:
    access, tools = access_and_tools(site)
    access.withdraw(tools, "releve")
    assert site.asked == {"host": HOST, "name": "releve"}
