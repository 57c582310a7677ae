"""The sign-in page, and which requests the entrance passes on for it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from importlib import resources

import pytest

from orchestrator.model.names import TenantNames, account_of
from orchestrator.sandbox import sign_in
from orchestrator.sandbox.layout import IDENTITY_HOST

SERVER = "https://10.1.129.2:8200"
ROUTES = sign_in.routes(SERVER)
ACCOUNT = account_of("a@essai.example")
PROVIDER = "/v1/identity/oidc/provider/essai-nord"


def file(name: str) -> str:
    return resources.files(sign_in).joinpath(name).read_text(encoding="utf-8")


def passed_on(method: str, path: str, host: str = f"{IDENTITY_HOST}:8443") -> bool:
    """Whether one of the routes to the secrets server takes a request."""
    for line in ROUTES.splitlines():
        found = re.match(
            r"sign_in_\w+: Host\(`(.+?)`\) && PathRegexp\(`(.+?)`\) && (.+?) -> ", line
        )
        if found is None or not line.endswith(f'-> "{SERVER}";'):
            continue
        if re.search(found[1], host) and re.search(found[2], path) and f"`{method}`" in found[3]:
            return True
    return False


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{PROVIDER}/.well-known/openid-configuration"),
        ("GET", f"{PROVIDER}/.well-known/keys"),
        ("POST", f"{PROVIDER}/authorize"),
        ("POST", f"{PROVIDER}/token"),
        ("GET", f"{PROVIDER}/userinfo"),
        ("POST", f"/v1/auth/{TenantNames('essai-nord').people_mount}/login/{ACCOUNT}"),
    ],
)
def test_what_signing_in_needs_is_passed_on(method: str, path: str) -> None:
    assert passed_on(method, path)
    assert not passed_on(method, path, "participer.essai-nord.localhost")
    assert not passed_on(method, path, f"{IDENTITY_HOST}.example")
    assert not passed_on("DELETE", path)
    assert not passed_on(method, f"{path}/")
    assert not passed_on(method, f"/x{path}")


@pytest.mark.parametrize(
    "path",
    [
        PROVIDER,
        f"{PROVIDER}/../token",
        "/v1/identity/oidc/provider/../token",
        "/v1/sys/health",
        f"/v1/auth/tenants/a/people/users/{ACCOUNT}",
        f"/v1/auth/tenants/a/b/people/login/{ACCOUNT}",
        f"/v1/auth/approle/people/login/{ACCOUNT}",
    ],
)
def test_nothing_else_is(path: str) -> None:
    assert not any(passed_on(method, path) for method in ("GET", "POST", "PUT", "LIST"))


def test_the_page_passes_through_the_language_of_the_routes_whole() -> None:
    script = file("page.js")
    found = re.search(r"sign_in_script: .*?inlineContent\(`((?:[^`\\]|\\.)*)`", ROUTES, re.DOTALL)
    assert found is not None
    assert re.sub(r"\\(.)", r"\1", found[1]) == script


def test_every_answer_of_ours_is_fenced() -> None:
    assert ROUTES.count("<shunt>;") == 3
    assert ROUTES.count("`default-src 'none';") == 3


class Page(HTMLParser):
    """What the page consists of."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def page() -> Page:
    read = Page()
    read.feed(file("page.html"))
    return read


def test_the_page_needs_nothing_from_outside_and_nothing_inline(page: Page) -> None:
    for tag, attributes in page.tags:
        assert tag != "style"
        assert not {name for name in attributes if name == "style" or name.startswith("on")}
        for name in ("src", "href"):
            assert (attributes.get(name) or "/sign-in/").startswith("/sign-in/")
        assert tag != "script" or attributes.get("src")
    assert "//" not in file("page.css")
    assert not re.search("https?://", file("page.js"))


def test_every_field_has_its_label_and_says_what_fills_it(page: Page) -> None:
    labels = {attributes["for"] for tag, attributes in page.tags if tag == "label"}
    fields = [attributes for tag, attributes in page.tags if tag == "input"]
    assert {field["id"] for field in fields} == labels
    assert all(field["autocomplete"] for field in fields)
    assert any(attributes.get("role") == "alert" for _, attributes in page.tags)
    assert page.tags[0] == ("html", {"lang": "fr"})


def test_every_word_is_there_in_both_languages(page: Page) -> None:
    script = file("page.js")
    tables = re.findall(r"^  (fr|en): \{\n(.*?)^  \},", script, re.DOTALL | re.MULTILINE)
    words = {
        language: re.findall(r"^    (\w+):", table, re.MULTILINE) for language, table in tables
    }
    assert list(words) == ["fr", "en"]
    assert words["fr"] == words["en"]
    used = {attributes["data-word"] for _, attributes in page.tags if "data-word" in attributes}
    used |= set(re.findall(r'Refusal\("(\w+)"', script))
    assert used == set(words["fr"])


def test_the_script_finds_every_element_it_asks_for(page: Page) -> None:
    there = {attributes.get("id") for _, attributes in page.tags}
    assert set(re.findall(r'getElementById\("(\w+)"\)', file("page.js"))) <= there
