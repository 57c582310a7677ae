"""A RUDI node by the real command line: onboarded, tried again, killed, broken; and its hazards."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess  # noqa: TID251 - clients and the relay run as people run them
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from orchestrator.flows.steps.sign_in import people_path
from orchestrator.model.names import TenantNames, account_of
from orchestrator.model.secret import Secret
from orchestrator.ports import WebAnswer
from orchestrator.products import registry
from orchestrator.products.releases import release
from orchestrator.products.rudi import tokens
from orchestrator.products.rudi.acceptance import spellings
from orchestrator.tools.logins import VaultIdentityProvider
from orchestrator.tools.secretstore import VaultSecretStore
from orchestrator.tools.secretstore_client import operator_token
from orchestrator.tools.web import EntranceWeb
from stacks.rudi import resources
from tests.sandbox.kubectl import Answer, Kubectl
from tests.sandbox.project import CLONE, Project, Standing
from tests.unit.stacks.test_rudi import PORTAL, order, pods

pytestmark = pytest.mark.sandbox

SLUG = "essai-rudi"
STEPS = (
    "secrets",
    "backup-store",
    "certificate",
    "sign-in",
    "infrastructure",
    "first start",
    "lock-down",
)
INSTANCES = """instances:
  rudi:
    release: "2.8.1"
    domain: donnees.{slug}.localhost
    size: demo
    administrator:
      name: Service des données
      email: donnees-admin@{slug}.example
    contact:
      name: Données ouvertes
      email: donnees@{slug}.example
    programs:
      - name: publication
        purpose: Publier les jeux de données du système d'information
        owner: dsi@{slug}.example
        may: write
        until: 2999-12-31
      - name: ancien-export
        purpose: Publier les horaires, avant le nouveau système
        owner: dsi@{slug}.example
        until: 2020-12-31
    accessibility:
      statement: https://www.{slug}.example/accessibilite
      contact: accessibilite@{slug}.example
      state: none
data_protection:"""
ASK = "/orchestrator/runners/ask.mjs"
CLIENT = """
import json, socket, sys
found = socket.getaddrinfo  # not every machine knows that names of `localhost` are its own
socket.getaddrinfo = lambda _, *more, **named: found("127.0.0.1", *more, **named)
from rudi_node_read.rudi_node_reader import RudiNodeReader
reader = RudiNodeReader(sys.argv[1])
titles = [one["resource_title"] for one in reader.metadata_list]
print(json.dumps([reader.metadata_count, titles, reader.organization_names]))
"""
KILL = """
import os, signal
for number in filter(str.isdigit, os.listdir("/proc")):
    if b"catalog_process" in open(f"/proc/{number}/cmdline", "rb").read():
        os.kill(int(number), signal.SIGKILL)
"""
EVENT = """
import os, sys
sys.path.insert(0, "/usr/lib/rudi")
from datetime import datetime, timezone
from orchestrator.sandbox.standins.rudi.store import Store
store = Store(os.environ["MONGODB"] + "/rudi_storage")
store.add("media_events", {"event": "old", "date": datetime(2020, 1, 1, tzinfo=timezone.utc)})
print(len(store.all("media_events", event="old")))
"""
OLD = EVENT.replace("store.add", "0 and store.add")
PATIENCE_S = 90.0


@dataclass
class Node:
    """A node that stands, and the ways to it."""

    slug: str
    standing: Standing
    project: Project

    @property
    def namespace(self) -> str:
        return f"{self.slug}-rudi"

    @property
    def url(self) -> str:
        return f"https://donnees.{self.slug}.localhost:{self.standing.connection.entrance.port}"

    @cached_property
    def web(self) -> EntranceWeb:
        return self.standing.web

    @cached_property
    def kubectl(self) -> Kubectl:
        return Kubectl(self.standing.connection)

    @property
    def store(self) -> VaultSecretStore:
        connection = self.standing.connection
        token = operator_token(connection.secrets.token_file)
        names = TenantNames(self.slug)
        return VaultSecretStore(
            connection.secrets.address, token, connection.authority, names, "rudi"
        )

    def secret(self, path: str, key: str) -> Secret:
        kept = self.store.read(path)
        assert kept is not None, path
        return kept[key]

    def status(self, method: str, path: str) -> int:
        body = b"{}" if method in {"POST", "PUT"} else None
        return self.web.request(method, f"{self.url}{path}", body=body).status

    def inside(self, workload: str, *command: str, stdin: str = "") -> Answer:
        return self.kubectl.inside(self.namespace, workload, command, stdin=stdin)

    def ask(self, workload: str, **request: Any) -> int:
        """The status of one request inside a pod."""
        answer = self.inside(workload, "node", ASK, stdin=json.dumps({"requests": [request]}))
        assert answer.status == 0, answer.err
        status: int = json.loads(answer.out)["answers"][0]["status"]
        return status

    def answers(self, status: int) -> None:
        """Wait until the public list answers so."""
        until = time.monotonic() + PATIENCE_S
        while self.status("GET", "/catalog/v1/resources?limit=1") != status:
            assert time.monotonic() < until, f"no {status}"
            time.sleep(0.3)

    def settled(self) -> None:
        for workload in ("statefulset/database", *WORKLOADS):
            self.kubectl(
                "rollout", "status", workload, "-n", self.namespace, "--timeout=90s", timeout_s=100
            )


WORKLOADS = ("deployment/catalog", "statefulset/storage", "statefulset/manager", "deployment/gate")
CATALOG, STORAGE, MANAGER = WORKLOADS[:3]
CATALOG_URL, STORAGE_URL, MANAGER_URL = (f"http://localhost:{3030 + n}" for n in range(3))


def tenant_file(project: Project, slug: str) -> None:
    text = (CLONE / "tenants" / "saint-martin.yaml").read_text("utf-8")
    text = re.sub(
        r"instances:\n.*?data_protection:",
        lambda _: INSTANCES.format(slug=slug),
        text,
        count=1,
        flags=re.DOTALL,
    )
    text = re.sub(r"  roles:\n(    \w+: \w+\n)+", "  roles:\n    rudi: controller\n", text)
    text = re.sub(
        r"  register:\n.*?  agreement:",
        "  register:\n    rudi:\n      recipients: [service des données, this-machine]\n"
        "  agreement:",
        text,
        flags=re.DOTALL,
    )
    (project.root / "tenants" / f"{slug}.yaml").write_text(
        text.replace("saint-martin", slug), "utf-8"
    )


@pytest.fixture(scope="module")
def node(standing: Standing, project: Project) -> Iterator[Node]:
    tenant_file(project, SLUG)
    done = project.call("onboard", SLUG, "--yes", timeout_s=400)
    assert done.status == 0, f"{done.out}\n{done.err}"
    found = Node(SLUG, standing, project)
    found.settled()
    yield found
    (project.root / "tenants" / f"{SLUG}.yaml").unlink()


def test_it_is_live_and_again_changes_nothing(node: Node) -> None:
    assert node.status("GET", "/catalog/v1/resources?limit=1") == 200
    again = node.project.succeed("onboard", SLUG, "--yes", "--expect-no-changes")
    assert again.out.startswith("Already so:")
    found = node.kubectl.get("configmap", "orchestrator-acceptance", "-n", node.namespace)
    assert set(found["data"]) >= {"publication", "restricted-dataset", "shut-paths", "events"}


def test_a_client_reads_the_catalogue_through_the_entrance(node: Node) -> None:
    """What our profile publishes inside is what a client of the product's makers reads outside."""
    title = f"Horaires {uuid.uuid4()}"
    wanted = described(title)
    private = node.secret("rudi/keys", "acceptance")
    token = tokens.catalog_token(private, datetime.now(UTC)).reveal()
    resource = f"{CATALOG_URL}/catalog/admin/resources"
    assert node.ask(CATALOG, method="PUT", url=resource, json=wanted, token=token) == 200
    try:
        done = subprocess.run(
            [sys.executable, "-c", CLIENT, node.url],
            env={**os.environ, "SSL_CERT_FILE": str(node.standing.connection.authority)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        gone = f"{resource}/{wanted['global_id']}"
        assert node.ask(CATALOG, method="DELETE", url=gone, token=token) == 200
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [1, [title], ["Service des horaires"]]


def described(title: str) -> dict[str, Any]:
    """A dataset without a file."""
    text = [{"lang": "fr", "text": title}]
    producer = {"organization_id": str(uuid.uuid4()), "organization_name": "Service des horaires"}
    contact = {"contact_id": str(uuid.uuid4()), "contact_name": "x", "email": "x@essai.example"}
    moment = "2026-01-05T10:00:00Z"
    media = {
        "media_id": str(uuid.uuid4()),
        "media_type": "SERVICE",
        "media_name": "horaires",
        "connector": {"url": "https://horaires.example/", "interface_contract": "external"},
    }
    licence = {"licence_type": "STANDARD", "licence_label": "etalab-2.0"}
    return {
        "global_id": str(uuid.uuid4()),
        "resource_title": title,
        "synopsis": text,
        "summary": text,
        "theme": "transportation",
        "keywords": ["horaires"],
        "producer": producer,
        "contacts": [contact],
        "available_formats": [media],
        "dataset_dates": {"created": moment, "updated": moment},
        "storage_status": "online",
        "access_condition": {"licence": licence},
        "metadata_info": {"api_version": "1.3.0"},
    }


def known_password(node: Node) -> None:
    """The shipped template has a password that everybody knows; what runs has none."""
    shipped = "/app/config/ini/rudi-storage-conf.ini.am"
    assert "$1$" in node.inside(STORAGE, "cat", shipped).out
    running = node.inside(STORAGE, "cat", "/run/rudi/ini/rudi-storage-conf.ini").out
    assert "rudi_node_manager" in running
    assert "$1$" not in running
    words = base64.b64encode(b"admin:rudi-node-admin").decode()
    forge = {"user_id": 1, "user_name": "x", "group_name": "producer"}
    asked = {"method": "POST", "url": f"{STORAGE_URL}/storage/jwt/forge", "json": forge}
    assert node.ask(STORAGE, **asked, headers={"Authorization": f"Basic {words}"}) == 401


def shipped_profile(node: Node) -> None:
    """Whoever places the shipped profile's key gets nothing; ours may not drop the database."""
    shipped = "/app/config/ini/rudi-catalog-profiles.ini.am"
    assert "[postman]" in node.inside(CATALOG, "cat", shipped).out
    keys = "/run/rudi/keys"
    node.inside(CATALOG, "cp", "-f", f"{keys}/acceptance.pub", f"{keys}/postman.pub")
    private = node.secret("rudi/keys", "acceptance")
    claims = {"sub": "postman", "client_id": "postman", "req_mtd": "all", "req_url": "all"}
    contacts = {"method": "GET", "url": f"{CATALOG_URL}/catalog/admin/contacts/x"}
    postman = tokens.signed(private, claims, datetime.now(UTC)).reveal()
    assert node.ask(CATALOG, **contacts, token=postman) == 401
    ours = tokens.catalog_token(private, datetime.now(UTC)).reveal()
    assert node.ask(CATALOG, **contacts, token=ours) == 404
    drop = {"method": "DELETE", "url": f"{CATALOG_URL}/catalog/admin/db"}
    assert node.ask(CATALOG, **drop, token=ours) == 403


def account_above_all(node: Node) -> None:
    """No password was made up and told; only the one of the secrets server opens."""
    password = node.secret("rudi/super-user", "password").reveal()
    log = node.kubectl("logs", MANAGER, "-n", node.namespace).out
    assert "Stand-in" in log
    assert "Generated" not in log
    assert password not in log
    login = {"method": "POST", "url": f"{MANAGER_URL}/manager/api/front/login"}
    for name, word, status in (
        ("orchestrator", password, 200),
        ("orchestrator", "manager", 401),
        ("PM Admin", "admin", 401),
    ):
        assert node.ask(MANAGER, **login, json={"username": name, "password": word}) == status


def open_hash(node: Node) -> None:
    """It answers everybody inside, and nobody outside, however the path is written."""
    path = "/manager/api/open/hash-credentials"
    asked = {"username": "x", "password": "y"}
    assert node.ask(MANAGER, method="POST", url=f"{MANAGER_URL}{path}", json=asked) == 200
    refused = [*spellings(path), "/manager/api/open/hash", "/manager//api/open//hash"]
    refused += ["/manager/api/open/HASH-credentials", "/manager/api/open/hash-anything"]
    refused += ["/manager/api/x%2f..%2fopen/hash-credentials", "/manager/%61pi/open/hash"]
    for spelled in refused:
        assert node.status("POST", spelled) in {403, 404}, spelled


def open_registration(node: Node) -> None:
    """Anybody may register inside; outside nobody, and the rest of the manager asks who it is."""
    path = "/manager/api/front/register"
    assert node.ask(MANAGER, method="POST", url=f"{MANAGER_URL}{path}", json={}) == 400
    for spelled in (*spellings(path), "/manager/api/front/REGISTER"):
        assert node.status("POST", spelled) in {403, 404}, spelled
    assert node.status("POST", "/manager/api/front/login") == 401
    page = node.web.request("GET", f"{node.url}/manager/")
    place = {key.lower(): value for key, value in page.headers.items()}["location"]
    assert place.startswith(node.secret("rudi/login", "issuer").reveal().partition("/v1/")[0])


def unverified_portal(node: Node) -> None:
    """A portal whose certificate nobody vouches for is refused; uploads are for our pages."""
    entrance = node.standing.connection.entrance
    portal = {**PORTAL, "url": f"https://{entrance.address}:{entrance.port}"}
    found = pods(resources(order({"portal": portal})))["relay"]["containers"][0]
    program = next(Path("/root/.cache/orchestrator/tools").glob("oauth2-proxy-*/oauth2-proxy"))
    variables = {one["name"]: one["value"] for one in found["env"]}
    variables |= {
        "OAUTH2_PROXY_HTTP_ADDRESS": "127.0.0.1:18797",
        "OAUTH2_PROXY_CLIENT_ID": "nobody",
        "OAUTH2_PROXY_CLIENT_SECRET": "0" * 32,
        "OAUTH2_PROXY_COOKIE_SECRET": "0123456789abcdef" * 2,
    }
    with subprocess.Popen([program], env=variables, stderr=subprocess.PIPE, text=True) as relay:
        try:
            assert asked_until_it_answers("http://127.0.0.1:18797/oauth/token") == 502
        finally:
            relay.terminate()
        assert relay.stderr is not None
        assert "certificate" in relay.stderr.read()
    answer = node.web.request("OPTIONS", f"{node.url}/storage/post")
    assert "access-control-allow-origin" not in {key.lower() for key in answer.headers}
    reading = node.web.request("GET", f"{node.url}/storage/hash")
    assert "access-control-allow-origin" in {key.lower() for key in reading.headers}


def asked_until_it_answers(url: str) -> int:
    until = time.monotonic() + 15
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - our own
                return int(answer.status)
        except urllib.error.HTTPError as fault:
            with fault:
                return fault.code
        except OSError:
            time.sleep(0.1)
    raise AssertionError(url)


def dead_module(node: Node) -> None:
    """A module that dies takes its container with it, and is started again."""

    def restarts() -> int:
        labels = "app.kubernetes.io/name=catalog"
        found = node.kubectl.get("pods", "-n", node.namespace, "-l", labels)["items"]
        return sum(one["status"]["containerStatuses"][0]["restartCount"] for one in found)

    before = restarts()
    node.inside(CATALOG, "python3", "-c", KILL)
    until = time.monotonic() + PATIENCE_S
    while restarts() == before or node.status("GET", "/catalog/v1/resources?limit=1") != 200:
        assert time.monotonic() < until, "the catalog did not come back"
        time.sleep(0.3)


def no_portal(node: Node) -> None:
    """The catalog has a login of no portal, without which it would end at once."""
    variables = node.inside(CATALOG, "env").out.splitlines()
    assert {"PORTAL_URL=0", "PORTAL_USER=0", "PORTAL_PASS=0"} <= set(variables)
    settings = node.inside(CATALOG, "cat", "/run/rudi/ini/rudi-catalog-portal.ini").out
    assert "login = 0\npassw = 0" in settings
    assert node.status("GET", "/catalog/version") == 200


def known_image(node: Node) -> None:
    """What runs is the image of the release, by its digest, with that release's templates."""
    wanted = node.standing.connection.images["rudi"]
    assert "@sha256:" in wanted
    for workload in WORKLOADS[:3]:
        found = node.kubectl.get(workload, "-n", node.namespace)
        spec = found["spec"]["template"]["spec"]
        assert {one["image"] for one in (*spec["containers"], *spec["initContainers"])} == {wanted}
        release_file = node.inside(workload, "cat", "/app/rudi-node/RELEASE").out
        assert release_file.strip() == release("rudi", "2.8.1").release


HAZARDS: Mapping[str, Callable[[Node], None]] = {
    "rudi-b2-1": known_password,
    "rudi-b2-2": shipped_profile,
    "rudi-b2-3": account_above_all,
    "rudi-b2-4": open_hash,
    "rudi-b2-5": open_registration,
    "rudi-b2-6": unverified_portal,
    "rudi-b2-7": dead_module,
    "rudi-b2-8": no_portal,
    "rudi-b2-9": known_image,
}


@pytest.mark.parametrize("hazard", HAZARDS)
def test_the_unsafe_default_is_refused(node: Node, hazard: str) -> None:
    HAZARDS[hazard](node)


def test_every_hazard_has_its_test() -> None:
    assert {one.id for one in registry.facts("rudi").hazards} == set(HAZARDS)


def test_the_gate_lets_the_administrator_in_and_nobody_else(node: Node) -> None:
    """As a browser does it: to the provider and back, with the cookies that the gate gave."""
    email = f"donnees-admin@{SLUG}.example"
    password = node.secret(people_path(email), "password").reveal()
    assert through_the_gate(node, email, password) == 200
    connection = node.standing.connection
    assert connection.identity is not None
    token = operator_token(connection.secrets.token_file)
    provider = VaultIdentityProvider(
        connection.secrets.address,
        token,
        connection.authority,
        TenantNames(SLUG),
        connection.identity.public,
    )
    stranger = f"autre-{uuid.uuid4().hex[:8]}@{SLUG}.example"
    given = uuid.uuid4().hex
    assert provider.person(stranger, "Autre", Secret(given))
    assert through_the_gate(node, stranger, given) == 403


def through_the_gate(node: Node, email: str, password: str) -> int:
    """The status of the manager's settings, or of what the gate says to whom it does not let in."""
    begun = node.web.request("GET", f"{node.url}/manager/")
    place = named(begun, "location")
    asked = dict(parse_qsl(urlsplit(place).query))
    base = node.secret("rudi/login", "issuer").reveal().partition("/v1/")[0]
    mount = TenantNames(node.slug).people_mount
    signed_in = node.web.request(
        "POST",
        f"{base}/v1/auth/{mount}/login/{account_of(email)}",
        body=json.dumps({"password": password}).encode(),
    )
    assert signed_in.status == 200, signed_in.body
    token = json.loads(signed_in.body)["auth"]["client_token"]
    issuer = node.secret("rudi/login", "issuer").reveal()
    granted = node.web.request(
        "POST",
        f"{issuer}/authorize",
        headers={"X-Vault-Token": token},
        body=json.dumps(asked).encode(),
    )
    assert granted.status == 200, granted.body
    told = json.loads(granted.body)
    words = urlencode({"code": told["code"], "state": told["state"]})
    back = node.web.request(
        "GET", f"{node.url}/oauth2/callback?{words}", headers={"Cookie": cookies(begun)}
    )
    if back.status != 302:
        return back.status
    settings = f"{node.url}/manager/conf"
    return node.web.request("GET", settings, headers={"Cookie": cookies(back)}).status


def named(answer: WebAnswer, name: str) -> str:
    return {key.lower(): value for key, value in answer.headers.items()}[name]


def cookies(answer: WebAnswer) -> str:
    found = re.findall(r"(__Host-gate\w*=[^;,]+);", named(answer, "set-cookie"))
    return "; ".join(found)


def test_the_job_forgets_old_events(node: Node) -> None:
    made = node.inside(STORAGE, "python3", "-c", EVENT)
    assert made.out.strip().splitlines()[-1:] == ["1"], made.err
    job = ("job", "purge-now", "-n", node.namespace)
    node.kubectl("delete", *job, "--ignore-not-found")
    node.kubectl("create", *job, "--from=cronjob/purge-events")
    ended = node.kubectl(
        "wait",
        *("job/purge-now", "-n", node.namespace),
        "--for=condition=complete",
        "--timeout=60s",
        timeout_s=70,
    )
    assert ended.status == 0, node.kubectl("logs", "job/purge-now", "-n", node.namespace)
    assert node.inside(STORAGE, "python3", "-c", OLD).out.strip().splitlines()[-1:] == ["0"]


def test_an_unreachable_database_is_named(node: Node) -> None:
    """While it is away a plan says who does not reach what; once it is back nothing is to do."""
    scale = ("scale", "statefulset/database", "-n", node.namespace)
    assert node.kubectl(*scale, "--replicas=0").status == 0
    try:
        node.answers(500)
        told = node.project.succeed("plan", SLUG).out
    finally:
        assert node.kubectl(*scale, "--replicas=1").status == 0
    assert f"MongoDB (statefulset/database in {node.namespace})" in told, told
    node.answers(200)
    node.settled()
    node.project.succeed("onboard", SLUG, "--yes", "--expect-no-changes")


def test_a_wrong_key_file_is_refused_before_anything_is_touched(node: Node) -> None:
    store = node.store
    kept = store.read("rudi/keys")
    assert kept is not None
    store.replace("rudi/keys", {**kept, "catalog_mngr": Secret("ssh-rsa AAAA wrong")})
    try:
        refused = node.project.call("onboard", SLUG, "--yes")
    finally:
        store.read("rudi/keys")
        store.replace("rudi/keys", kept)
    assert "secret-too-weak" in refused.err
    assert "vault:rudi/keys#catalog_mngr" in refused.err
    assert "no Ed25519 private key" in refused.err
    assert "AAAA" not in refused.err + refused.out
    node.project.succeed("onboard", SLUG, "--yes", "--expect-no-changes")


def test_a_program_publishes_with_a_token_of_its_own_until_it_is_named_no_more(node: Node) -> None:
    kept = node.store.read("rudi/programs/publication")
    assert kept is not None
    assert kept["until"].reveal() == "2999-12-31"
    assert node.store.read("rudi/programs/ancien-export") is None
    token = kept["catalog_token"].reveal()
    resource = f"{CATALOG_URL}/catalog/admin/resources"
    wanted = described("Essai d'un programme")
    gone = {"method": "DELETE", "url": f"{resource}/{wanted['global_id']}"}
    assert node.ask(CATALOG, method="PUT", url=resource, json=wanted, token=token) == 200
    assert node.ask(CATALOG, **gone, token=token) == 200
    drop = {"method": "DELETE", "url": f"{CATALOG_URL}/catalog/admin/db"}
    assert node.ask(CATALOG, **drop, token=token) == 403
    forge = {"method": "POST", "url": f"{STORAGE_URL}/storage/jwt/forge"}
    upload = {"user_id": 1, "user_name": "x", "group_name": "producer"}
    storage = kept["storage_token"].reveal()
    assert node.ask(STORAGE, **forge, json=upload, token=storage) == 200
    log = node.kubectl("logs", CATALOG, "-n", node.namespace).out
    assert token not in log
    # Without its line in the file, what was given is believed by nobody, long before its end.
    file = node.project.root / "tenants" / f"{SLUG}.yaml"
    before = file.read_text(encoding="utf-8")
    file.write_text(re.sub(r"    programs:\n(      .*\n)+", "", before, count=1), "utf-8")
    planned = node.project.succeed("plan", SLUG, "--json").document["changes"]
    assert "program/publication" in [one["target"] for one in planned]
    node.project.succeed("onboard", SLUG, "--yes")
    contacts = {"method": "GET", "url": f"{CATALOG_URL}/catalog/admin/contacts/x"}
    assert node.ask(CATALOG, **contacts, token=token) == 401
    assert node.ask(STORAGE, **forge, json=upload, token=storage) == 401
    node.project.succeed("onboard", SLUG, "--yes", "--expect-no-changes")


def test_killed_after_each_step_it_still_arrives(standing: Standing, project: Project) -> None:
    slug = "essai-tue"
    tenant_file(project, slug)
    for step in (*STEPS[1:], "bootstrap", "acceptance"):
        with project.watched("onboard", slug, "--yes") as call:
            if call.says(f'"step": "{step}"'):
                call.process.kill()
            call.ended()
    project.succeed("onboard", slug, "--yes")
    again = project.succeed("onboard", slug, "--yes", "--expect-no-changes")
    assert again.out.startswith("Already so:")
    node = Node(slug, standing, project)
    login = {"method": "POST", "url": f"{MANAGER_URL}/manager/api/front/login"}
    password = node.secret("rudi/super-user", "password").reveal()
    body = {"username": "orchestrator", "password": password}
    assert node.ask(MANAGER, **login, json=body) == 200
    assert node.ask(MANAGER, **login, json={**body, "password": "x"}) == 401
    node.kubectl("delete", "namespace", node.namespace, "--wait=false")
    (project.root / "tenants" / f"{slug}.yaml").unlink()
