"""What goes wrong around a run is refused with a code and a way on; nothing is lost."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hvac
import pytest

from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import CLONE, NAME, TENANTS, Done, Project, Standing

pytestmark = pytest.mark.sandbox

NORTH = TENANTS[0]
GIANT = {  # a database that needs more than any node has
    "name: demo": "name: giant",
    "memory_request: 128Mi, memory_limit: 512Mi": "memory_request: 90Gi, memory_limit: 90Gi",
    "memory: 5Gi": "memory: 400Gi",
}


def test_a_namespace_of_somebody_else_is_left_alone(standing: Standing, project: Project) -> None:
    slug = "essai-pris"
    project.tenant(slug)
    kubectl = Kubectl(standing.connection)
    kubectl("create", "namespace", f"{slug}-decidim")
    before = kubectl.get("namespace", f"{slug}-decidim")["metadata"]["resourceVersion"]
    refused = project.call("onboard", slug, "--yes")
    assert refused.status == 2
    assert "namespace-foreign" in refused.err
    assert kubectl.get("namespace", f"{slug}-decidim")["metadata"]["resourceVersion"] == before
    kubectl("delete", "namespace", f"{slug}-decidim", "--wait=false")


@pytest.mark.fault(
    18,
    "The secrets server is sealed",
    "Vault sealed between two runs",
    "`secrets-sealed` with the way on; nothing is done without it",
)
def test_a_sealed_vault_is_told_and_unsealed_by_up(
    standing: Standing, project: Project, onboarded: dict[str, Done]
) -> None:
    connection = standing.connection
    keys = json.loads((connection.secrets.token_file.with_name("keys.json")).read_text("utf-8"))
    client = hvac.Client(
        connection.secrets.address, keys["root_token"], verify=str(connection.authority)
    )
    client.sys.seal()
    refused = project.call("plan", NORTH)
    assert refused.status == 4
    assert "secrets-sealed" in refused.err
    assert "orchestrator sandbox up" in refused.err
    project.succeed("sandbox", "up", "--name", NAME)
    assert project.succeed("plan", NORTH, "--json").document["changes"] == []


def test_a_size_that_no_node_takes_is_told_and_a_smaller_one_heals_it(
    project: Project, slug: str
) -> None:
    text = (CLONE / "tenants" / "_sizes" / "demo.yaml").read_text("utf-8")
    for old, new in GIANT.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    sizes = project.root / "tenants" / "_sizes"
    sizes.mkdir(exist_ok=True)
    (sizes / "giant.yaml").write_text(text, encoding="utf-8")
    project.tenant(slug, {"size: demo": "size: giant"})
    with project.watched("onboard", slug, "--yes") as call:
        assert call.says("Insufficient memory")
        call.process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        call.process.send_signal(signal.SIGINT)
        assert call.ended()[0] == 130
    project.tenant(slug)
    assert f"{slug}/decidim is live" in project.succeed("onboard", slug, "--yes").out


@contextmanager
def lock(project: Project, **body: object) -> Iterator[Path]:
    stack = f"{NORTH}-decidim"
    folder = project.root / ".orchestrator/pulumi/.pulumi/locks/organization/orchestrator" / stack
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "left.json"
    path.write_text(json.dumps({"username": "somebody", **body}), encoding="utf-8")
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@pytest.mark.fault(
    25,
    "The engine of the stack is killed and leaves its lock",
    "a lock of a process that is dead",
    "it is released, and the stack is as it should be",
)
def test_a_lock_of_a_dead_engine_here_is_released(
    project: Project, onboarded: dict[str, Done]
) -> None:
    with lock(project, pid=4_000_000, hostname=socket.gethostname()) as path:
        project.succeed("plan", NORTH, "--expect-no-changes")
        assert not path.exists()


@pytest.mark.fault(
    25,
    "The engine of the stack is killed and leaves its lock",
    "a lock of another machine",
    "`stack-locked` with that machine's name; the lock stays",
)
def test_a_lock_from_elsewhere_is_refused_and_stays(
    project: Project, onboarded: dict[str, Done]
) -> None:
    with lock(project, pid=1, hostname="another-machine") as path:
        refused = project.call("plan", NORTH)
        assert refused.status == 10
        assert "stack-locked" in refused.err
        assert "another-machine" in refused.err
        assert path.exists()
