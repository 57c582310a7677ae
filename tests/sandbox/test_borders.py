"""Every border between two tenants, attacked from the inside; each attack must be refused.

Each kind of attack has a twin that must succeed, so that a refusal means a border and not a
mistyped address.
"""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import hvac
import pytest
from botocore.client import Config
from botocore.exceptions import ClientError

from orchestrator.model.connection import Connection
from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import TENANTS, Done, Standing

pytestmark = pytest.mark.sandbox

NORTH, SOUTH = (f"{slug}-decidim" for slug in TENANTS)
PORTS = {"database": 5432, "queue": 6379, "cache": 11211, "web": 3000}
SERVICE_PORTS = {**PORTS, "web": 80}
ATTACKER = "attacker"
CONNECT = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=3).close()
except OSError as fault:
    sys.exit(f"refused: {fault}")
print("connected")
"""


@pytest.fixture(scope="module")
def kubectl(standing: Standing, onboarded: dict[str, Done]) -> Kubectl:
    return Kubectl(standing.connection)


@pytest.fixture(scope="module")
def attacker(kubectl: Kubectl, standing: Standing) -> Iterator[str]:
    """A pod in a namespace without any policy, which may send whatever it likes."""
    image = standing.connection.images["toolbox"]
    listen = "while true; do nc -l -p 7777 -e echo here; done"
    kubectl.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": ATTACKER}},
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "attacker", "namespace": ATTACKER},
            "spec": {
                "automountServiceAccountToken": False,
                "containers": [{"name": "main", "image": image, "command": ["sh", "-c", listen]}],
            },
        },
    )
    waited = kubectl(
        "wait", "-n", ATTACKER, "pod/attacker", "--for=condition=Ready", "--timeout=60s"
    )
    assert waited.status == 0, waited.err
    yield kubectl.get("pod", "attacker", "-n", ATTACKER)["status"]["podIP"]
    kubectl("delete", "namespace", ATTACKER, "--wait=false")


def connects(kubectl: Kubectl, namespace: str, address: str, port: int) -> bool:
    answer = kubectl.inside(
        namespace, "deployment/web", ["python3", "-c", CONNECT, address, str(port)]
    )
    assert answer.out.strip() == "connected" or "refused" in answer.err, answer
    return answer.status == 0


def knocks(kubectl: Kubectl, address: str, port: int) -> bool:
    """Whether the attacker's pod gets through."""
    command = ["sh", "-c", f"echo | nc -w 3 {address} {port}"]
    return kubectl.inside(ATTACKER, "pod/attacker", command).status == 0


@pytest.mark.parametrize("target", ["database", "queue", "cache"])
@pytest.mark.parametrize("namespace", [NORTH, SOUTH])
def test_a_tenant_reaches_its_own_parts(kubectl: Kubectl, namespace: str, target: str) -> None:
    assert connects(kubectl, namespace, kubectl.services(namespace)[target], PORTS[target])


@pytest.mark.parametrize("target", PORTS)
@pytest.mark.parametrize(("here", "there"), [(NORTH, SOUTH), (SOUTH, NORTH)])
def test_no_pod_reaches_a_pod_of_the_other(
    kubectl: Kubectl, here: str, there: str, target: str
) -> None:
    assert not connects(kubectl, here, kubectl.pods(there)[target], PORTS[target])


@pytest.mark.parametrize("target", PORTS)
@pytest.mark.parametrize(("here", "there"), [(NORTH, SOUTH), (SOUTH, NORTH)])
def test_no_pod_reaches_a_service_of_the_other(
    kubectl: Kubectl, here: str, there: str, target: str
) -> None:
    assert not connects(kubectl, here, kubectl.services(there)[target], SERVICE_PORTS[target])


def test_the_attacker_can_send(kubectl: Kubectl, attacker: str) -> None:
    assert knocks(kubectl, attacker, 7777)


@pytest.mark.parametrize("target", PORTS)
@pytest.mark.parametrize("namespace", [NORTH, SOUTH])
def test_nobody_gets_in_from_a_namespace_without_policies(
    kubectl: Kubectl, attacker: str, namespace: str, target: str
) -> None:
    assert not knocks(kubectl, kubectl.pods(namespace)[target], PORTS[target])


@pytest.mark.parametrize("namespace", [NORTH, SOUTH])
def test_nothing_gets_out_to_such_a_namespace(
    kubectl: Kubectl, attacker: str, namespace: str
) -> None:
    assert not connects(kubectl, namespace, attacker, 7777)


@pytest.mark.parametrize("namespace", [NORTH, SOUTH])
def test_no_pod_reaches_the_cluster_s_own_interface(
    kubectl: Kubectl, standing: Standing, namespace: str
) -> None:
    node = standing.connection.network.node
    assert not connects(kubectl, namespace, node, 6443)
    assert not connects(kubectl, namespace, node, 10250)


def vault(connection: Connection, token: str) -> hvac.Client:
    return hvac.Client(connection.secrets.address, token, verify=str(connection.authority))


def operator(connection: Connection) -> hvac.Client:
    return vault(connection, connection.secrets.token_file.read_text(encoding="utf-8").strip())


def password(connection: Connection, slug: str, path: str, key: str) -> str:
    found = operator(connection).secrets.kv.v2.read_secret_version(
        path, mount_point=f"tenants/{slug}/kv", raise_on_deleted_version=True
    )
    value: str = found["data"]["data"][key]
    return value


LOGIN = """
import os, psycopg2, sys
try:
    psycopg2.connect(host="database", dbname="decidim", user="decidim",
                     password=sys.stdin.read().strip(), connect_timeout=5).close()
except psycopg2.OperationalError as fault:
    sys.exit(f"refused: {fault}")
print("signed in")
"""


@pytest.mark.parametrize(("here", "there"), [(0, 1), (1, 0)])
def test_a_database_refuses_the_credentials_of_the_other(
    kubectl: Kubectl, standing: Standing, here: int, there: int
) -> None:
    def signs_in(value: str) -> bool:
        command = ["python3", "-c", LOGIN]
        namespace = f"{TENANTS[here]}-decidim"
        answer = kubectl.inside(namespace, "deployment/web", command, stdin=value)
        assert answer.out.strip() == "signed in" or "refused" in answer.err, answer.err
        return answer.status == 0

    own, foreign = (
        password(standing.connection, TENANTS[one], "decidim/database", "password")
        for one in (here, there)
    )
    assert signs_in(own)
    assert not signs_in(foreign)


@pytest.mark.parametrize(("here", "there"), [(0, 1), (1, 0)])
def test_a_bucket_refuses_the_key_of_the_other(standing: Standing, here: int, there: int) -> None:
    connection = standing.connection
    keys = [
        password(connection, TENANTS[here], "decidim/objects", key)
        for key in ("access_key", "secret_key")
    ]
    store = boto3.client(
        "s3",
        endpoint_url=connection.objects.endpoint,
        region_name=connection.objects.region,
        aws_access_key_id=keys[0],
        aws_secret_access_key=keys[1],
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
    )
    own, foreign = (f"{TENANTS[one]}-decidim-uploads" for one in (here, there))
    listed = store.list_objects_v2(Bucket=own)["Contents"]
    assert listed
    key = listed[0]["Key"]
    assert store.get_object(Bucket=own, Key=key)["Body"].read()
    attacks = {
        "list": lambda: store.list_objects_v2(Bucket=foreign),
        "versions": lambda: store.list_object_versions(Bucket=foreign),
        "get": lambda: store.get_object(Bucket=foreign, Key=key),
        "put": lambda: store.put_object(Bucket=foreign, Key="attack", Body=b"attack"),
        "delete": lambda: store.delete_object(Bucket=foreign, Key=key),
        "copy from": lambda: store.copy_object(
            Bucket=own, Key="stolen", CopySource={"Bucket": foreign, "Key": key}
        ),
        "copy to": lambda: store.copy_object(
            Bucket=foreign, Key="planted", CopySource={"Bucket": own, "Key": key}
        ),
        "make": lambda: store.create_bucket(Bucket=f"{foreign}-attack"),
    }
    for name, attack in attacks.items():
        with pytest.raises(ClientError) as caught:
            attack()
        status = caught.value.response["ResponseMetadata"]["HTTPStatusCode"]
        assert status == 403, f"{name}: {status}"
    listed_buckets = [one["Name"] for one in store.list_buckets()["Buckets"]]
    assert foreign not in listed_buckets


@pytest.mark.parametrize(("here", "there"), [(0, 1), (1, 0)])
def test_a_token_of_one_tenant_opens_nothing_of_the_other(
    standing: Standing, here: int, there: int
) -> None:
    connection = standing.connection
    made = operator(connection).auth.token.create(
        policies=[f"tenant-{TENANTS[here]}-operator"], ttl="5m", no_default_policy=True
    )
    client = vault(connection, made["auth"]["client_token"])
    read = client.secrets.kv.v2.read_secret_version
    own, foreign = (f"tenants/{TENANTS[one]}" for one in (here, there))
    path = "decidim/database"
    assert read(path, mount_point=f"{own}/kv", raise_on_deleted_version=True)["data"]
    encrypt = client.secrets.transit.encrypt_data
    assert encrypt("state", "aGVsbG8=", mount_point=f"{own}/transit")["data"]
    with pytest.raises(hvac.exceptions.Forbidden):
        read(path, mount_point=f"{foreign}/kv", raise_on_deleted_version=True)
    with pytest.raises(hvac.exceptions.Forbidden):
        client.secrets.kv.v2.list_secrets("decidim", mount_point=f"{foreign}/kv")
    with pytest.raises(hvac.exceptions.Forbidden):
        client.secrets.kv.v2.create_or_update_secret(
            path, {"password": "x"}, mount_point=f"{foreign}/kv"
        )
    with pytest.raises(hvac.exceptions.Forbidden):
        encrypt("state", "aGVsbG8=", mount_point=f"{foreign}/transit")
    with pytest.raises(hvac.exceptions.Forbidden):
        client.sys.list_mounted_secrets_engines()
