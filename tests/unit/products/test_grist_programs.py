"""Service accounts of a workbench: one a program, those of people's own left alone."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.model.secret import Secret
from orchestrator.ports import WebAnswer
from orchestrator.products.grist.programs import ServiceAccounts
from orchestrator.products.trying import NotAccepted
from tests.unit.flows.test_programs import program
from tests.unit.products.test_grist_acceptance import KEY, URL, Store, subject

OWN = {"id": 1, "label": "releve", "login": "a@serviceaccounts.invalid"}


class Site:
    """Keeps accounts and rights, and shows itself to whoever has a key of its own."""

    def __init__(self) -> None:
        self.accounts: list[dict[str, Any]] = [dict(OWN)]
        self.rights: dict[str, str] = {}
        self.made = 7

    def request(self, method: str, url: str, **named: Any) -> WebAnswer:
        path = url.removeprefix(URL)
        known = named["headers"]["Authorization"].removeprefix("Bearer ")
        if path == "/api/orgs/current":
            keys = {one.get("key") for one in self.accounts}
            return WebAnswer(200 if known in keys else 401, {}, b"{}")
        assert known == KEY
        body = json.loads(named["body"]) if named.get("body") else None
        return WebAnswer(200, {}, json.dumps(self._done(method, path, body)).encode())

    def _done(self, method: str, path: str, body: Any) -> Any:
        if path == "/api/orgs/current/access":
            self.rights |= body["delta"]["users"]
            return None
        if method == "GET":
            return self.accounts
        if method == "DELETE":
            self.accounts = [one for one in self.accounts if not path.endswith(f"/{one['id']}")]
            return None
        self.made += 1
        number = self.made
        self.accounts.append({**body, "id": number, "login": f"{number}@x", "key": f"k{number}"})
        return self.accounts[-1]


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def tools(site: Site) -> Any:
    return SimpleNamespace(web=site, secrets=Store())


def test_an_account_has_an_end_and_the_right_of_the_file(site: Site, tools: Any) -> None:
    access = ServiceAccounts(subject())
    kept = access.grant(tools, program(may="write"))
    own, made = site.accounts
    assert own == OWN
    assert made["label"] == "orchestrator:releve"
    assert made["expiresAt"] == "2027-02-01T00:00:00.000Z"
    assert site.rights == {made["login"]: "editors"}
    assert access.opens(tools, program(), kept)
    assert not access.opens(tools, program(), {"key": Secret("other")})
    assert not access.opens(tools, program(), {})


def test_another_one_takes_the_place_of_the_first(site: Site, tools: Any) -> None:
    access = ServiceAccounts(subject())
    first = access.grant(tools, program())
    second = access.grant(tools, program())
    assert [access.opens(tools, program(), one) for one in (first, second)] == [False, True]
    access.withdraw(tools, "releve")
    assert not access.opens(tools, program(), second)
    assert site.accounts == [OWN]


def test_a_server_of_another_release_is_found_out(site: Site, tools: Any) -> None:
    site.accounts = [{"id": 1}]
    with pytest.raises(NotAccepted, match="does not say `label`"):
        ServiceAccounts(subject()).grant(tools, program())
