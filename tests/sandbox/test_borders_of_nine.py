"""Nine instances of three organisations: who reaches whom is exactly what the files declare.

From inside the pods of every instance, every port of every pod and service of all nine is tried.
What answers must be the instance's own parts and the ends of declared links, and all of these. Keys
of buckets, passwords of databases, credentials of programs and people's accounts are tried at all
nine, too: each opens its own and nothing else.

One of the nine is made to fail first, so that its organisation is partly done and then finished.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import hvac
import pytest
from botocore.client import Config
from botocore.exceptions import ClientError

from orchestrator.errors.root import ExitStatus
from orchestrator.model.names import InstanceNames, TenantNames, account_of
from tests.sandbox.nine import (
    ALONE,
    BEGINS,
    BOTH,
    LINKED,
    LINKS,
    MONGO,
    ONE_WAY,
    OWN,
    POSTGRES,
    PRODUCTS,
    PROGRAM,
    SOURCES,
    TRY,
    Nine,
    onboarded,
)
from tests.sandbox.project import Project, Standing
from tests.sandbox.test_borders import operator, vault

pytestmark = pytest.mark.sandbox


@dataclass(frozen=True)
class Target:
    """One port of a pod or a service."""

    namespace: str
    workload: str
    address: str
    port: int


@pytest.fixture(scope="module")
def nine(
    standing: Standing, project: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Nine]:
    """All nine, side by side."""
    found = onboarded(standing, project, tmp_path_factory.mktemp("alone"))
    yield found
    found.remove()


def test_one_of_three_that_fails_leaves_the_others_whole_and_is_finished_by_resume(
    nine: Nine,
) -> None:
    first, resumed = nine.first[ALONE], nine.first["resumed"]
    assert first.status == ExitStatus.PARTLY_DONE, first.out + first.err
    assert "error[partly-done]" in first.err
    assert "made to fail by the test" in first.err
    ends = re.findall(rf"^\s*{ALONE}/(\w+) +(done|failed)", first.err, re.MULTILINE)
    assert dict(ends) == {"decidim": "done", "grist": "done", "rudi": "failed"}, first.err
    assert resumed.status == 0, resumed.out + resumed.err
    assert f"{ALONE}/rudi is live" in resumed.out
    again = nine.projects[ALONE].succeed("onboard", ALONE, "--yes", "--expect-no-changes")
    assert "Already so" in again.out


@pytest.mark.parametrize("slug", [ONE_WAY, BOTH])
def test_nobody_else_noticed(nine: Nine, slug: str) -> None:
    assert nine.first[slug].status == 0, nine.first[slug].out + nine.first[slug].err


@pytest.fixture(scope="module")
def targets(nine: Nine) -> tuple[Target, ...]:
    """Every port of every pod and every service of the nine."""
    found = []
    for slug in LINKS:
        for product in PRODUCTS:
            space = f"{slug}-{product}"
            for one in nine.kubectl.get("pods", "-n", space)["items"]:
                if one["status"].get("phase") != "Running":
                    continue
                name = one["metadata"]["labels"]["app.kubernetes.io/name"]
                for container in one["spec"]["containers"]:
                    for port in container.get("ports", ()):
                        number = int(port["containerPort"])
                        found.append(Target(space, name, one["status"]["podIP"], number))
            for one in nine.kubectl.get("services", "-n", space)["items"]:
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
    nine: Nine, targets: tuple[Target, ...], slug: str, product: str
) -> None:
    asked = [(one.address, one.port) for one in targets]
    for source in SOURCES[product]:
        answers = nine.inside(f"{slug}-{product}", source, TRY, asked)
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
    nine: Nine, standing: Standing, product: str
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


def test_a_link_that_is_taken_out_is_shut_again(nine: Nine, targets: tuple[Target, ...]) -> None:
    file = nine.file(ONE_WAY)
    before = file.read_text(encoding="utf-8")
    file.write_text(before[: before.index("links:")], encoding="utf-8")
    try:
        nine.projects[ONE_WAY].succeed("onboard", ONE_WAY, "--yes")
        ends = [one for one in targets if one.namespace == f"{ONE_WAY}-grist"]
        asked = [(one.address, one.port) for one in ends if one.workload == "web"]
        until = time.monotonic() + 20
        reached = [True]
        while any(reached) and time.monotonic() < until:  # rules follow a change within seconds
            reached = nine.inside(f"{ONE_WAY}-decidim", "deployment/web", TRY, asked)
        assert reached
        assert not any(reached)
    finally:
        file.write_text(before, encoding="utf-8")


@pytest.mark.parametrize("slug", LINKS)
def test_every_tenant_has_three_instances_that_are_live(nine: Nine, slug: str) -> None:
    said = nine.projects[slug].succeed("status", slug, "--json").document["instances"]
    assert [one["state"] for one in said] == ["live"] * 3


@pytest.mark.parametrize("product", ["decidim", "grist"])
@pytest.mark.parametrize("slug", LINKS)
def test_a_key_opens_its_own_bucket_alone(nine: Nine, slug: str, product: str) -> None:
    objects = nine.standing.connection.objects
    kept = nine.kept(slug, f"{product}/objects")
    store: Any = boto3.client(
        "s3",
        endpoint_url=objects.endpoint,
        region_name=objects.region,
        aws_access_key_id=kept["access_key"],
        aws_secret_access_key=kept["secret_key"],
        config=Config(s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
    )
    attempts: dict[str, Callable[[str], object]] = {
        "list": lambda name: store.list_objects_v2(Bucket=name),
        "put": lambda name: store.put_object(Bucket=name, Key="attack", Body=b"attack"),
        "get": lambda name: store.get_object(Bucket=name, Key="attack"),
        "delete": lambda name: store.delete_object(Bucket=name, Key="attack"),
    }
    versions: dict[str, Callable[[str], object]] = {
        "versions": lambda name: store.list_object_versions(Bucket=name)
    }
    refused: dict[str, set[tuple[str, int]]] = {}
    for other in LINKS:
        for one in ("decidim", "grist"):
            own = (other, one) == (slug, product)
            # Where a product prunes its own versions, its key sees them; nobody else's does.
            for name, attempt in {**attempts, **({} if own else versions)}.items():
                bucket = InstanceNames(other, one).bucket
                try:
                    attempt(bucket)
                except ClientError as fault:
                    code = fault.response["ResponseMetadata"]["HTTPStatusCode"]
                    refused.setdefault(bucket, set()).add((name, code))
    foreign = {
        InstanceNames(other, one).bucket
        for other in LINKS
        for one in ("decidim", "grist")
        if (other, one) != (slug, product)
    }
    every = {(name, 403) for name in (*attempts, *versions)}
    assert refused == dict.fromkeys(foreign, every)


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("slug", LINKS)
def test_a_database_takes_its_own_password_alone(nine: Nine, slug: str, product: str) -> None:
    if product == "rudi":
        name, key, script, source = "catalog", "catalog_password", MONGO, "deployment/catalog"
    else:
        name, key, script, source = product, "password", POSTGRES, "deployment/web"
    every = [
        (other, one, value)
        for other in LINKS
        for one in PRODUCTS
        for kept, value in nine.kept(other, f"{one}/database").items()
        if kept.endswith("password")
    ]
    asked = [(name, value) for _, _, value in every]
    own = nine.kept(slug, f"{product}/database")[key]
    assert [value for _, value in asked].count(own) == 1
    answers = nine.inside(f"{slug}-{product}", source, script, asked)
    assert [value for (_, _, value), through in zip(every, answers, strict=True) if through] == [
        own
    ]


@pytest.mark.parametrize("slug", LINKS)
def test_a_program_is_let_in_by_its_own_organisation_alone(nine: Nine, slug: str) -> None:
    key = nine.kept(slug, f"grist/programs/{PROGRAM}")["key"]
    bearer = {"Authorization": f"Bearer {key}"}
    path = "/api/orgs/current"
    answers = {
        other: nine.standing.web.request("GET", f"{nine.url(other)}{path}", headers=bearer).status
        for other in LINKS
    }
    assert answers == {other: 200 if other == slug else 401 for other in LINKS}


@pytest.mark.parametrize("slug", LINKS)
def test_somebody_signs_in_to_their_own_organisation_alone(nine: Nine, slug: str) -> None:
    """Their token is worth nothing at another's provider, and no client of it lets them in."""
    web = nine.standing.web
    email = f"donnees@{slug}.example"
    word = json.dumps({"password": nine.kept(slug, f"people/{email}")["password"]}).encode()
    codes: dict[str, dict[str, int]] = {}
    for other in LINKS:
        login = nine.kept(other, "grist/login")
        base = login["issuer"].partition("/v1/")[0]
        mount = TenantNames(other).people_mount
        door = f"{base}/v1/auth/{mount}/login/{account_of(email)}"
        own = f"{base}/v1/auth/{TenantNames(slug).people_mount}/login/{account_of(email)}"
        opened = web.request("POST", own, body=word)
        assert opened.status == 200
        token = json.loads(opened.body)["auth"]["client_token"]
        asked = {
            "client_id": login["client_id"],
            "redirect_uri": f"{nine.url(other)}/oauth2/callback",
            "response_type": "code",
            "scope": "openid email profile",
            "state": "x",
        }
        code = web.request(
            "POST",
            f"{login['issuer']}/authorize",
            headers={"X-Vault-Token": token},
            body=json.dumps(asked).encode(),
        )
        codes[other] = {
            "account": web.request("POST", door, body=word).status,
            "code": code.status,
        }
    assert codes[slug] == {"account": 200, "code": 200}
    for other in set(LINKS) - {slug}:
        assert codes[other]["account"] == 400
        assert codes[other]["code"] in {400, 403}, codes
