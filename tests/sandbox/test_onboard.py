"""Two municipalities onboarded side by side: what is true afterwards, and again, and at once."""

from __future__ import annotations

import json
import subprocess  # noqa: TID251 - the address is for people, who use curl
import sys

import pytest

from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import STEPS, TENANTS, Done, Project, Standing

pytestmark = pytest.mark.sandbox

ASK = """
import json, socket, sys
found = socket.getaddrinfo  # not every machine knows that names of `localhost` are its own
socket.getaddrinfo = lambda _, *more, **named: found("127.0.0.1", *more, **named)
from gql import Client, gql
from gql.transport.requests import RequestsHTTPTransport
transport = RequestsHTTPTransport(url=sys.argv[1], verify=sys.argv[2])
client = Client(transport=transport, fetch_schema_from_transport=True)
with client as session:
    answer = session.execute(gql("{ decidim { applicationName version } organization { id } }"))
print(json.dumps({**answer, "types": sorted(client.schema.type_map)}))
"""


@pytest.fixture
def kubectl(standing: Standing) -> Kubectl:
    return Kubectl(standing.connection)


@pytest.mark.parametrize("slug", TENANTS)
def test_the_site_answers_at_its_public_address(
    standing: Standing, onboarded: dict[str, Done], slug: str
) -> None:
    entrance = standing.connection.entrance
    url = f"https://participer.{slug}.localhost:{entrance.port}/"
    argv = ["curl", "--silent", "--fail", "--cacert", str(standing.connection.authority), url]
    page = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=True).stdout
    assert "stand-in" in page
    said = onboarded[slug].out
    assert url.rstrip("/") in said
    assert "Next:" in said


@pytest.mark.parametrize("slug", TENANTS)
def test_the_database_holds_one_organisation(
    kubectl: Kubectl, onboarded: dict[str, Done], slug: str
) -> None:
    statement = "select host from decidim_organizations"
    command = ["psql", "-X", "-A", "-t", "-h", "/run/postgresql", "-U", "postgres", "-d", "decidim"]
    answer = kubectl.inside(f"{slug}-decidim", "statefulset/database", [*command, "-c", statement])
    assert answer.out.split() == [f"participer.{slug}.localhost"]


def test_the_run_is_recorded_whole(project: Project, onboarded: dict[str, Done]) -> None:
    runs = project.succeed("run", "list", TENANTS[0], "--json").document["runs"]
    first = runs[-1]
    assert first["outcome"] == "done"
    folder = project.runs / first["id"]
    lines = (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    # the schema is there as soon as the job of the stack has ended: then it is only looked at
    ends = {"step_done", "step_already_so"}
    ended = [event["step"] for event in map(json.loads, lines) if event.get("type") in ends]
    assert ended == list(STEPS)
    play = (folder / "tools" / "play-onboard-decidim.events.jsonl").read_text(encoding="utf-8")
    assert len(play.splitlines()) > 3
    stack = project.root / ".orchestrator" / "pulumi" / ".pulumi" / "stacks" / "orchestrator"
    state = json.loads((stack / f"{TENANTS[0]}-decidim.json").read_text(encoding="utf-8"))
    kinds = {one["type"] for one in state["checkpoint"]["latest"]["resources"]}
    assert "kubernetes:apps/v1:StatefulSet" in kinds


@pytest.mark.parametrize("slug", TENANTS)
def test_again_changes_nothing_and_says_so(
    project: Project, kubectl: Kubectl, onboarded: dict[str, Done], slug: str
) -> None:
    def versions() -> dict[str, str]:
        kinds = "deployments,statefulsets,services,configmaps,secrets,ingresses,networkpolicies"
        return {
            f"{one['kind']}/{one['metadata']['name']}": one["metadata"]["uid"]
            + str(one["metadata"].get("generation", ""))
            for one in kubectl.get(kinds, "-n", f"{slug}-decidim")["items"]
        }

    before = versions()
    again = project.succeed("onboard", slug, "--yes", "--expect-no-changes")
    assert again.out.startswith("Already so:")
    assert versions() == before
    plan = project.succeed("plan", slug, "--json", "--expect-no-changes").document
    assert plan["changes"] == []


def test_status_says_live(project: Project, onboarded: dict[str, Done]) -> None:
    found = project.succeed("status", "--json").document["instances"]
    states = {one["tenant"]: one["state"] for one in found}
    assert {slug: states[slug] for slug in TENANTS} == dict.fromkeys(TENANTS, "live")


def test_a_second_run_at_once_is_refused(project: Project, onboarded: dict[str, Done]) -> None:
    from orchestrator.model.names import InstanceNames
    from orchestrator.tools.clock import SystemClock
    from orchestrator.tools.leases import Holder, Leases

    name = InstanceNames(TENANTS[0], "decidim").lease
    leases = Leases(project.root / ".orchestrator" / "leases", SystemClock())
    with leases.hold(name, "abcdef", Holder.present()):
        refused = project.call("onboard", TENANTS[0], "--yes")
    assert refused.status == 10
    assert "abcdef" in refused.err
    assert "process" in refused.err


def test_a_client_of_others_asks_for_the_schema_and_is_answered(
    standing: Standing, project: Project, onboarded: dict[str, Done]
) -> None:
    assert onboarded
    (one,) = project.succeed("status", TENANTS[0], "--json").document["instances"]
    interface, guarded = one["interfaces"]
    assert (interface["name"], guarded["access"]) == ("GraphQL", "key")
    authority = str(standing.connection.authority)
    done = subprocess.run(
        [sys.executable, "-c", ASK, interface["url"], authority],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["decidim"]["applicationName"]
    assert told["decidim"]["version"] is None
    assert {"Query", "Decidim", "Organization"} <= set(told["types"])
