"""A workbench by the real command line: onboarded, tried again, used by people and programs."""

from __future__ import annotations

import json
import secrets
import subprocess  # noqa: TID251 - clients run as people run them
import sys
import threading
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.client import Config

from orchestrator.errors.root import ExitStatus
from orchestrator.model.secret import Secret
from orchestrator.products import registry
from orchestrator.products.grist.acceptance import CHECKS, TRIAL
from orchestrator.products.trying import NotAccepted, header
from orchestrator.sandbox.standins.grist.environment import PUBLIC_SESSION_SECRET
from orchestrator.sandbox.standins.grist.sessions import signed
from orchestrator.tools.objectstore_client import operator_keys
from tests.sandbox.project import Project, Standing, Watched
from tests.sandbox.workbench import WEB, Workbench, instance, store_of, wait_until

pytestmark = pytest.mark.sandbox

# A key that is kept belongs to a database: in a sandbox that is kept, no slug comes back.
CHANCE = secrets.token_hex(2)
SLUG, KILLED, ALONE = (f"essai-{name}-{CHANCE}" for name in ("tableur", "tue", "seul"))
NOBODY = "https://192.0.2.7/realms/essai"
FETCH = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=2).close()
except OSError as fault:
    sys.exit(f"refused: {fault}")
print("connected")
"""
CLIENT = """
import json, socket, sys
asked = json.load(sys.stdin)
found = socket.getaddrinfo  # not every machine knows that names of `localhost` are its own
socket.getaddrinfo = lambda _, *more, **named: found(asked["address"], *more, **named)
from pygrister.api import GristApi
from pygrister.apicaller import ApiCaller
from pygrister.config import Configurator
words = {"GRIST_API_KEY": asked["key"], "GRIST_SELF_MANAGED": "Y",
         "GRIST_SELF_MANAGED_HOME": asked["url"], "GRIST_SELF_MANAGED_SINGLE_ORG": "Y"}
caller = ApiCaller(Configurator(words), {"verify": asked["authority"]})
grist = GristApi(custom_apicaller=caller)
_, space = grist.add_workspace("Essai")
_, paper = grist.add_doc("Bancs", ws_id=space)
columns = [{"id": "Lieu", "fields": {"type": "Text"}}, {"id": "Nombre", "fields": {"type": "Int"}}]
grist.add_tables([{"id": "Bancs", "columns": columns}], doc_id=paper)
rows = [{"Lieu": "Mairie", "Nombre": 3}, {"Lieu": "École", "Nombre": 4}]
grist.add_records("Bancs", rows, doc_id=paper)
_, kept = grist.list_records("Bancs", doc_id=paper)
grist.delete_doc(doc_id=paper)
grist.delete_workspace(space)
print(json.dumps([[one["Lieu"], one["Nombre"]] for one in kept]))
"""


@pytest.fixture(scope="module")
def alone(standing: Standing, project: Project) -> Iterator[Watched]:
    """An onboarding whose people sign in where nobody is; it takes minutes to fail."""
    login = {
        "issuer": NOBODY,
        "client_id": "tableur",
        "client_secret": "vault:connexion#client_secret",
        "network": "192.0.2.7/32",
    }
    project.tenant_of(ALONE, {"grist": instance(ALONE, login=login)})
    store = store_of(standing, ALONE)
    store.prepare()
    store.create("connexion", {"client_secret": Secret("of-a-provider-that-is-nowhere")})
    with project.watched("onboard", ALONE, "--yes") as call:
        yield call
    remove(Workbench(ALONE, standing, project))


@pytest.fixture(scope="module")
def bench(standing: Standing, project: Project, alone: Watched) -> Iterator[Workbench]:
    """A workbench for all tests; what takes long begins beside it."""
    del alone
    found = Workbench(SLUG, standing, project)
    project.tenant_of(SLUG, {"grist": instance(SLUG)})
    project.succeed("onboard", SLUG, "--yes")
    yield found
    remove(found)


def remove(bench: Workbench) -> None:
    bench.kubectl("delete", "namespace", bench.namespace, "--wait=false")
    (bench.project.root / "tenants" / f"{bench.slug}.yaml").unlink()


def test_it_is_live_and_again_changes_nothing(bench: Workbench) -> None:
    again = bench.project.succeed("onboard", SLUG, "--yes", "--expect-no-changes")
    assert again.out.startswith("Already so:")
    found = bench.kubectl.get("configmap", "orchestrator-acceptance", "-n", bench.namespace)
    assert {name.replace(" ", "-") for name in CHECKS} <= set(found["data"])
    spaces = [one["name"] for one in bench.api("GET", "/api/orgs/current/workspaces")]
    assert not [name for name in spaces if name.startswith(TRIAL)]


def test_a_person_signs_in_by_the_identity_provider(bench: Workbench) -> None:
    password = bench.secret(f"people/{bench.administrator}", "password")
    cookie = bench.sign_in(bench.administrator, password)
    assert bench.who(cookie)["email"] == bench.administrator
    stranger = bench.ask("GET", "/oauth2/callback?code=x&state=y")
    assert stranger.status == 400


def test_a_program_works_through_the_entrance(bench: Workbench) -> None:
    entrance = bench.standing.connection.entrance
    asked = {
        "address": entrance.address,
        "url": bench.url,
        "authority": str(bench.standing.connection.authority),
        "key": bench.secret("grist/administrator", "key").reveal(),
    }
    done = subprocess.run(
        [sys.executable, "-c", CLIENT],
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [["Mairie", 3], ["École", 4]]


def paper(bench: Workbench, name: str) -> tuple[int, str]:
    """A workspace, and the path of a document there with one table."""
    space = bench.api("POST", "/api/orgs/current/workspaces", {"name": name})
    made = bench.api("POST", f"/api/workspaces/{space}/docs", {"name": name})
    columns = [{"id": "Number", "fields": {"type": "Int"}}]
    tables = {"tables": [{"id": "Rows", "columns": columns}]}
    bench.api("POST", f"/api/docs/{made}/tables", tables)
    return space, f"/api/docs/{made}"


# Hazards: the unsafe default is there, and it is refused.


def boot_key(bench: Workbench) -> None:
    """The key of the first start opens nothing inside, and nobody outside may try."""
    kept = bench.secret("grist/application", "boot_key").reveal()
    assert [bench.boot(key) for key in (kept, "")] == ["401", "401"]
    assert not bench.variable("GRIST_BOOT_KEY")
    assert "GRIST_BOOT_KEY" not in bench.database("select prefs from activations")
    log = bench.kubectl("logs", WEB, "-n", bench.namespace).out
    assert "BOOT KEY" not in log
    assert kept not in log
    for path in (
        *("/boot", "/boot/", "/boot/login", "//boot/login", "/./boot", "/x/../boot/login"),
        *("/%62oot/login", "/boot%2flogin", "/boot//login", f"/o/{SLUG}/boot/login"),
        *(f"/o/{SLUG}//boot/login", f"//o/{SLUG}/boot/login", "/o/elsewhere/boot/login"),
        *("/o/elsewhere//boot/login", "/o/elsewhere/%62oot/login", "/o/x/BOOT/login"),
        *("/metrics", "//metrics", "/internal", "/BOOT/login"),
    ):
        answer = bench.ask("POST", path, {"bootKey": kept, "adminEmail": bench.administrator})
        assert answer.status in {400, 403, 404}, (path, answer.status)
        assert bench.ask("GET", path).status in {400, 403, 404}, path


def flags(bench: Workbench) -> None:
    """A fresh database and both flags end the server; ours has them, and runs."""
    names = ("GRIST_ORG_CREATION_ANYONE", "GRIST_PERSONAL_ORGS")
    assert [bench.variable(name) for name in names] == ["false", "false"]
    fresh = {"GRIST_IN_SERVICE": "true", "GRIST_SINGLE_ORG": SLUG}
    refused = bench.another("flags", {**fresh, **dict.fromkeys(names, "false")})
    assert "No example workspace available" in refused.out
    assert refused.status == 1, refused


def session_secret(bench: Workbench) -> None:
    """What is signed with the secret that everybody can read is believed no more."""
    assert bench.variable("GRIST_SESSION_SECRET") not in {"", PUBLIC_SESSION_SECRET}
    password = bench.secret(f"people/{bench.administrator}", "password")
    _, _, value = bench.sign_in(bench.administrator, password).partition("=")
    name = value.removeprefix("s%3A").partition(".")[0]
    ours = bench.secret("grist/application", "session_secret").reveal()
    cookies = [f"grist_core={signed(name, each)}" for each in (ours, PUBLIC_SESSION_SECRET)]
    assert bench.who(cookies[0])["email"] == bench.administrator
    assert bench.who(cookies[1])["anonymous"]


def panel(bench: Workbench) -> None:
    """What an administrator changes in the panel is stored, and is of no effect."""
    wanted = {
        "GRIST_ADMIN_EMAIL": "intruder@elsewhere.example",
        "GRIST_FORCE_LOGIN": "false",
        "GRIST_IN_SERVICE": "false",
        "GRIST_LOGIN_SYSTEM_TYPE": "minimal",
        "GRIST_PERSONAL_ORGS": "true",
        "GRIST_ANON_PLAYGROUND": "true",
    }
    try:
        bench.api("PATCH", "/api/install/prefs", {"envVars": wanted})
        assert "intruder" in bench.database("select prefs from activations")
        bench.restart()
        subject, tools = bench.toolbox()
        for name, check in CHECKS.items():
            assert check(subject, tools), name
        admins = bench.api("GET", "/api/probes/admins")["details"]["emails"]
        assert admins == [bench.administrator]
        assert header(bench.ask("GET", "/"), "location") == "/login"
    finally:
        gone = {"envVars": dict.fromkeys(wanted)}
        bench.api("PATCH", "/api/install/prefs", gone)


def snapshots(bench: Workbench) -> None:
    """As many snapshots as the tenant file says, in every span; older ones are removed."""
    cap = json.loads(bench.variable("GRIST_SNAPSHOT_TIME_CAP"))
    assert cap == {"hour": 24, "day": 30, "isoWeek": 8, "month": 12, "year": 1}
    space, place = paper(bench, "Snapshots")
    for number in range(9):
        row = {"records": [{"fields": {"Number": number}}]}
        bench.api("POST", f"{place}/tables/Rows/records", row)
        bench.api("POST", f"{place}/flush")
    wait_until(
        lambda: 0 < len(bench.api("GET", f"{place}/snapshots")["snapshots"]) <= 7,
        "snapshots are not pruned",
    )
    bench.api("DELETE", f"/api/workspaces/{space}")


def calls(bench: Workbench) -> None:
    """The pod reaches its services and nothing else, be it on the same machine."""
    connection = bench.standing.connection
    objects = connection.objects.endpoint.rpartition("//")[2].partition(":")
    near = (objects[0], objects[2])
    there = (connection.mail.address, str(connection.mail.port))
    assert bench.inside("python3", "-c", FETCH, *near).out.strip() == "connected"
    subprocess.run([sys.executable, "-c", FETCH, *there], check=True, timeout=10)
    vault = connection.secrets.address.rpartition("//")[2].partition(":")
    for host, port in (there, (vault[0], vault[2]), ("192.0.2.7", "443")):
        refused = bench.inside("python3", "-c", FETCH, host, port)
        assert (refused.status, "refused" in refused.err) == (1, True), (host, refused)
    log = bench.kubectl("logs", WEB, "-n", bench.namespace).out
    assert "getgrist" not in log


def sandboxed(bench: Workbench) -> None:
    """A platform without a sandbox: the name says so, a finding says what it means."""
    assert bench.variable("GRIST_SANDBOX_FLAVOR") == "unsandboxed"
    found = bench.kubectl.get("configmap", "orchestrator-probes", "-n", bench.namespace)
    assert json.loads(found["data"]["sandboxing"])["status"] == "warning"
    plan = bench.project.succeed("tenant", "validate", SLUG, "--policy", "--json").document
    (finding,) = [one for one in plan["findings"] if one["control"] == "GRI-01"]
    assert finding["verdict"] == "manual"
    assert "every document, key and secret" in finding["message"]
    # Where it is named and not there, the server ends rather than run formulas without.
    refused = bench.another("sandbox", {"GRIST_SANDBOX_FLAVOR": "gvisor"})
    assert (refused.status, "runsc" in refused.out) == (1, True), refused


HAZARDS = {
    "grist-a4-boot-key": boot_key,
    "grist-a4-flags": flags,
    "grist-a9-session-secret": session_secret,
    "grist-a9-panel": panel,
    "grist-a9-snapshots": snapshots,
    "grist-a9-calls": calls,
    "grist-a9-sandbox": sandboxed,
}


@pytest.mark.parametrize("hazard", HAZARDS)
def test_the_unsafe_default_is_refused(bench: Workbench, hazard: str) -> None:
    HAZARDS[hazard](bench)


@pytest.mark.parametrize("hazard", ["grist-a3-gate"])
def test_a_gate_that_is_shut_is_not_accepted(bench: Workbench, hazard: str) -> None:
    """While all is well by the health page, no call to the API is answered."""
    del hazard
    with bench.with_environment(GRIST_IN_SERVICE="false"):
        assert bench.ask("GET", "/status?ready=1&db=1&redis=1").status == 200
        refused = bench.project.call("onboard", SLUG, "--yes")
    assert refused.status == ExitStatus.OUTSIDE, refused.err
    assert "acceptance-failed" in refused.err
    assert "not yet configured" in refused.err
    bench.project.succeed("onboard", SLUG, "--yes")
    bench.project.succeed("onboard", SLUG, "--yes", "--expect-no-changes")


@pytest.mark.parametrize("hazard", ["grist-a3-minimal"])
def test_the_smallest_provider_is_not_accepted(bench: Workbench, hazard: str) -> None:
    """Whoever opens the sign-in page is signed in, and the server calls that a success."""
    del hazard
    with bench.with_environment(GRIST_LOGIN_SYSTEM_TYPE="minimal"):
        stranger = header(bench.ask("GET", "/login"), "set-cookie").partition(";")[0]
        assert bench.who(stranger)["email"] == bench.administrator
        probe = bench.api("GET", "/api/probes/authentication")
        assert (probe["status"], probe["details"]["provider"]) == ("success", "minimal")
        subject, tools = bench.toolbox()
        for name, says in (("own probes", "sign in by minimal"), ("sign-in", "leads to /")):
            with pytest.raises(NotAccepted, match=says):
                CHECKS[name](subject, tools)


@pytest.mark.parametrize("hazard", ["grist-a9-versions"])
def test_versions_that_were_stopped_by_hand(bench: Workbench, hazard: str) -> None:
    """The server refuses to start, the plan says why, and the next run heals both."""
    del hazard
    objects = bench.standing.connection.objects
    keys = operator_keys(objects.credentials_file)
    store: Any = boto3.client(
        "s3",
        endpoint_url=objects.endpoint,
        region_name=objects.region,
        aws_access_key_id=keys.access,
        aws_secret_access_key=keys.secret.reveal(),
        config=Config(retries={"total_max_attempts": 1}),
    )
    bucket = bench.names.bucket
    stopped = {"Status": "Suspended"}
    store.put_bucket_versioning(Bucket=bucket, VersioningConfiguration=stopped)
    bench.kubectl("rollout", "restart", WEB, "-n", bench.namespace)

    def refused() -> bool:
        log = bench.kubectl("logs", WEB, "-n", bench.namespace, "--tail=20").out
        return "bucket of documents does not support versioning" in log

    wait_until(refused, "the server starts without versions")
    plan = bench.project.succeed("plan", SLUG, "--json").document
    assert f"bucket/{bucket}" in [one["target"] for one in plan["changes"]], plan["changes"]
    bench.project.succeed("onboard", SLUG, "--yes")
    assert store.get_bucket_versioning(Bucket=bucket)["Status"] == "Enabled"
    bench.settled()
    bench.project.succeed("onboard", SLUG, "--yes", "--expect-no-changes")


def test_programs_have_keys_of_their_own_that_end(bench: Workbench) -> None:
    """Each is let in with its own right, until its last day or until the file names it no more."""
    owner = f"dsi@{SLUG}.example"
    lasting, over = "2999-12-31", "2020-12-31"
    every = [
        {"name": "lecture", "purpose": "Lire les suivis", "owner": owner, "until": lasting},
        {"name": "ecriture", "purpose": "Verser les relevés", "owner": owner, "until": lasting},
        {"name": "passe", "purpose": "Reprendre l'ancien", "owner": owner, "until": over},
    ]
    every[1]["may"] = "write"
    bench.project.tenant_of(SLUG, {"grist": instance(SLUG, programs=every)})
    bench.project.succeed("onboard", SLUG, "--yes")
    keys = {name: bench.secret(f"grist/programs/{name}", "key") for name in ("lecture", "ecriture")}
    assert store_of(bench.standing, SLUG).read("grist/programs/passe") is None
    spaces = "/api/orgs/current/workspaces"
    read = {name: bench.ask("GET", spaces, key=key).status for name, key in keys.items()}
    assert read == {"lecture": 200, "ecriture": 200}
    made = {name: bench.ask("POST", spaces, {"name": name}, key=key) for name, key in keys.items()}
    assert {name: one.status for name, one in made.items()} == {"lecture": 403, "ecriture": 200}
    bench.api("DELETE", f"/api/workspaces/{json.loads(made['ecriture'].body)}")
    assert bench.ask("GET", "/api/scim/v2/Users", key=keys["ecriture"]).status == 403
    listed = bench.project.succeed("status", SLUG, "--json").document["instances"][0]["programs"]
    states = {one["name"]: one["state"] for one in listed}
    assert states == {"lecture": "granted", "ecriture": "granted", "passe": "ended"}
    # Somebody revokes one in the product itself: the plan says so, and the next run gives another.
    accounts = {one["label"]: one["id"] for one in bench.api("GET", "/api/service-accounts")}
    bench.api("DELETE", f"/api/service-accounts/{accounts['orchestrator:ecriture']}")
    bench.project.tenant_of(SLUG, {"grist": instance(SLUG, programs=every[1:])})
    planned = bench.project.succeed("plan", SLUG, "--json").document["changes"]
    told = {one["target"]: one["operation"] for one in planned if one["step"] == "programs"}
    assert told == {"program/ecriture": "update", "program/lecture": "delete"}
    bench.project.succeed("onboard", SLUG, "--yes")
    assert bench.ask("GET", spaces, key=keys["lecture"]).status == 401
    fresh = bench.secret("grist/programs/ecriture", "key")
    assert bench.ask("GET", spaces, key=fresh).status == 200
    bench.project.succeed("onboard", SLUG, "--yes", "--expect-no-changes")
    bench.project.tenant_of(SLUG, {"grist": instance(SLUG)})


def test_nothing_that_was_acknowledged_is_lost_while_it_is_changed(bench: Workbench) -> None:
    """Somebody writes into a document all the while a change starts the server anew."""
    space, place = paper(bench, "Changes")
    key = bench.secret("grist/administrator", "key")
    written: list[int] = []
    refusals: list[int] = []
    over = threading.Event()

    def write() -> None:
        number = 0
        while not over.is_set():
            number += 1
            row = {"records": [{"fields": {"Number": number}}]}
            try:
                status = bench.ask("POST", f"{place}/tables/Rows/records", row, key=key).status
            except Exception:  # noqa: BLE001 - whatever it is, it is no acknowledgement
                status = 0
            (written if status == 200 else refusals).append(number)
            over.wait(0.1)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        wait_until(lambda: len(written) > 20, "nothing is written")
        choice = {"GRIST_HELP_CENTER": "https://aide.essai.example/"}
        bench.project.tenant_of(SLUG, {"grist": instance(SLUG, settings=choice)})
        bench.project.succeed("onboard", SLUG, "--yes")
        before = len(written)
        wait_until(lambda: len(written) > before + 5, "nothing is written afterwards")
    finally:
        over.set()
        writer.join()
    assert refusals, "the server was never away"
    records = bench.api("GET", f"{place}/tables/Rows/records")["records"]
    assert set(written) <= {one["fields"]["Number"] for one in records}
    bench.api("DELETE", f"/api/workspaces/{space}")


def test_killed_in_its_first_start_and_its_lock_down_it_still_arrives(
    standing: Standing, project: Project, alone: Watched
) -> None:
    del alone
    bench = Workbench(KILLED, standing, project)
    project.tenant_of(KILLED, {"grist": instance(KILLED)})
    # In the middle of the play, when the server has told a key that nobody has kept; then after it.
    for moment in ("Make the administrator's key to the API", '"step": "lock-down"'):
        with project.watched("onboard", KILLED, "--yes") as call:
            assert call.says(moment), call.ended()
            call.process.kill()
            call.ended()
    project.succeed("onboard", KILLED, "--yes")
    again = project.succeed("onboard", KILLED, "--yes", "--expect-no-changes")
    assert again.out.startswith("Already so:")
    assert bench.database("select count(*) from users where api_key is not null") == "1"
    assert bench.api("GET", "/api/profile/user")["email"] == bench.administrator
    assert bench.boot(bench.secret("grist/application", "boot_key").reveal()) == "401"
    remove(bench)


def test_a_provider_that_nobody_reaches_is_named(alone: Watched) -> None:
    status, out, err = alone.ended(timeout_s=270)
    assert status == ExitStatus.OUTSIDE, out + err
    assert NOBODY in err


def test_every_hazard_has_its_test() -> None:
    ids = {one.id for one in registry.facts("grist").hazards}
    assert ids == {*HAZARDS, "grist-a3-gate", "grist-a3-minimal", "grist-a9-versions"}
