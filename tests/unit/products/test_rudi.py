"""A producer node behind the interface of products: what files may say, what checks find out."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError

from orchestrator.model.secret import Secret
from orchestrator.ports import WebAnswer
from orchestrator.products import keypair, registry
from orchestrator.products.product import Subject
from orchestrator.products.rudi import acceptance
from orchestrator.products.rudi.identifiers import identifier
from orchestrator.products.rudi.instance import Rudi
from orchestrator.products.trying import NotAccepted
from tests.unit.stacks.test_rudi import INSTANCE, PORTAL, order, secrets

MEDIA = identifier("saint-martin", "acceptance restricted file")
DATASET = identifier("saint-martin", "acceptance restricted dataset")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"portal": {**PORTAL, "url": "http://portail.example"}}, "portal.url"),
        ({"portal": {**PORTAL, "user": None}}, "belong together"),
        ({"portal": {**PORTAL, "user": None, "password": None}}, "is live has a user"),
        ({"contact": {"name": "x", "email": "nobody"}}, "contact.email"),
        ({"events_kept": "for ever"}, "events_kept"),
        ({"settings": {"TRUSTED_DOMAINS": "https://a.example https://b.example"}}, "blank"),
        ({"settings": {"TRUSTED_DOMAINS": "https://a.example/~x"}}, "tilde"),
        ({"accessibility": {"contact": "a@b.example", "state": "none"}}, "https address"),
    ],
)
def test_what_a_file_may_not_say(changes: Mapping[str, Any], fault: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Rudi.model_validate({**INSTANCE, **changes})
    told = [
        f"{'.'.join(str(part) for part in one['loc'])}: {one['msg']}"
        for one in caught.value.errors()
    ]
    assert fault in " ".join(told)


def test_a_portal_counts_once_it_is_live() -> None:
    requested = {**PORTAL, "state": "requested", "user": None, "password": None}
    states = {
        state: Rudi.model_validate({**INSTANCE, "portal": portal}).portal_is_live
        for state, portal in (
            ("none", None),
            ("requested", requested),
            ("received", {**PORTAL, "state": "received"}),
            ("live", PORTAL),
        )
    }
    assert [name for name, live in states.items() if live] == ["live"]


def test_everybody_who_is_admitted_has_an_account_at_the_provider() -> None:
    access = {"access": {"people": ["agent@saint-martin.example"]}}
    wanted = registry.product("rudi").login(subject(access))
    assert wanted is not None
    assert wanted.redirects == ("https://donnees.saint-martin.example/oauth2/callback",)
    assert wanted.people == (
        ("mairie@saint-martin.example", "Mairie"),
        ("agent@saint-martin.example", "agent@saint-martin.example"),
    )


def subject(instance: Mapping[str, Any] | None = None) -> Subject[Any, Any]:
    found = order(instance)
    return Subject(
        registry.product("rudi"),
        found.tenant,
        found.instance,
        found.release,
        found.names,
        found.public_url,
    )


class Node:
    """Answers as the functions say, outside and inside, and remembers what it was asked."""

    def __init__(
        self,
        outside: Callable[[str, str], WebAnswer],
        inside: Callable[[Mapping[str, Any]], tuple[int, Any]] = lambda _: (401, {}),
    ) -> None:
        self._outside = outside
        self._inside = inside
        self.asked: list[tuple[str, str]] = []

    def request(self, method: str, url: str, **_: Any) -> WebAnswer:
        path = url.removeprefix("https://donnees.saint-martin.example")
        return self._outside(method, path)

    def execute(
        self, _space: str, _workload: str, command: Sequence[str], stdin: Secret, _s: float
    ) -> str:
        if not command[-1].endswith("/ask.mjs"):
            return json.dumps({"changed": False, "removed": 0, "left": 3})
        answers = []
        for one in json.loads(stdin.reveal())["requests"]:
            self.asked.append((one["method"], one["url"].partition("/")[2]))
            status, body = self._inside(one)
            text = base64.b64encode(json.dumps(body).encode()).decode()
            answers.append({"status": status, "body": text})
        return json.dumps({"changed": False, "answers": answers})

    def read(self, path: str) -> Mapping[str, Secret]:
        return {"acceptance": Secret(keypair.generated()), "issuer": secrets()["login_issuer"]}

    @property
    def tools(self) -> Any:
        clock = SimpleNamespace(now=lambda: datetime(2026, 3, 1, tzinfo=UTC))
        return SimpleNamespace(web=self, cluster=self, secrets=self, clock=clock)


def always(status: int, **headers: str) -> Callable[[str, str], WebAnswer]:
    return lambda *_: WebAnswer(status, headers, b"{}")


def test_a_catalog_without_its_database_names_it() -> None:
    with pytest.raises(NotAccepted, match=r"MongoDB \(statefulset/database in saint-martin"):
        acceptance.catalog(subject(), Node(always(500)).tools)
    answers = {"/storage/hash": 200}
    half = Node(lambda _, path: WebAnswer(answers.get(path, 500), {}, b""))
    with pytest.raises(NotAccepted, match="does not reach MongoDB"):
        acceptance.storage(subject(), half.tools)


def test_a_manager_without_a_gate_is_found_out() -> None:
    with pytest.raises(NotAccepted, match="answers 200, not 401"):
        acceptance.gate(subject(), Node(always(200)).tools)
    elsewhere = Node(
        lambda _, path: (
            WebAnswer(401, {}, b"")
            if "/api/" in path
            else WebAnswer(302, {"Location": "https://elsewhere.example/"}, b"")
        )
    )
    with pytest.raises(NotAccepted, match=r"leads to elsewhere\.example"):
        acceptance.gate(subject(), elsewhere.tools)


@pytest.mark.parametrize("spelled", acceptance.spellings("/manager/api/open/hash-credentials"))
def test_every_spelling_of_a_shut_path_is_tried(spelled: str) -> None:
    leaky = Node(lambda _, path: WebAnswer(200 if path == spelled else 403, {}, b""))
    with pytest.raises(NotAccepted, match="answers 200 to the outside"):
        acceptance.shut(subject(), leaky.tools)
    assert "requests refused" in acceptance.shut(subject(), Node(always(403)).tools)


def test_an_administration_that_is_open_is_found_out() -> None:
    with pytest.raises(NotAccepted, match="answers 200 without a token"):
        acceptance.strangers(subject(), Node(always(200), lambda _: (200, {})).tools)
    assert acceptance.strangers(subject(), Node(always(200)).tools)


@pytest.mark.parametrize("word", acceptance.KNOWN_PASSWORDS)
def test_a_known_password_that_opens_is_found_out(word: str) -> None:
    open_to = base64.b64encode(f"admin:{word}".encode()).decode()

    def inside(one: Mapping[str, Any]) -> tuple[int, Any]:
        known = one.get("headers", {}).get("Authorization") == f"Basic {open_to}"
        return (200 if known else 401), {}

    with pytest.raises(NotAccepted, match="lets admin in"):
        acceptance.known_passwords(subject(), Node(always(200), inside).tools)


def test_a_manager_with_a_known_password_is_found_out() -> None:
    def inside(one: Mapping[str, Any]) -> tuple[int, Any]:
        return (200 if one.get("json", {}).get("username") == "PM Admin" else 401), {}

    with pytest.raises(NotAccepted, match="the manager lets PM Admin in"):
        acceptance.known_passwords(subject(), Node(always(200), inside).tools)


def test_a_restricted_dataset_that_is_listed_is_found_out_and_removed() -> None:
    posted = [{"commit_uuid": "1", "zone_name": "zone1"}, {"status": "OK"}]
    listed = {"items": [{"global_id": DATASET}]}

    def outside(method: str, path: str) -> WebAnswer:
        found: Any = posted if path == "/storage/post" else listed
        return WebAnswer(200, {}, json.dumps(found).encode())

    node = Node(outside, lambda _: (200, {"token": "t"}))
    with pytest.raises(NotAccepted, match="restricted dataset is in the public list"):
        acceptance.restricted(subject(), node.tools)
    last = [path for method, path in node.asked[-2:] if method == "DELETE"]
    assert [path.rpartition("/")[2] for path in last] == [DATASET, MEDIA]


def test_events_that_are_too_old_are_found_out() -> None:
    with pytest.raises(NotAccepted, match="3 events are older than 30d"):
        acceptance.events(subject(), Node(always(200)).tools)


def test_links_and_jobs_agree_with_the_release_and_the_tenant_file() -> None:
    modules = subject().release.modules
    ports = {one.workload: one.port for one in registry.facts("rudi").linked}
    assert ports == {"catalog": modules.catalog.port, "storage": modules.storage.port}
    kept = Rudi.model_validate({**INSTANCE, "events_kept": "6w"})
    assert registry.product("rudi").delays(kept) == {"media_events": "6w"}
