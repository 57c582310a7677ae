"""Hosts, addresses and redirects: what is decided before any page is made."""

from __future__ import annotations

import io
import os
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from orchestrator.sandbox.standins.decidim import (
    letters,
    logins,
    organizations,
    pages,
    visits,
    web,
)
from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.exchange import Request, allowed
from orchestrator.sandbox.standins.decidim.headers import content_security_policy
from orchestrator.sandbox.standins.decidim.log import Log
from orchestrator.sandbox.standins.decidim.release import RELEASES, notice
from orchestrator.sandbox.standins.decidim.site import Site

TOWN = {"host": "town.example", "secondary_hosts": ["www.town.example"]}
PRODUCTION = {"RAILS_ENV": "production", "DATABASE_URL": "postgres://127.0.0.1:1/none"}
SECURE = {"host": "town.example", "x-forwarded-proto": "https"}


def site(release: str = "0.31.5", **values: str) -> Site:
    return Site(Environment({**PRODUCTION, **values}), RELEASES[release], Log(io.StringIO()))


def get(target: str, headers: dict[str, str] | None = None, peer: str = "10.0.0.1") -> Request:
    return Request("GET", target, headers or SECURE, peer)


def test_hosts_are_looked_up_without_regard_to_case() -> None:
    assert organizations.match([TOWN], "Town.Example") == (TOWN, "host")
    assert organizations.match([TOWN], "www.town.example") == (TOWN, "secondary")
    assert organizations.match([TOWN], "other.example") is None


def test_plain_http_is_sent_to_https() -> None:
    answer = site().answer(get("/a?b=c", {"host": "town.example:80"}))
    assert answer.status == HTTPStatus.MOVED_PERMANENTLY
    assert answer.headers["Location"] == "https://town.example/a?b=c"
    posted = site().answer(Request("POST", "/a", {"host": "town.example"}, "10.0.0.1"))
    assert posted.status == HTTPStatus.PERMANENT_REDIRECT


def test_health_is_asked_without_tls_and_fails_without_a_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(_: Environment) -> Any:
        raise ConnectionError

    monkeypatch.setattr("orchestrator.sandbox.standins.decidim.site.connected", refused)
    answer = site().answer(get("/health_check", {"host": "10.1.1.1"}))
    assert answer.status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert answer.body.startswith("health_check failed: ")
    broken = site().answer(get("/"))
    assert broken.status == HTTPStatus.INTERNAL_SERVER_ERROR
    assert notice(RELEASES["0.31.5"]) in broken.body


def test_system_pages_are_for_the_listed_addresses() -> None:
    closed = site(DECIDIM_SYSTEM_ACCESSLIST_IPS="192.0.2.0/24")
    path = "/system/admins/sign_in"
    stranger = get(path, {**SECURE, "x-forwarded-for": "203.0.113.5"})
    friend = get(path, {**SECURE, "x-forwarded-for": "192.0.2.7"})
    assert closed.answer(stranger).status == HTTPStatus.FORBIDDEN
    assert closed.answer(friend).status == HTTPStatus.OK
    assert site().answer(stranger).status == HTTPStatus.OK
    assert site().answer(get("/system")).headers["Location"] == path


def test_the_visitor_is_the_last_address_that_is_no_proxy() -> None:
    forged = {"x-forwarded-for": "192.0.2.7, 8.8.8.8, 10.0.0.9"}
    assert get("/", forged).visitor == "8.8.8.8"
    assert get("/", forged, peer="8.8.4.4").visitor == "8.8.4.4"
    assert get("/", {"host": "x"}).visitor == "10.0.0.1"
    assert get("/", {"x-forwarded-for": "10.0.0.5"}).visitor == "10.0.0.5"


def test_a_list_that_cannot_be_met() -> None:
    assert not allowed("nonsense", ("127.0.0.1/32",))
    assert allowed("nonsense", ())


def test_a_forwarded_host_is_believed_only_when_told_so() -> None:
    request = get("/", {"host": "Town.example:8080", "x-forwarded-host": "evil.example"})
    assert request.host(Environment({})) == "town.example"
    told = Environment({"DECIDIM_FOLLOW_HTTP_X_FORWARDED_HOST": "true"})
    assert request.host(told) == "evil.example"


def test_assets_are_served_only_when_told_so() -> None:
    assert site(RAILS_SERVE_STATIC_FILES="1").answer(get(pages.STYLESHEET)).kind == "text/css"
    assert site().answer(get(pages.STYLESHEET)).status != HTTPStatus.OK


def test_up_is_new_in_031() -> None:
    assert site().answer(get("/up")).status == HTTPStatus.OK
    assert site("0.30.9").answer(get("/up")).status != HTTPStatus.OK


def test_a_forged_upload_is_not_found() -> None:
    answer = site().answer(get("/rails/active_storage/blobs/redirect/e30--00/a.txt"))
    assert answer.status == HTTPStatus.NOT_FOUND


def test_the_organisation_adds_to_the_policy_of_the_page() -> None:
    own = {"content_security_policy": {"img-src": "https://objects.example"}}
    assert "img-src 'self' *.hereapi.com data: https://objects.example;" in (
        content_security_policy(own)
    )
    assert "objects.example" not in content_security_policy(None)


def test_every_page_says_what_it_is() -> None:
    for release in RELEASES.values():
        text = pages.document(release, "fr", "<Titre>", "<p>x</p>")
        assert notice(release) in text
        assert "Doublure" in text
        assert "&lt;Titre&gt;" in text


def test_phrases_exist_in_both_languages() -> None:
    names = [set(each) for each in pages._TEXTS.values()]
    assert all(each == names[0] for each in names)


@pytest.mark.parametrize("path", ["/meetings/1/guest-registration", "/pages/help"])
def test_paths_with_names_in_them(path: str) -> None:
    assert visits._GUEST.match(path) or visits._PAGE.match(path)


def test_a_provider_is_there_when_its_secret_is() -> None:
    values = {
        "OMNIAUTH_FRANCE_CONNECT_ISSUER": "https://issuer.example/",
        "OMNIAUTH_FRANCE_CONNECT_CLIENT_OPTIONS_IDENTIFIER": "town",
        "OMNIAUTH_FRANCE_CONNECT_SCOPE": "openid,email",
    }
    assert not logins.providers(Environment(values))
    live = Environment({**values, "OMNIAUTH_FRANCE_CONNECT_CLIENT_OPTIONS_SECRET": "s"})
    assert logins.providers(live) == {"france_connect": "FranceConnect"}
    url = logins.start(live, "france_connect", "town.example")
    assert url.startswith("https://issuer.example/authorize?client_id=town&")
    assert "town.example%2Fusers%2Fauth%2Ffrance_connect%2Fcallback" in url
    assert "scope=openid+email" in url
    fixed = {**live.values, "OMNIAUTH_FRANCE_CONNECT_CLIENT_OPTIONS_REDIRECT_URI": "https://fixed"}
    assert "https%3A%2F%2Ffixed&" in logins.start(Environment(fixed), "france_connect", "x")


def test_the_letter_opener_shows_mails_to_everybody(tmp_path: Path) -> None:
    assert not letters.wanted(Environment({}))
    assert letters.wanted(Environment({"RAILS_ENV": "production", "ENABLE_LETTER_OPENER": "1"}))
    letters.keep({"to": "a@example.org", "subject": "<s>", "body": "secret"}, tmp_path)
    assert "&lt;s&gt;" in letters.shown(tmp_path)
    assert "secret" in letters.shown(tmp_path)


def test_a_pid_file_of_a_killed_server_keeps_the_next_one_from_starting(tmp_path: Path) -> None:
    pid_file = tmp_path / "pids" / "server.pid"
    web.take(pid_file)
    assert int(pid_file.read_text(encoding="utf-8")) == os.getpid()
    with pytest.raises(web.AlreadyRunningError):
        web.take(pid_file)  # in a container the number is 1, again and again
    pid_file.write_text("4194999\n", encoding="utf-8")
    web.take(pid_file)
