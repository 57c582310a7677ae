"""The pods themselves, looked at from inside by testinfra."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import testinfra
from testinfra.host import Host

from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import TENANTS, Done, Standing

pytestmark = pytest.mark.sandbox

WORKLOADS = ("database", "queue", "cache", "web", "worker")
NAMESPACE = f"{TENANTS[0]}-decidim"


@pytest.fixture(scope="module")
def kubectl(standing: Standing, onboarded: dict[str, Done]) -> Kubectl:
    return Kubectl(standing.connection)


@pytest.fixture(scope="module", autouse=True)
def on_the_path(standing: Standing) -> Iterator[None]:
    """testinfra calls `kubectl` by its name."""
    with pytest.MonkeyPatch.context() as patch:
        folder = standing.connection.kubectl.parent
        patch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        patch.setenv("KUBECONFIG", str(standing.connection.kubeconfig))
        yield


def pod(kubectl: Kubectl, workload: str) -> dict[str, object]:
    found = kubectl.get("pods", "-n", NAMESPACE, "-l", f"app.kubernetes.io/name={workload}")[
        "items"
    ]
    running = [one for one in found if one["status"]["phase"] == "Running"]
    assert running, workload
    first: dict[str, object] = running[0]
    return first


def host(kubectl: Kubectl, workload: str) -> Host:
    name = pod(kubectl, workload)["metadata"]["name"]  # type: ignore[index]
    return testinfra.get_host(f"kubectl://{name}?namespace={NAMESPACE}")


@pytest.mark.parametrize("workload", WORKLOADS)
def test_it_runs_as_nobody_special(kubectl: Kubectl, workload: str) -> None:
    identity = host(kubectl, workload).check_output("cat /proc/self/status")
    fields = dict(line.split(":\t", 1) for line in identity.splitlines() if ":\t" in line)
    assert fields["Uid"].split()[0] == "1000"
    assert int(fields["CapEff"], 16) == 0
    assert fields["NoNewPrivs"].strip() == "1"
    assert fields["Seccomp"].strip() == "2"


@pytest.mark.parametrize("workload", WORKLOADS)
def test_its_root_is_read_only(kubectl: Kubectl, workload: str) -> None:
    tried = host(kubectl, workload).run("touch /attempt")
    assert tried.rc != 0
    assert "Read-only file system" in tried.stderr


@pytest.mark.parametrize("workload", WORKLOADS)
def test_it_holds_no_token(kubectl: Kubectl, workload: str) -> None:
    assert not host(kubectl, workload).file("/var/run/secrets/kubernetes.io").exists


@pytest.mark.parametrize("workload", WORKLOADS)
def test_it_has_requests_and_limits(kubectl: Kubectl, workload: str) -> None:
    containers = pod(kubectl, workload)["spec"]["containers"]  # type: ignore[index]
    for container in containers:
        for side in ("requests", "limits"):
            assert {"cpu", "memory"} <= set(container["resources"][side])


def test_the_namespace_enforces_the_restricted_standard(kubectl: Kubectl) -> None:
    labels = kubectl.get("namespace", NAMESPACE)["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"
    refused = kubectl(
        "run",
        "attempt",
        "-n",
        NAMESPACE,
        "--image=x",
        "--overrides",
        '{"spec":{"hostNetwork":true}}',
    )
    assert refused.status != 0
    assert "violates PodSecurity" in refused.err
