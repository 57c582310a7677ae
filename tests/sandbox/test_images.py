"""Images that no tenant uses yet, each in pods as the stacks make them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.client import Config
from cryptography.hazmat.primitives import serialization as forms
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from orchestrator.sandbox.standins.rudi.passwords import credentials
from stacks.pod import (
    Container,
    Pod,
    Volume,
    command_probe,
    configuration_files,
    scratch,
    secret_files,
)
from tests.sandbox.kubectl import Answer
from tests.sandbox.lodging import LITTLE, Lodging, http_probe, of
from tests.sandbox.project import Standing

pytestmark = pytest.mark.sandbox

ROOT, CATALOG, STORAGE, SUPER = "pass-of-root", "pass-of-catalog", "pass-of-storage", "pass-of-su"
HOST = "mongodb:27017"
RUDI_USER = 5001
TEMPORARY = "/tmp"  # noqa: S108 - a mount of each pod's own
FILES = Path(__file__).parents[2] / "orchestrator/sandbox/standins/files/rudi/app/config/ini"
PORTS = {"catalog": 3030, "storage": 3031, "manager": 3032}
READY = {
    "catalog": "/catalog/v1/resources?limit=1",
    "storage": "/storage/hash",
    "manager": "/manager/conf",
}
# Address, database and what to do come on stdin: a password is no argument.
DRIVE = """
import json, sys, pymongo
uri, database, kind, document = json.load(sys.stdin)
client = pymongo.MongoClient(uri, serverSelectionTimeoutMS=60000)
try:
    if document:
        client[database][kind].insert_one(document)
    print(json.dumps([{**each, "_id": 0} for each in client[database][kind].find()]))
except pymongo.errors.OperationFailure as fault:
    sys.exit(f"refused: {fault.code}")
"""
# Log in, then ask the manager for what it asks of the other two.
MANAGE = """
import json, sys, urllib.request
def ask(path, body=None, **headers):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request("http://127.0.0.1:3032/manager/api" + path, data, headers)
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)
token = ask("/front/login", json.load(sys.stdin))["token"]
found = [ask(path, Authorization="Bearer " + token) for path in ("/data/resources", "/storage/jwt")]
print(json.dumps([found[0], found[1]["status"]]))
"""
PREPARE = """
umask 077
mkdir -p /run/rudi/ini /run/rudi/safe /run/rudi/keys
cp -f /app/config/ini/*.am /run/rudi/ini/
cp -f /etc/rudi/*.am /run/rudi/ini/
cp -f /run/secrets/rudi/*.pub /run/rudi/keys/
cp -f /run/secrets/rudi/* /run/rudi/safe/
"""


@pytest.fixture(scope="module")
def lodging(standing: Standing) -> Iterator[Lodging]:
    found = Lodging(standing.connection, "images")
    found.open()
    yield found
    found.leave()


@pytest.fixture(scope="module")
def mongodb(lodging: Lodging) -> Pod:
    """The database, with a user for each of two databases."""
    passwords = {"root": ROOT, "catalog": CATALOG, "storage": STORAGE}
    lodging.secret("mongodb", {f"{name}_password": each for name, each in passwords.items()})
    lodging.service("mongodb", 27017)
    wanted = Pod(
        "default",
        Container(
            "mongodb",
            lodging.images["mongodb"],
            LITTLE,
            environment={"MONGO_USERS": "catalog:rudi_catalog storage:rudi_storage"},
            port=27017,
            probes={"readinessProbe": command_probe("mongod-ready", period_s=1, failures=90)},
        ),
        (
            Volume("data", "/data/db", lodging.claim("mongodb")),
            secret_files("secrets", "/run/secrets/mongodb", "mongodb"),
            scratch("tmp", TEMPORARY, "16Mi"),
        ),
    )
    lodging.begin("mongodb", wanted)
    lodging.ready("mongodb")
    return wanted


@pytest.fixture(scope="module")
def client(lodging: Lodging, mongodb: Pod) -> Lodging:
    """A pod with the real driver."""
    lodging.begin(
        "client",
        Pod(
            "default",
            Container("client", lodging.images["rudi"], LITTLE, ("sleep", "3600")),
            grace_s=1,  # the first process of a pod ignores what it does not trap
        ),
    )
    lodging.ready("client")
    return lodging


def drive(client: Lodging, who: str, database: str, document: Mapping[str, Any] | None) -> Answer:
    words = json.dumps([f"mongodb://{who}{HOST}/rudi_catalog", database, "tests", document])
    return client.inside("client", "python3", "-c", DRIVE, stdin=words)


def test_a_user_of_the_database_uses_its_own(client: Lodging) -> None:
    done = drive(client, f"catalog:{CATALOG}@", "rudi_catalog", {"town": "Saint-Martin"})
    assert json.loads(done.out)[-1]["town"] == "Saint-Martin", done.err


@pytest.mark.parametrize(
    ("who", "database", "code"),
    [
        ("", "rudi_catalog", 13),
        (f"catalog:{STORAGE}@", "rudi_catalog", 18),
        (f"catalog:{CATALOG}@", "rudi_storage", 13),
        (f"catalog:{CATALOG}@", "admin", 13),
    ],
)
def test_the_database_refuses_all_else(client: Lodging, who: str, database: str, code: int) -> None:
    assert drive(client, who, database, None).err.startswith(f"refused: {code}")


def test_what_the_database_was_given_outlives_its_pod(client: Lodging, mongodb: Pod) -> None:
    who = f"catalog:{CATALOG}@"
    assert drive(client, who, "rudi_catalog", {"kept": "yes"}).status == 0
    client.end("mongodb")
    client.begin("mongodb", mongodb)
    client.ready("mongodb")
    found = json.loads(drive(client, who, "rudi_catalog", None).out)
    assert {"kept": "yes", "_id": 0} in found


def pair(name: str) -> dict[str, str]:
    """A pair of keys in the form of OpenSSH, as two files."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        forms.Encoding.PEM, forms.PrivateFormat.OpenSSH, forms.NoEncryption()
    )
    public = key.public_key().public_bytes(forms.Encoding.OpenSSH, forms.PublicFormat.OpenSSH)
    return {name: private.decode(), f"{name}.pub": f"{public.decode()} {name}\n"}


def module(lodging: Lodging, name: str, keys: Mapping[str, str]) -> None:
    """Start one module of the node, with what it needs and nothing else."""
    lodging.secret(f"{name}-keys", keys)
    lodging.service(name, PORTS[name])
    work = {word: f"/run/rudi/{word}" for word in ("ini", "safe", "log", "backups", "media", "db")}
    environment = {
        "ENABLE_DB": "false",
        **{f"ENABLE_{each.upper()}": str(each == name).lower() for each in PORTS},
        **{f"{each.upper()}_LOCAL_URL": f"http://{each}:{PORTS[each]}" for each in PORTS},
        **{f"{each.upper()}_PUBLIC_URL": "https://data.town.example" for each in PORTS},
        "CATALOG_DB_NAME": "rudi_catalog",
        "STORAGE_DB_NAME": "rudi_storage",
        **{f"{word.upper().removesuffix('S')}_DIR": each for word, each in work.items()},
        "PUBKEY_DIR": "/run/rudi/keys",
    }
    image = lodging.images["rudi"]
    lodging.begin(
        name,
        Pod(
            "default",
            Container(
                name,
                image,
                LITTLE,
                environment=environment,
                environment_from=of(f"rudi-{name}"),
                port=PORTS[name],
                probes={"readinessProbe": http_probe(READY[name], PORTS[name])},
            ),
            (
                scratch("work", "/run/rudi", "64Mi"),
                scratch("tmp", TEMPORARY, "16Mi"),
                configuration_files("settings", "/etc/rudi", "rudi"),
                secret_files("keys", "/run/secrets/rudi", f"{name}-keys"),
            ),
            user=RUDI_USER,
            first=Container("prepare", image, LITTLE, ("sh", "-euc", PREPARE)),
        ),
    )


def test_the_node_s_modules_work_together_from_three_pods(lodging: Lodging, mongodb: Pod) -> None:
    template = (FILES / "rudi-storage-conf.ini.am").read_text(encoding="utf-8")
    without = re.sub(r"\$1\$[0-9a-f]{32}\$", "", template)
    assert without != template
    lodging.settings("rudi", {"rudi-storage-conf.ini.am": without})
    base = f"mongodb://storage:{STORAGE}@{HOST}"
    uri = f"mongodb://catalog:{CATALOG}@{HOST}/rudi_catalog"
    lodging.secret("rudi-catalog", {"CATALOG_DB_URI": uri})
    lodging.secret("rudi-storage", {"MONGODB": base})
    lodging.secret("rudi-manager", {"SU": credentials("town-admin", SUPER)})
    keys = {**pair("catalog_mngr"), **pair("store_mngr")}
    public = {name: text for name, text in keys.items() if name.endswith(".pub")}
    for name in PORTS:
        module(lodging, name, keys if name == "manager" else public)
    lodging.ready(*PORTS)
    who = json.dumps({"username": "town-admin", "password": SUPER})
    answered = lodging.inside("manager", "python3", "-c", MANAGE, stdin=who)
    assert json.loads(answered.out or "0") == [[], "OK"], answered.err
    kept = lodging.inside("manager", "cat", "/run/rudi/safe/catalog_mngr.pub").out
    assert kept == keys["catalog_mngr.pub"]


@pytest.fixture
def bucket(standing: Standing) -> Iterator[Mapping[str, str]]:
    """A bucket that keeps versions, in the words of the product."""
    place = standing.connection.objects
    keys = json.loads(place.credentials_file.read_text(encoding="utf-8"))
    store = boto3.client(
        "s3",
        endpoint_url=place.endpoint,
        region_name=place.region,
        aws_access_key_id=keys["access_key"],
        aws_secret_access_key=keys["secret_key"],
        config=Config(s3={"addressing_style": "path"}),
    )
    name = "tests-images"
    store.create_bucket(Bucket=name)
    store.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    host, _, port = place.endpoint.rpartition("/")[2].partition(":")
    found = {"BUCKET": name, "ENDPOINT": host, "PORT": port, "USE_SSL": "false"}
    found |= {"ACCESS_KEY": keys["access_key"], "SECRET_KEY": keys["secret_key"]}
    yield {f"GRIST_DOCS_MINIO_{word}": each for word, each in found.items()}
    listed = store.list_object_versions(Bucket=name)
    for one in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]:
        store.delete_object(Bucket=name, Key=one["Key"], VersionId=one["VersionId"])
    store.delete_bucket(Bucket=name)


def backends(lodging: Lodging) -> None:
    """The database and the Redis of Grist."""
    lodging.secret("database", {"superuser_password": ROOT, "password": "pass-of-grist"})
    lodging.secret("redis", {"password": "pass-of-redis"})
    lodging.service("database", 5432)
    lodging.service("redis", 6379)
    database = Container(
        "database",
        lodging.images["postgresql"],
        LITTLE,
        environment={"DATABASE_ROLE": "grist", "DATABASE_NAME": "grist"},
        probes={
            "readinessProbe": command_probe(
                "pg_isready", "--host=127.0.0.1", period_s=1, failures=60
            )
        },
    )
    redis = Container(
        "redis",
        lodging.images["redis"],
        LITTLE,
        probes={"readinessProbe": command_probe("redis-ready", period_s=1, failures=60)},
    )
    folders = {"data": "/var/lib/postgresql/data", "run": "/run/postgresql", "tmp": TEMPORARY}
    lodging.begin(
        "database",
        Pod(
            "default",
            database,
            (
                *(scratch(name, path, "256Mi") for name, path in folders.items()),
                secret_files("secrets", "/run/secrets/database", "database"),
            ),
        ),
    )
    lodging.begin(
        "redis",
        Pod(
            "default",
            redis,
            (
                scratch("data", "/data", "64Mi"),
                scratch("run", "/run/redis", "16Mi"),
                secret_files("secrets", "/run/secrets/redis", "redis"),
            ),
        ),
    )
    lodging.ready("database", "redis")


def grist(lodging: Lodging, **phase: str) -> None:
    """Start Grist; another one of before is ended."""
    environment = {
        "APP_HOME_URL": "https://grist.town.example",
        "GRIST_SINGLE_ORG": "town",
        "GRIST_IN_SERVICE": "true",
        "GRIST_ADMIN_EMAIL": "admin@town.example",
        "GRIST_SANDBOX_FLAVOR": "unsandboxed",
        "GRIST_FORWARD_AUTH_HEADER": "X-Forwarded-Email",
        "GRIST_ORG_CREATION_ANYONE": "false",
        "TYPEORM_TYPE": "postgres",
        "TYPEORM_HOST": "database",
        "TYPEORM_DATABASE": "grist",
        "TYPEORM_USERNAME": "grist",
        **phase,
    }
    status = "/status?ready=1&db=1&redis=1"
    lodging.begin(
        "grist",
        Pod(
            "default",
            Container(
                "grist",
                lodging.images["grist"],
                LITTLE,
                environment=environment,
                environment_from=of("grist"),
                port=8484,
                probes={"readinessProbe": http_probe(status, 8484)},
            ),
            (scratch("persist", "/persist", "64Mi"), scratch("tmp", TEMPORARY, "64Mi")),
            grace_s=60,
        ),
    )
    lodging.ready("grist")


def curl(lodging: Lodging, *asked: tuple[str, str, str]) -> list[str]:
    """Ask Grist in its pod, secrets on stdin: headers, method and path, body. Status and body."""
    parts = [
        f'silent\nshow-error\ncookie = ""\nurl = "http://127.0.0.1:8484{where.partition(" ")[2]}"\n'
        f'request = "{where.partition(" ")[0]}"\nheader = "Content-Type: application/json"\n'
        f'{header}data = {json.dumps(body)}\nwrite-out = "\\n%{{http_code}}\\n"\n'
        for header, where, body in asked
    ]
    done = lodging.inside("grist", "curl", "--config", "-", stdin="next\n".join(parts))
    assert done.status == 0, done.err
    return done.out.split()


def test_grist_is_set_up_in_two_phases(lodging: Lodging, bucket: Mapping[str, str]) -> None:
    backends(lodging)
    boot, redis = "boot-key-of-the-operator", "redis://:pass-of-redis@redis:6379/0"
    secrets = {"TYPEORM_PASSWORD": "pass-of-grist", "REDIS_URL": redis, **bucket}
    lodging.secret("grist", {**secrets, "GRIST_SESSION_SECRET": "signs-sessions"})
    grist(lodging, GRIST_PERSONAL_ORGS="true", GRIST_BOOT_KEY=boot)
    login = ("", "POST /boot/login", json.dumps({"bootKey": boot}))
    accepted, key, given = curl(lodging, login, ("", "POST /api/profile/apikey", "{}"))
    assert (accepted, given) == ("204", "200")
    bearer = f'header = "Authorization: Bearer {key}"\n'
    gone = json.dumps({"envVars": {"GRIST_BOOT_KEY": None, "GRIST_IN_SERVICE": None}})
    assert curl(lodging, (bearer, "PATCH /api/install/prefs", gone))[-1] == "200"
    lodging.end("grist")

    grist(lodging, GRIST_PERSONAL_ORGS="false")
    assert curl(lodging, login)[-1] == "401"
    made = (bearer, "POST /api/orgs/current/workspaces", json.dumps({"name": "Essai"}))
    assert curl(lodging, made)[-1] == "200"
    assert curl(lodging, ("", *made[1:]))[-1] == "403"


def test_the_proxy_answers_and_asks_who_is_there(lodging: Lodging) -> None:
    nowhere = "http://127.0.0.1:9"
    secrets = {
        "CLIENT_SECRET": "of-the-client",
        "COOKIE_SECRET": "0123456789abcdef0123456789abcdef",
    }
    settings = {
        "HTTP_ADDRESS": "0.0.0.0:4180",
        "PROVIDER": "oidc",
        "OIDC_ISSUER_URL": nowhere,
        "SKIP_OIDC_DISCOVERY": "true",
        "LOGIN_URL": f"{nowhere}/login",
        "REDEEM_URL": f"{nowhere}/token",
        "OIDC_JWKS_URL": f"{nowhere}/keys",
        "CLIENT_ID": "manager",
        "EMAIL_DOMAINS": "*",
        "REDIRECT_URL": "https://data.town.example/oauth2/callback",
        "UPSTREAMS": "static://202",
    }
    lodging.secret("proxy", {f"OAUTH2_PROXY_{name}": each for name, each in secrets.items()})
    container = Container(
        "proxy",
        lodging.images["oauth2-proxy"],
        LITTLE,
        environment={f"OAUTH2_PROXY_{name}": each for name, each in settings.items()},
        environment_from=of("proxy"),
        port=4180,
        probes={"readinessProbe": http_probe("/ping", 4180)},
    )
    lodging.begin("proxy", Pod("default", container, user=65532))
    lodging.ready("proxy")
    way = f"/api/v1/namespaces/{lodging.namespace}/pods/proxy:4180/proxy"
    assert lodging.kubectl("get", "--raw", f"{way}/ping").out == "OK"
    refused = lodging.kubectl("get", "--raw", f"{way}/anything")
    assert refused.status != 0
