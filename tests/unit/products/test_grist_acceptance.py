"""Each check of a workbench refuses what it must, and leaves nothing of its trials behind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.model.names import InstanceNames
from orchestrator.model.secret import Secret
from orchestrator.ports import WebAnswer
from orchestrator.products.grist.acceptance import CHECKS, EVIDENCE, TRIAL
from orchestrator.products.grist.adapter import PRODUCT
from orchestrator.products.product import AnySubject, Subject
from orchestrator.products.releases import release
from orchestrator.products.trying import STRANGER, NotAccepted
from tests.unit.stacks.grist_orders import OWN_PROVIDER, RELEASE, tenant_with

URL = "https://tableur.saint-martin.example:8443"
KEY = "a-key-of-the-administrator"
ISSUER = "https://identity.example:9443/v1/identity/oidc/provider/saint-martin"
ROWS = "/api/docs/d1/tables/Trial/records"
DEMANDED: tuple[str, ...] = release("grist", RELEASE).probes  # type: ignore[attr-defined]


class Site:
    """A site over HTTP that is as it should be; `answers` are laid over what it says.

    The key of an answer is a method, a space and a path; one with a star is of whoever has no key.
    """

    def __init__(self) -> None:
        self.spaces = {"7": "Home"}
        self.answers: dict[str, tuple[int, Any]] = {}
        self.location = f"{ISSUER.partition('/v1')[0]}/ui/authorize?client_id=x"
        self.probes: dict[str, dict[str, Any]] = {
            name: {"status": "success", "details": {}} for name in (*DEMANDED, "sandboxing")
        }
        self.probes["authentication"]["details"]["provider"] = "oidc"
        self.asked: list[str] = []

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> WebAnswer:
        assert url.startswith(f"{URL}/")
        path = url.removeprefix(URL).partition("?")[0]
        self.asked.append(f"{method} {url.removeprefix(URL)}")
        known = (headers or {}).get("Authorization") == f"Bearer {KEY}"
        if (headers or {}).get("Host") == STRANGER:
            status, said = self.answers.get("stranger", (404, ""))
        else:
            own = f"{method} {path}" + ("" if known else " *")
            status, said = self.answers.get(own) or self._usual(method, path, body, known=known)
        found = said if isinstance(said, bytes) else json.dumps(said).encode()
        return WebAnswer(status, {"Location": self.location} if status == 302 else {}, found)

    def _usual(self, method: str, path: str, body: bytes | None, *, known: bool) -> tuple[int, Any]:
        if not known:
            shown = {"/status": (200, b"Grist server is alive"), "/login": (302, b"")}
            return shown.get(path, (403, {"error": "No view access"}))
        if method == "DELETE":
            self.spaces.pop(path.rpartition("/")[2], None)
            return 200, None
        if method == "POST" and path.endswith("/workspaces"):
            self.spaces["8"] = json.loads(body or b"")["name"]
            return 200, 8
        if path.endswith("/workspaces"):
            return 200, [{"id": number, "name": name} for number, name in self.spaces.items()]
        if probe := re.fullmatch(r"/api/probes/(.+)", path):
            return 200, self.probes[probe[1]]
        return {
            "/api/orgs/current": (200, {"domain": "saint-martin", "name": "Saint-Martin"}),
            "/api/probes": (200, {"probes": [{"id": name} for name in self.probes]}),
            "/api/workspaces/8/docs": (200, "d1"),
            "/api/docs/d1/tables": (200, {"tables": [{"id": "Trial"}]}),
            ROWS: (200, {"records": [{"id": 1, "fields": {"Number": 7, "Answer": 42}}]}),
            "/api/docs/d1/sql": (200, {"records": [{"fields": {"total": 42}}]}),
            "/api/docs/d1/download": (200, b"SQLite format 3"),
            "/api/docs/d1/download/csv": (200, b"Number,Answer\n7,42\n"),
            "/api/scim/v2/Users": (200, {"totalResults": 2}),
        }[path]


class Store:
    """Holds what was kept."""

    def __init__(self) -> None:
        self.kept = {
            "grist/administrator": {"key": Secret(KEY)},
            "grist/login": {"issuer": Secret(ISSUER)},
        }

    def read(self, path: str) -> Mapping[str, Secret] | None:
        return self.kept.get(path)


class Cluster:
    """Keeps notes."""

    def __init__(self) -> None:
        self.notes: dict[str, Mapping[str, str]] = {}

    def write_note(self, _namespace: str, name: str, data: Mapping[str, str]) -> None:
        self.notes[name] = data


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
def tools(site: Site) -> Any:
    clock = SimpleNamespace(now=lambda: datetime(2026, 11, 25, tzinfo=UTC))
    return SimpleNamespace(web=site, secrets=Store(), cluster=Cluster(), clock=clock)


def subject(instance: Mapping[str, Any] | None = None) -> AnySubject:
    tenant = tenant_with(instance)
    names = InstanceNames("saint-martin", "grist")
    found = release("grist", RELEASE)
    return Subject(PRODUCT, tenant, tenant.instances.of()["grist"], found, names, URL)


@pytest.mark.parametrize("name", CHECKS)
def test_a_site_as_it_should_be_is_accepted(tools: Any, name: str) -> None:
    assert CHECKS[name](subject(), tools)


def answer(place: str, status: int, said: Any = b"") -> Callable[[Site], None]:
    return lambda site: site.answers.__setitem__(place, (status, said))


def probe(name: str, **said: Any) -> Callable[[Site], None]:
    return lambda site: site.probes[name].update(said)


def missing(name: str) -> Callable[[Site], None]:
    return lambda site: site.probes.pop(name) and None


def led_to(place: str) -> Callable[[Site], None]:
    return lambda site: setattr(site, "location", place)


def rows(value: Any) -> Callable[[Site], None]:
    return answer(f"GET {ROWS}", 200, {"records": [{"fields": {"Number": 7, "Answer": value}}]})


GATE = answer("GET /api/orgs/current", 503, {"error": "Grist is not yet configured"})
SPACES = [{"id": 1, "name": "Home"}]
REFUSED: Mapping[str, tuple[str, Callable[[Site], None], str]] = {
    # While the gate of the setup is shut, the health page is well (A3).
    "grist-a3-gate": ("service", GATE, "503.*not yet configured"),
    "unwell": ("service", answer("GET /status *", 500), "/status.* answers 500"),
    "no site": ("service", answer("GET /api/orgs/current", 200, {}), "does not say `domain`"),
    "another page": ("service", answer("GET /api/orgs/current", 200, b"<html>"), "not JSON"),
    "workspaces shown": (
        "strangers",
        answer("GET /api/orgs/current/workspaces *", 200, SPACES),
        "shown to people without an account",
    ),
    # With the smallest provider whoever asks is signed in, and the probe is a success (A3).
    "grist-a3-minimal": (
        "own probes",
        probe("authentication", details={"provider": "minimal"}),
        "sign in by minimal, not by oidc",
    ),
    "nobody knows the provider": ("own probes", probe("authentication", details={}), "nobody"),
    "a sandbox that is none": (
        "own probes",
        probe("sandboxing", status="warning", details={"flavor": "gvisor"}),
        "should run in gvisor, and sandboxing is warning",
    ),
    "signed in by itself": ("sign-in", led_to("/"), "leads to /"),
    "another provider": ("sign-in", led_to("https://elsewhere.example/"), "leads to https://else"),
    "a look-alike": ("sign-in", led_to("https://identity.example:9443.evil.example/"), "evil"),
    "no way in": ("sign-in", answer("GET /login *", 200), "answers 200"),
    "boot": ("closed doors", answer("GET /boot *", 200), "/boot answers 200"),
    "boot login": ("closed doors", answer("GET /boot/login *", 401), "/boot/login answers 401"),
    "metrics": ("closed doors", answer("GET /metrics *", 200), "/metrics answers 200"),
    "another name": ("other names", answer("stranger", 200), "answers 200"),
    "no probe": ("own probes", missing("backups"), "backups is not there"),
    "an open door": ("document", answer(f"GET {ROWS} *", 200, {"records": []}), "stranger reads"),
    "a wrong sum": ("document", rows(41), "gives 41, not 42"),
    "no formulas": ("document", rows(["E", "NameError"]), "NameError"),
    "no query": (
        "document",
        answer("GET /api/docs/d1/sql", 200, {"records": [{"fields": {"total": 0}}]}),
        "does not find",
    ),
    "no file": ("document", answer("GET /api/docs/d1/download/csv", 200, b""), "as CSV"),
    "nobody by SCIM": (
        "people",
        answer("GET /api/scim/v2/Users", 200, {"totalResults": 0}),
        "knows nobody",
    ),
    "no SCIM": ("people", answer("GET /api/scim/v2/Users", 501, "not enabled"), "answers 501"),
    "SCIM for all": ("people", answer("GET /api/scim/v2/Users *", 200, {}), "200 to everybody"),
    "no right": ("document", answer("POST /api/workspaces/8/docs", 403), "answers 403"),
}
UNWELL = [(name, state) for name in DEMANDED for state in ("warning", "fault")]


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_wrong_is_refused(site: Site, tools: Any, name: str) -> None:
    check, spoil, says = REFUSED[name]
    spoil(site)
    with pytest.raises(NotAccepted, match=says):
        CHECKS[check](subject(), tools)
    assert not [space for space in site.spaces.values() if space.startswith(TRIAL)]


@pytest.mark.parametrize(("name", "state"), UNWELL)
def test_every_demanded_probe_must_be_well(site: Site, tools: Any, name: str, state: str) -> None:
    site.probes[name]["status"] = state
    with pytest.raises(NotAccepted, match=f"{name} is {state}"):
        CHECKS["own probes"](subject(), tools)


def test_what_the_probes_found_is_kept_even_when_it_is_refused(site: Site, tools: Any) -> None:
    site.probes["backups"]["status"] = "warning"
    site.probes["sandboxing"] = {"status": "warning", "details": {"flavor": "unsandboxed"}}
    with pytest.raises(NotAccepted, match=r"^backups is warning$"):
        CHECKS["own probes"](subject(), tools)
    kept = tools.cluster.notes[EVIDENCE]
    assert set(kept) == {*site.probes, "at"}
    assert json.loads(kept["sandboxing"])["details"] == {"flavor": "unsandboxed"}


def test_without_the_administrators_key_nothing_is_tried(site: Site, tools: Any) -> None:
    del tools.secrets.kept["grist/administrator"]
    with pytest.raises(NotAccepted, match="vault:grist/administrator#key is not there"):
        CHECKS["document"](subject(), tools)
    assert not site.asked


def test_trials_of_runs_that_were_killed_go_first(site: Site, tools: Any) -> None:
    site.spaces |= {"3": f"{TRIAL}1234", "4": f"{TRIAL}5678", "5": "orchestrator-elsewhere"}
    CHECKS["document"](subject(), tools)
    assert site.spaces == {"7": "Home", "5": "orchestrator-elsewhere"}
    made = site.asked.index("POST /api/orgs/current/workspaces")
    gone = [site.asked.index(f"DELETE /api/workspaces/{number}") for number in (3, 4)]
    assert max(gone) < made


def test_documents_may_be_shown_where_the_tenant_says_so(site: Site, tools: Any) -> None:
    site.answers["GET /api/orgs/current/workspaces *"] = (200, SPACES)
    assert CHECKS["strangers"](subject({"public_documents": True}), tools)


def test_a_provider_of_their_own_is_where_people_are_led(site: Site, tools: Any) -> None:
    del tools.secrets.kept["grist/login"]
    own = subject({"login": OWN_PROVIDER})
    with pytest.raises(NotAccepted, match="leads to https://identity"):
        CHECKS["sign-in"](own, tools)
    site.location = f"{OWN_PROVIDER['issuer']}/authorize"
    assert CHECKS["sign-in"](own, tools) == "/login leads to connexion.saint-martin.example:8443"
