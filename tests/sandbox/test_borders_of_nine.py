"""Nine instances of three organisations: who reaches whom is exactly what the files declare.

From inside the pods of every instance, every port of every pod and service of all nine is tried.
What answers must be the instance's own parts and the ends of declared links, and all of these.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

import hvac
import pytest

from orchestrator.settings import load
from orchestrator.wiring import case as cases
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import CLONE, Project, Standing
from tests.sandbox.test_borders import operator, vault

pytestmark = pytest.mark.sandbox

MODEL = "les-trois-moulins"
ALONE, ONE_WAY, BOTH = "essai-seul", "essai-lien", "essai-liens"
PRODUCTS = ("decidim", "grist", "rudi")
LINKS = {
    ALONE: (),
    ONE_WAY: (("decidim", "grist"),),
    BOTH: (("decidim", "grist"), ("grist", "rudi")),
}
# Pods that an attack starts from, by product; each has Python in its image.
SOURCES = {
    "decidim": ("deployment/web", "deployment/worker"),
    "grist": ("deployment/web",),
    "rudi": ("deployment/catalog", "statefulset/storage", "statefulset/manager"),
}
# What each source reaches in its own instance, by the name of the workload.
OWN = {
    ("decidim", "deployment/web"): {"database", "queue", "cache"},
    ("decidim", "deployment/worker"): {"database", "queue", "cache"},
    ("grist", "deployment/web"): {"database", "queue"},
    ("rudi", "deployment/catalog"): {"database"},
    ("rudi", "statefulset/storage"): {"database"},
    ("rudi", "statefulset/manager"): {"catalog", "storage"},
}
# What a link to a product leads to.
LINKED = {"decidim": {"web"}, "grist": {"web"}, "rudi": {"catalog", "storage"}}
# A link begins at the pods with the role of the product's own code.
BEGINS = {"decidim": {"deployment/web", "deployment/worker"}, "grist": {"deployment/web"}}
TRY = """
import concurrent.futures, json, socket, sys
def one(target):
    try:
        socket.create_connection((target[0], target[1]), timeout=2).close()
    except OSError:
        return False
    return True
targets = json.load(sys.stdin)
with concurrent.futures.ThreadPoolExecutor(64) as pool:
    print(json.dumps(list(pool.map(one, targets))))
"""


@dataclass(frozen=True)
class Target:
    """One port of a pod or a service."""

    namespace: str
    workload: str
    address: str
    port: int


@pytest.fixture(scope="module")
def nine(standing: Standing, project: Project) -> Iterator[Kubectl]:
    """Three organisations with three instances each, onboarded side by side."""
    text = (CLONE / "tenants" / f"{MODEL}.yaml").read_text(encoding="utf-8")
    begun = {}
    for slug, links in LINKS.items():
        lines = [f"  - {{ from: {a}, to: {b}, purpose: Essai des liens }}" for a, b in links]
        own = text[: text.index("links:")].replace(MODEL, slug)
        tail = "\n".join(["links:", *lines, ""]) if lines else ""
        (project.root / "tenants" / f"{slug}.yaml").write_text(own + tail, encoding="utf-8")
        begun[slug] = project.start("onboard", slug, "--yes")
    for slug, process in begun.items():
        out, err = process.communicate(timeout=1500)
        assert process.returncode == 0, f"{slug}\n{out}\n{err}"
    yield Kubectl(standing.connection)
    for slug in LINKS:
        for product in PRODUCTS:
            Kubectl(standing.connection)("delete", "ns", f"{slug}-{product}", "--wait=false")
        (project.root / "tenants" / f"{slug}.yaml").unlink()


@pytest.fixture(scope="module")
def targets(nine: Kubectl) -> tuple[Target, ...]:
    """Every port of every pod and every service of the nine."""
    found = []
    for slug in LINKS:
        for product in PRODUCTS:
            space = f"{slug}-{product}"
            for one in nine.get("pods", "-n", space)["items"]:
                if one["status"].get("phase") != "Running":
                    continue
                name = one["metadata"]["labels"]["app.kubernetes.io/name"]
                for container in one["spec"]["containers"]:
                    for port in container.get("ports", ()):
                        number = int(port["containerPort"])
                        found.append(Target(space, name, one["status"]["podIP"], number))
            for one in nine.get("services", "-n", space)["items"]:
                number = int(one["spec"]["ports"][0]["port"])
                address = one["spec"]["clusterIP"]
                found.append(Target(space, one["metadata"]["name"], address, number))
    assert len({one.namespace for one in found}) == 9
    return tuple(found)


def allowed(slug: str, product: str, source: str) -> set[tuple[str, str]]:
    """Namespace and workload of all that this source may reach."""
    own = {(f"{slug}-{product}", name) for name in OWN[product, source]}
    ways = {
        (f"{slug}-{to}", name)
        for begin, to in LINKS[slug]
        if begin == product and source in BEGINS.get(product, ())
        for name in LINKED[to]
    }
    return own | ways


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("slug", LINKS)
def test_exactly_what_is_declared_is_reached(
    nine: Kubectl, targets: tuple[Target, ...], slug: str, product: str
) -> None:
    asked = json.dumps([(one.address, one.port) for one in targets])
    for source in SOURCES[product]:
        command = ["python3", "-c", TRY]
        said = nine.inside(f"{slug}-{product}", source, command, stdin=asked)
        assert said.status == 0, said.err
        answers = json.loads(said.out)
        reached = {
            (one.namespace, one.workload)
            for one, through in zip(targets, answers, strict=True)
            if through
        }
        # A pod reaches itself by its own address, which no policy can forbid.
        itself = (f"{slug}-{product}", source.partition("/")[2])
        assert reached - {itself} == allowed(slug, product, source), source


@pytest.mark.parametrize("product", PRODUCTS)
def test_an_instance_reads_its_own_secrets_alone(
    nine: Kubectl, standing: Standing, product: str
) -> None:
    del nine
    connection = standing.connection
    made = operator(connection).auth.token.create(
        policies=[f"tenant-{BOTH}-instance-{product}"], ttl="5m", no_default_policy=True
    )
    client = vault(connection, made["auth"]["client_token"])
    read = client.secrets.kv.v2.read_secret_version
    own = f"tenants/{BOTH}/kv"
    assert read(f"{product}/certificate", mount_point=own, raise_on_deleted_version=True)["data"]
    others = [
        *((own, f"{one}/certificate") for one in PRODUCTS if one != product),
        (own, "people/donnees"),
        (f"tenants/{ONE_WAY}/kv", f"{product}/certificate"),
    ]
    for mount, path in others:
        with pytest.raises(hvac.exceptions.Forbidden):
            read(path, mount_point=mount, raise_on_deleted_version=True)


def test_a_link_that_is_taken_out_is_shut_again(
    nine: Kubectl, project: Project, targets: tuple[Target, ...]
) -> None:
    file = project.root / "tenants" / f"{ONE_WAY}.yaml"
    before = file.read_text(encoding="utf-8")
    file.write_text(before[: before.index("links:")], encoding="utf-8")
    try:
        project.succeed("onboard", ONE_WAY, "--yes")
        ends = [one for one in targets if one.namespace == f"{ONE_WAY}-grist"]
        asked = json.dumps([(one.address, one.port) for one in ends if one.workload == "web"])
        until = time.monotonic() + 20
        reached = [True]
        while any(reached) and time.monotonic() < until:  # rules follow a change within seconds
            command = ["python3", "-c", TRY]
            said = nine.inside(f"{ONE_WAY}-decidim", "deployment/web", command, stdin=asked)
            reached = json.loads(said.out)
        assert reached
        assert not any(reached)
    finally:
        file.write_text(before, encoding="utf-8")


def test_every_tenant_has_three_instances_that_are_live(nine: Kubectl, project: Project) -> None:
    del nine
    for slug in LINKS:
        said = project.succeed("status", slug, "--json").document["instances"]
        assert [one["state"] for one in said] == ["live"] * 3, slug
    assert len(cases.read(load(root=project.root), ALONE)) == 3
