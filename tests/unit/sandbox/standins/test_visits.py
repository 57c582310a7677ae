"""The pages of an organisation's site, without a database."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import pytest

from orchestrator.sandbox.standins.decidim import cache
from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.exchange import Request
from orchestrator.sandbox.standins.decidim.log import Log
from orchestrator.sandbox.standins.decidim.release import RELEASES
from orchestrator.sandbox.standins.decidim.site import Site


class Database:
    """One organisation, and no participants."""

    def __init__(self, organization: dict[str, Any]) -> None:
        self._organization = organization

    def rows(self, query: str, *_: object) -> list[dict[str, Any]]:
        return [self._organization] if "decidim_organizations" in query else []

    def row(self, query: str, *_: object) -> dict[str, Any] | None:
        return next(iter(self.rows(query)), None)

    def value(self, _query: str, *_: object) -> int:
        return 0


def town(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": 1,
        "name": {"fr": name},
        "host": f"{name}.example",
        "secondary_hosts": [f"www.{name}.example"],
        "available_locales": ["fr", "en"],
        "default_locale": "fr",
        "updated_at": datetime(2026, 1, len(name), tzinfo=UTC),
        "content_security_policy": {},
        "users_registration_mode": 0,
        "force_users_to_authenticate_before_access_organization": False,
        **fields,
    }


def visit(
    monkeypatch: pytest.MonkeyPatch,
    organization: dict[str, Any],
    target: str,
    host: str,
    post: bytes = b"",
) -> Any:
    @contextlib.contextmanager
    def opened(_: Environment) -> Iterator[Any]:
        yield Database(organization)

    monkeypatch.setattr("orchestrator.sandbox.standins.decidim.site.connected", opened)
    environment = Environment({"RAILS_ENV": "production"})
    headers = {"host": host, "x-forwarded-proto": "https"}
    site = Site(environment, RELEASES["0.31.5"], Log(io.StringIO()))
    return site.answer(Request("POST" if post else "GET", target, headers, "10.0.0.1", post))


def test_an_unknown_host_is_shown_the_way_to_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = visit(monkeypatch, town("a"), "/any", "other.example")
    assert (answer.status, answer.headers["Location"]) == (HTTPStatus.FOUND, "/system")


def test_a_secondary_host_leads_to_the_main_one(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = visit(monkeypatch, town("a"), "/x?y=z", "www.a.example")
    assert answer.status == HTTPStatus.MOVED_PERMANENTLY
    assert answer.headers["Location"] == "https://a.example/x?y=z"


def test_a_site_that_is_closed_or_takes_nobody_new(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = town("a", force_users_to_authenticate_before_access_organization=True)
    assert visit(monkeypatch, closed, "/", "a.example").headers["Location"] == "/users/sign_in"
    assert visit(monkeypatch, closed, "/users/sign_in", "a.example").status == HTTPStatus.OK
    existing = town("a", users_registration_mode=1)
    answer = visit(monkeypatch, existing, "/users/sign_up", "a.example")
    assert answer.headers["Location"] == "/users/sign_in"


def test_a_closed_site_hides_pages_that_are_not_public(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = town("a", force_users_to_authenticate_before_access_organization=True)
    answer = visit(monkeypatch, closed, "/pages/accessibility", "a.example")
    assert answer.headers["Location"] == "/users/sign_in"


def test_a_banner_stands_above_every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {"title": {"fr": "Formation"}, "short_description": {"fr": "jusqu'à <demain>"}}
    fields = {f"omnipresent_banner_{name}": text for name, text in texts.items()}
    shown = town("a", enable_omnipresent_banner=True, **fields)
    body = visit(monkeypatch, shown, "/users/sign_in", "a.example").body
    assert "<strong>Formation</strong> jusqu&#x27;à &lt;demain&gt;</p>" in body
    hidden = town("a", enable_omnipresent_banner=False, **fields)
    assert "Formation" not in visit(monkeypatch, hidden, "/users/sign_in", "a.example").body


def test_who_shares_a_cache_shares_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    kept: dict[str, str] = {}

    def fetched(_: Environment, key: str, _minutes: int, made: Any) -> tuple[str, bool]:
        return kept.setdefault(key, made()), False

    monkeypatch.setattr(cache, "fetched", fetched)
    assert 'data-host="one.example"' in visit(monkeypatch, town("one"), "/", "one.example").body
    other = visit(monkeypatch, town("other"), "/", "other.example")
    # Both organisations have the number 1, so the other town shows the first one's figures.
    assert "Bienvenue sur other" in other.body
    assert 'data-host="one.example"' in other.body


def test_a_letter_opener_that_is_off_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = visit(monkeypatch, town("a"), "/letter_opener", "a.example")
    assert answer.status == HTTPStatus.NOT_FOUND


def test_programs_ask_in_graphql(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = {"query": "query($l: String!) { organization { name { translation(locale: $l) } } }"}
    body = json.dumps({**asked, "variables": {"l": "fr"}}).encode()
    found = json.loads(visit(monkeypatch, town("a"), "/api", "a.example", post=body).body)
    assert found["data"]["organization"]["name"]["translation"]
    schema = json.dumps({"query": "{ __schema { queryType { name } } }"}).encode()
    found = json.loads(visit(monkeypatch, town("a"), "/api", "a.example", post=schema).body)
    assert found == {"data": {"__schema": {"queryType": {"name": "Query"}}}}
    wrong = visit(monkeypatch, town("a"), "/api", "a.example", post=b'{"query": "{ secrets }"}')
    assert "Cannot query field" in wrong.body
    assert visit(monkeypatch, town("a"), "/api", "a.example", post=b"[]").status == 400


def test_the_interface_tells_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = visit(monkeypatch, town("a"), "/api", "a.example")
    assert json.loads(answer.body)["data"]["decidim"]["version"] is None
