"""What each kind of key must not be able to do, tried against a real SeaweedFS."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from orchestrator.model.rights import Rights
from orchestrator.model.secret import Secret
from orchestrator.tools.identity_policies import policy, same
from orchestrator.tools.objectstore import S3ObjectStore
from orchestrator.tools.objectstore_client import Keys, Site, connected
from tests import weed

OPERATOR = Keys("OPERATOR", Secret("operator-secret-for-tests"))
OURS, OTHER = "a-backup", "b-backup"
SPLIT = (Rights.WRITER, Rights.PRUNER, Rights.AUDITOR)


@dataclass(frozen=True)
class Scene:
    """Two backup buckets; `old` is an overwritten version of `kept`."""

    ports: S3ObjectStore
    operator: Any
    keys: Mapping[Rights, Keys]
    clients: Mapping[Rights, Any]
    old: str


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("weed")
    with weed.running(folder, OPERATOR.access, OPERATOR.secret.reveal()) as endpoint:
        ports = S3ObjectStore(endpoint, "sandbox", endpoint, OPERATOR)
        operator = connected("s3", Site(endpoint, "sandbox"), OPERATOR)
        for name in (OURS, OTHER):
            ports.create_bucket(name, lockable=True)
            ports.version(name)
        old = operator.put_object(Bucket=OURS, Key="kept", Body=b"old")["VersionId"]
        operator.put_object(Bucket=OURS, Key="kept", Body=b"new")
        operator.put_object(Bucket=OTHER, Key="kept", Body=b"of b")
        keys = {one: Keys(*ports.create_identity(f"a-{one}", OURS, one)) for one in Rights}
        site = Site(endpoint, "sandbox")
        clients = {one: connected("s3", site, keys[one]) for one in Rights}
        yield Scene(ports, operator, keys, clients, old)


# A call: the client's method, and what it is given. Words in capitals stand for the scene's own.
Call = tuple[str, Mapping[str, Any]]
KEPT = {"Bucket": "OURS", "Key": "kept"}
OLD = {**KEPT, "VersionId": "OLD"}
FOREIGN = {"Bucket": "OTHER", "Key": "kept"}
EXPIRY = {"Rules": [{"ID": "all", "Status": "Enabled", "Filter": {}, "Expiration": {"Days": 1}}]}
LOCK = {
    "ObjectLockEnabled": "Enabled",
    "Rule": {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 1}},
}
FOR_EVER = {"Mode": "COMPLIANCE", "RetainUntilDate": datetime(2100, 1, 1, tzinfo=UTC)}
EVERYBODY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": ["s3:GetObject"],
                "Resource": ["arn:aws:s3:::OURS/*"],
            }
        ],
    }
)

# What nobody but the operator may do.
FORBIDDEN: Mapping[str, Call] = {
    "lifecycle": (
        "put_bucket_lifecycle_configuration",
        {"Bucket": "OURS", "LifecycleConfiguration": EXPIRY},
    ),
    "no lifecycle": ("delete_bucket_lifecycle", {"Bucket": "OURS"}),
    "retention": ("put_object_retention", {**OLD, "Retention": FOR_EVER}),
    "no retention": (
        "put_object_retention",
        {**OLD, "Retention": {}, "BypassGovernanceRetention": True},
    ),
    "legal hold": ("put_object_legal_hold", {**OLD, "LegalHold": {"Status": "OFF"}}),
    "versioning off": (
        "put_bucket_versioning",
        {"Bucket": "OURS", "VersioningConfiguration": {"Status": "Suspended"}},
    ),
    "policy": ("put_bucket_policy", {"Bucket": "OURS", "Policy": EVERYBODY}),
    "grants": ("put_bucket_acl", {"Bucket": "OURS", "ACL": "public-read"}),
    "grants of one": ("put_object_acl", {**KEPT, "ACL": "public-read"}),
    "no cors": ("delete_bucket_cors", {"Bucket": "OURS"}),
    "default lock": (
        "put_object_lock_configuration",
        {"Bucket": "OURS", "ObjectLockConfiguration": LOCK},
    ),
    "drop": ("delete_bucket", {"Bucket": "OURS"}),
    "create": ("create_bucket", {"Bucket": "c-backup"}),
    "other list": ("list_objects_v2", {"Bucket": "OTHER"}),
    "other versions": ("list_object_versions", {"Bucket": "OTHER"}),
    "other get": ("get_object", FOREIGN),
    "other put": ("put_object", {**FOREIGN, "Body": b"x"}),
    "other delete": ("delete_object", FOREIGN),
    "copy from other": ("copy_object", {"Bucket": "OURS", "Key": "x", "CopySource": FOREIGN}),
    "copy to other": ("copy_object", {**FOREIGN, "CopySource": KEPT}),
}
DELETE: Mapping[str, Call] = {
    "delete": ("delete_object", KEPT),
    "delete several": (
        "delete_objects",
        {"Bucket": "OURS", "Delete": {"Objects": [{"Key": "kept"}]}},
    ),
}
DESTROY: Mapping[str, Call] = {
    "destroy": ("delete_object", OLD),
    "destroy several": (
        "delete_objects",
        {"Bucket": "OURS", "Delete": {"Objects": [{"Key": "kept", "VersionId": "OLD"}]}},
    ),
}
WRITE: Mapping[str, Call] = {
    "put": ("put_object", {**KEPT, "Body": b"x"}),
    "put new": ("put_object", {"Bucket": "OURS", "Key": "x", "Body": b"x"}),
    "upload": ("create_multipart_upload", KEPT),
}
COPY: Mapping[str, Call] = {
    "copy": ("copy_object", {"Bucket": "OURS", "Key": "x", "CopySource": KEPT}),
}
READ: Mapping[str, Call] = {"get": ("get_object", KEPT), "head": ("head_object", KEPT)}
READ_OLD: Mapping[str, Call] = {"get old": ("get_object", OLD)}
LIST_OLD: Mapping[str, Call] = {"versions": ("list_object_versions", {"Bucket": "OURS"})}
# A writer's own right to delete must not reach beyond its two patterns.
NEARLY: Mapping[str, Call] = {
    f"delete {key}": ("delete_object", {"Bucket": "OURS", "Key": key})
    for key in (
        "latest",
        "repository/backup/main/latest.copy",
        "repository/backup/main/backup.info",
        "other/backup/main/latest",
        "locks/a",
        "documents/locks",
        "documents/locksmith/a",
    )
}
MAY: Mapping[Rights, Mapping[str, Call]] = {
    Rights.WRITER: {**READ, **WRITE, **COPY},
    Rights.PRUNER: {**LIST_OLD, **DELETE, **DESTROY},
    Rights.AUDITOR: {**READ, **READ_OLD, **LIST_OLD},
}
MUST_NOT: Mapping[Rights, Mapping[str, Call]] = {
    Rights.WRITER: {**FORBIDDEN, **DELETE, **DESTROY, **READ_OLD, **LIST_OLD, **NEARLY},
    Rights.PRUNER: {**FORBIDDEN, **WRITE, **COPY, **READ, **READ_OLD},
    Rights.AUDITOR: {**FORBIDDEN, **WRITE, **COPY, **DELETE, **DESTROY},
}


def filled(given: Any, words: Mapping[str, str]) -> Any:
    if isinstance(given, Mapping):
        return {name: filled(value, words) for name, value in given.items()}
    if isinstance(given, list):
        return [filled(value, words) for value in given]
    if isinstance(given, str):
        for word, value in words.items():
            given = given.replace(word, value)
    return given


def status_of(client: Any, call: Call, words: Mapping[str, str]) -> int:
    method, given = call
    try:
        answer = getattr(client, method)(**filled(given, words))
    except ClientError as error:
        return int(error.response["ResponseMetadata"]["HTTPStatusCode"])
    return 403 if answer.get("Errors") else 200


def history(operator: Any) -> list[tuple[str, ...]]:
    found = []
    for name in (OURS, OTHER):
        listed = operator.list_object_versions(Bucket=name)
        for kind in ("Versions", "DeleteMarkers"):
            found += [(name, kind, one["Key"], one["VersionId"]) for one in listed.get(kind, ())]
    return found


@pytest.mark.parametrize(
    ("rights", "what"), [(one, what) for one in SPLIT for what in sorted(MUST_NOT[one])]
)
def test_a_key_is_refused_what_it_must_not_do(scene: Scene, rights: Rights, what: str) -> None:
    before = history(scene.operator)
    words = {"OURS": OURS, "OTHER": OTHER, "OLD": scene.old}
    assert status_of(scene.clients[rights], MUST_NOT[rights][what], words) == 403
    assert history(scene.operator) == before


def stage(scene: Scene, ours: str) -> dict[str, str]:
    """A bucket that may be spoiled, with a new version over an old one."""
    scene.ports.create_bucket(ours, lockable=True)
    old = scene.operator.put_object(Bucket=ours, Key="kept", Body=b"old")
    scene.operator.put_object(Bucket=ours, Key="kept", Body=b"new")
    return {"OURS": ours, "OTHER": OTHER, "OLD": old["VersionId"]}


def test_somebody_with_all_rights_is_not_refused(scene: Scene) -> None:
    # Or the attacks above would prove nothing: 409 is a bucket that is not empty.
    attacks: dict[str, Call] = {**LIST_OLD, **READ_OLD, **READ, **COPY, **WRITE}
    attacks |= {**DELETE, **DESTROY, **NEARLY, **FORBIDDEN}
    assert set(attacks) == set().union(*MUST_NOT.values())
    found = {
        what: status_of(scene.operator, call, stage(scene, "s-backup"))
        for what, call in attacks.items()
        if not what.startswith(("other", "copy to"))
    }
    odd = {what: status for what, status in found.items() if status != 200}
    assert odd == {"drop": 409, "versioning off": 409, "no retention": 400}


@pytest.mark.parametrize("rights", SPLIT)
def test_a_key_does_what_it_may(scene: Scene, rights: Rights) -> None:
    stage(scene, "t-backup")
    keys = Keys(*scene.ports.create_identity(f"t-{rights}", "t-backup", rights))
    client = connected("s3", scene.ports._site, keys)
    for what, call in MAY[rights].items():
        assert status_of(client, call, stage(scene, "t-backup")) == 200, what


@pytest.mark.parametrize("key", ["repository/backup/main/latest", "documents/locks/a"])
def test_a_writer_removes_what_its_tools_must_remove(scene: Scene, key: str) -> None:
    writer = scene.clients[Rights.WRITER]
    one = {"Bucket": OURS, "Key": key}
    written = {**one, "VersionId": writer.put_object(**one, Body=b"1")["VersionId"]}
    assert status_of(writer, ("delete_object", written), {}) == 403
    marker = {**one, "VersionId": writer.delete_object(**one)["VersionId"]}
    assert scene.operator.get_object(**written)["Body"].read() == b"1"
    for version in (written, marker):
        scene.operator.delete_object(**version)


def works(scene: Scene, rights: Rights, wanted: Rights) -> bool:
    keys = scene.keys[rights]
    return scene.ports.identity_works(f"a-{rights}", OURS, keys.access, keys.secret, wanted)


@pytest.mark.parametrize("rights", Rights)
def test_a_key_works_with_its_own_rights_alone_and_trying_leaves_nothing(
    scene: Scene, rights: Rights
) -> None:
    before = history(scene.operator)
    assert [one for one in Rights if works(scene, rights, one)] == [rights]
    assert history(scene.operator) == before
    assert "Uploads" not in scene.operator.list_multipart_uploads(Bucket=OURS)


def test_another_policy_at_the_store_is_seen(scene: Scene) -> None:
    ports, iam = scene.ports, scene.ports._identities._iam
    access, secret = ports.create_identity("e-writer", OURS, Rights.WRITER)

    def right() -> bool:
        return ports.identity_works("e-writer", OURS, access, secret, Rights.WRITER)

    assert right()
    # Calls cannot tell this one: it reaches into another bucket.
    wider = policy(OURS, Rights.WRITER)
    wider["Statement"][1]["Resource"].append(f"arn:aws:s3:::{OTHER}/*")
    for document in (wider, policy(OTHER, Rights.WRITER), policy(OURS, Rights.INSTANCE)):
        iam.put_user_policy(
            UserName="e-writer", PolicyName="bucket", PolicyDocument=json.dumps(document)
        )
        assert not right()
    iam.put_user_policy(
        UserName="e-writer",
        PolicyName="bucket",
        PolicyDocument=json.dumps(policy(OURS, Rights.WRITER)),
    )
    assert right()
    iam.put_user_policy(
        UserName="e-writer",
        PolicyName="more",
        PolicyDocument=json.dumps(policy(OTHER, Rights.AUDITOR)),
    )
    assert not right()
    access, secret = ports.create_identity("e-writer", OURS, Rights.WRITER)
    assert right()
    assert iam.list_user_policies(UserName="e-writer")["PolicyNames"] == ["bucket"]


def test_a_removed_identity_opens_nothing(scene: Scene) -> None:
    access, secret = scene.ports.create_identity("f-auditor", OURS, Rights.AUDITOR)
    for _ in range(2):
        scene.ports.remove_identity("f-auditor")
        assert not scene.ports.identity_works("f-auditor", OURS, access, secret, Rights.AUDITOR)
    client = connected("s3", scene.ports._site, Keys(access, secret))
    assert status_of(client, ("list_objects_v2", {"Bucket": OURS}), {}) == 403


def test_documents_that_say_the_same() -> None:
    wanted = policy("a", Rights.WRITER)
    told = json.loads(json.dumps(wanted))
    told["Statement"].reverse()
    for statement in told["Statement"]:
        statement["Action"] = list(reversed(statement["Action"]))
        if len(statement["Resource"]) == 1:
            statement["Resource"] = statement["Resource"][0]
    assert same(wanted, told)
    told["Statement"][0]["Condition"] = {"Bool": {"aws:SecureTransport": "true"}}
    assert not same(wanted, told)
    assert not same(wanted, None)


# Locks.


def test_a_lock_holds_where_the_bucket_was_made_for_it(scene: Scene) -> None:
    ports = scene.ports
    ports.create_bucket("l-backup", lockable=True)
    ports.version("l-backup")
    ports.create_bucket("m-backup")
    assert ports.lock_holds("l-backup")
    assert not ports.lock_holds("m-backup")
    for name in ("l-backup", "m-backup"):
        assert ports.default_lock(name) is None
        assert "Versions" not in scene.operator.list_object_versions(Bucket=name)
    ports.set_default_lock("l-backup", 2)
    assert ports.default_lock("l-backup") == 2
    # Probes are locked for their own seconds, not for the bucket's days.
    assert ports.lock_holds("l-backup")
    assert "Versions" not in scene.operator.list_object_versions(Bucket="l-backup")
    version = scene.operator.put_object(Bucket="l-backup", Key="a", Body=b"1")["VersionId"]
    until = ports.locked_until("l-backup", "a", version)
    assert until is not None
    written = scene.operator.head_object(Bucket="l-backup", Key="a")["LastModified"]
    assert abs(until - written - timedelta(days=2)) < timedelta(minutes=1)
    assert ports.locked_until("l-backup", "a", "0" * 32) is None
    assert ports.locked_until("l-backup", "b", version) is None
    pruner = Keys(*ports.create_identity("l-pruner", "l-backup", Rights.PRUNER))
    client = connected("s3", ports._site, pruner)
    destroy = {"Bucket": "l-backup", "Key": "a", "VersionId": version}
    for one in (client, scene.operator):
        assert status_of(one, ("delete_object", destroy), {}) == 403


def test_a_bucket_ends_with_all_its_versions(scene: Scene) -> None:
    ports, operator = scene.ports, scene.operator
    ports.create_bucket("n-backup")
    ports.version("n-backup")
    for key in ("a", "a.b", "a/b", "c/"):
        for body in (b"1", b"2"):
            operator.put_object(Bucket="n-backup", Key=key, Body=body)
        operator.delete_object(Bucket="n-backup", Key=key)
        if key == "a":
            operator.put_object(Bucket="n-backup", Key=key, Body=b"3")
    for _ in range(2):
        ports.remove_bucket("n-backup")
        assert ports.bucket("n-backup") is None


def test_a_key_works_while_others_are_made(scene: Scene) -> None:
    """The store refuses a good key for moments meanwhile, which says nothing of the key."""
    with ThreadPoolExecutor(3) as pool:
        others = [
            pool.submit(scene.ports.create_identity, f"b-{number}", OTHER, Rights.AUDITOR)
            for number in range(9)
        ]
        while not all(one.done() for one in others):
            keys = scene.keys[Rights.WRITER]
            name = f"a-{Rights.WRITER}"
            assert scene.ports.identity_works(name, OURS, keys.access, keys.secret, Rights.WRITER)
    for number, one in enumerate(others):
        assert scene.ports.identity_works(f"b-{number}", OTHER, *one.result(), Rights.AUDITOR)
