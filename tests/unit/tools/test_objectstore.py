"""Faults of stores as botocore tells them, and the whole of it against a real SeaweedFS."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from orchestrator.errors.objects import (
    BucketTakenError,
    StoreCredentialsError,
    StoreDeniedError,
    StoreLacksError,
    StoreRequestError,
    StoreUnavailableError,
    StoreUnreachableError,
)
from orchestrator.model.rights import Rights
from orchestrator.model.secret import Secret
from orchestrator.ports import BucketState
from orchestrator.tools.identity_policies import policy
from orchestrator.tools.objectstore import S3ObjectStore
from orchestrator.tools.objectstore_client import Keys, Site, connected, operator_keys
from tests import weed

OPERATOR = Keys("OPERATOR", Secret("operator-secret-for-tests"))
ORIGINS = ("https://a.example", "https://b.example")


def store(endpoint: str = "http://127.0.0.1:1", keys: Keys = OPERATOR) -> S3ObjectStore:
    return S3ObjectStore(endpoint, "sandbox", endpoint, keys)


@pytest.fixture
def told() -> Iterator[tuple[S3ObjectStore, Stubber]]:
    ports = store()
    with Stubber(ports._s3) as stubber:
        yield ports, stubber


@pytest.mark.parametrize(
    ("status", "code", "fault"),
    [
        (503, "SlowDown", StoreUnavailableError),
        (500, "InternalError", StoreUnavailableError),
        (403, "AccessDenied", StoreDeniedError),
        (400, "InvalidRequest", StoreRequestError),
        (501, "NotImplemented", StoreRequestError),
    ],
)
def test_each_fault_has_its_meaning(
    told: tuple[S3ObjectStore, Stubber], status: int, code: str, fault: type[Exception]
) -> None:
    ports, stubber = told
    stubber.add_client_error("put_bucket_cors", code, "its words", status)
    with pytest.raises(fault) as caught:
        ports.allow_uploads("a-uploads", ORIGINS)
    assert "operator-secret" not in f"{caught.value} {vars(caught.value)}"


def test_nobody_there() -> None:
    with pytest.raises(StoreUnreachableError) as caught:
        store().bucket("a-uploads")
    assert caught.value.why == "Connection refused"


def test_a_bucket_of_somebody_else(told: tuple[S3ObjectStore, Stubber]) -> None:
    ports, stubber = told
    stubber.add_client_error("create_bucket", "BucketAlreadyExists", http_status_code=409)
    stubber.add_response("list_buckets", {"Buckets": [{"Name": "b-uploads"}]})
    with pytest.raises(BucketTakenError):
        ports.create_bucket("a-uploads")
    stubber.add_client_error("head_bucket", "403", http_status_code=403)
    stubber.add_response("list_buckets", {"Buckets": []})
    with pytest.raises(BucketTakenError):
        ports.bucket("a-uploads")


def test_a_bucket_of_ours_stays_as_it_is(told: tuple[S3ObjectStore, Stubber]) -> None:
    ports, stubber = told
    stubber.add_client_error("create_bucket", "BucketAlreadyExists", http_status_code=409)
    stubber.add_response("list_buckets", {"Buckets": [{"Name": "a-uploads"}]})
    ports.create_bucket("a-uploads", lockable=True)


def test_a_store_without_locks_makes_plain_buckets(told: tuple[S3ObjectStore, Stubber]) -> None:
    ports, stubber = told
    wanted = {"Bucket": "a-backup", "ACL": "private"}
    stubber.add_client_error(
        "create_bucket",
        "NotImplemented",
        http_status_code=501,
        expected_params={**wanted, "ObjectLockEnabledForBucket": True},
    )
    stubber.add_response("create_bucket", {}, wanted)
    ports.create_bucket("a-backup", lockable=True)
    stubber.add_client_error("get_object_lock_configuration", "NotImplemented", "", 501)
    assert not ports.lock_holds("a-backup")
    stubber.assert_no_pending_responses()


def test_a_bad_key_is_not_a_taken_bucket(told: tuple[S3ObjectStore, Stubber]) -> None:
    ports, stubber = told
    stubber.add_client_error("head_bucket", "403", http_status_code=403)
    stubber.add_client_error("list_buckets", "InvalidAccessKeyId", http_status_code=403)
    with pytest.raises(StoreDeniedError):
        ports.bucket("a-uploads")


def test_a_store_that_only_claims_versions(told: tuple[S3ObjectStore, Stubber]) -> None:
    ports, stubber = told
    stubber.add_response("put_bucket_versioning", {})
    for _ in range(2):
        stubber.add_response("put_object", {"VersionId": "null"})
    for _ in range(2):
        stubber.add_response("delete_object", {})
    with pytest.raises(StoreLacksError, match="versions"):
        ports.version("a-uploads")
    stubber.assert_no_pending_responses()


@pytest.mark.parametrize(
    "public",
    [
        {"Effect": "Allow", "Principal": "*"},
        {"Effect": "Allow", "Principal": {"AWS": ["*"]}},
    ],
)
def test_a_public_bucket_is_seen(
    told: tuple[S3ObjectStore, Stubber], public: dict[str, Any]
) -> None:
    ports, stubber = told
    stubber.add_response("head_bucket", {})
    stubber.add_response("get_bucket_versioning", {})
    stubber.add_client_error("get_bucket_cors", "NoSuchCORSConfiguration", http_status_code=404)
    stubber.add_client_error("get_bucket_acl", "NotImplemented", http_status_code=501)
    stubber.add_response("get_bucket_policy", {"Policy": json.dumps({"Statement": [public]})})
    assert ports.bucket("a-uploads") == BucketState(versioned=False, upload_origins=(), public=True)


@pytest.mark.parametrize("rights", Rights)
def test_the_policy_names_one_bucket_alone(rights: Rights) -> None:
    for statement in policy("a-uploads", rights)["Statement"]:
        assert all(name.startswith("arn:aws:s3:::a-uploads") for name in statement["Resource"])
        assert not any("*" in action for action in statement["Action"])


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"access_key": "a"}'])
def test_a_file_without_keys_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "keys.json"
    with pytest.raises(StoreCredentialsError, match=r"keys\.json"):
        operator_keys(file)
    file.write_text(text)
    with pytest.raises(StoreCredentialsError):
        operator_keys(file)


# From here on against a real store, started once.


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("weed")
    with weed.running(folder, OPERATOR.access, OPERATOR.secret.reveal()) as address:
        yield address


def test_a_bucket_is_private_versioned_and_takes_uploads(endpoint: str) -> None:
    ports = store(endpoint)
    assert ports.bucket("new-uploads") is None
    for _ in range(2):
        ports.create_bucket("new-uploads")
        ports.version("new-uploads")
        ports.allow_uploads("new-uploads", ORIGINS)
        assert ports.bucket("new-uploads") == BucketState(
            versioned=True, upload_origins=ORIGINS, public=False
        )
    left = connected("s3", Site(endpoint, "sandbox"), OPERATOR)
    found = left.list_object_versions(Bucket="new-uploads")
    assert "Versions" not in found
    assert "DeleteMarkers" not in found
    ports.allow_uploads("new-uploads", ())
    state = ports.bucket("new-uploads")
    assert state is not None
    assert state.upload_origins == ()


def test_a_second_identity_gets_nothing_of_the_first_ones_bucket(endpoint: str) -> None:
    ports = store(endpoint)
    clients = []
    for name in ("a", "b"):
        ports.create_bucket(f"{name}-uploads")
        ports.version(f"{name}-uploads")
        keys = Keys(*ports.create_identity(f"{name}-decidim", f"{name}-uploads"))
        assert ports.identity_works(
            f"{name}-decidim", f"{name}-uploads", keys.access, keys.secret, Rights.INSTANCE
        )
        clients.append(connected("s3", Site(endpoint, "sandbox"), keys))
    first, second = clients
    first.put_object(Bucket="a-uploads", Key="report", Body=b"of a")
    assert first.get_object(Bucket="a-uploads", Key="report")["Body"].read() == b"of a"
    second.put_object(Bucket="b-uploads", Key="report", Body=b"of b")

    source = {"Bucket": "a-uploads", "Key": "report"}
    tried = {
        "list": lambda: second.list_objects_v2(Bucket="a-uploads"),
        "versions": lambda: second.list_object_versions(Bucket="a-uploads"),
        "head": lambda: second.head_object(**source),
        "get": lambda: second.get_object(**source),
        "copy from": lambda: second.copy_object(Bucket="b-uploads", Key="x", CopySource=source),
        "put": lambda: second.put_object(**source, Body=b"of b"),
        "copy to": lambda: second.copy_object(
            **source, CopySource={"Bucket": "b-uploads", "Key": "report"}
        ),
        "multipart": lambda: second.create_multipart_upload(**source),
        "delete": lambda: second.delete_object(**source),
        "own versions": lambda: first.list_object_versions(Bucket="a-uploads"),
        "own rules": lambda: first.put_bucket_versioning(
            Bucket="a-uploads", VersioningConfiguration={"Status": "Suspended"}
        ),
        "drop": lambda: first.delete_bucket(Bucket="a-uploads"),
        "more": lambda: second.create_bucket(Bucket="c-uploads"),
    }
    for what, attempt in tried.items():
        with pytest.raises(ClientError) as caught:
            attempt()
        assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403, what
    assert first.get_object(Bucket="a-uploads", Key="report")["Body"].read() == b"of a"


def test_renewing_a_key_ends_the_older_one(endpoint: str) -> None:
    ports = store(endpoint)
    ports.create_bucket("r-uploads")
    first = ports.create_identity("r-decidim", "r-uploads")
    second = ports.create_identity("r-decidim", "r-uploads")
    assert not ports.identity_works("r-decidim", "r-uploads", *first, Rights.INSTANCE)
    assert ports.identity_works("r-decidim", "r-uploads", *second, Rights.INSTANCE)
    assert not ports.identity_works("r-decidim", "no-such-bucket", *second, Rights.INSTANCE)
    assert not ports.identity_works("somebody-else", "r-uploads", *second, Rights.INSTANCE)


def test_an_instance_cannot_make_keys(endpoint: str) -> None:
    ports = store(endpoint)
    ports.create_bucket("k-uploads")
    keys = Keys(*ports.create_identity("k-decidim", "k-uploads"))
    with pytest.raises(StoreDeniedError):
        store(endpoint, keys).create_identity("k-decidim", "r-uploads")
    with pytest.raises(StoreDeniedError):
        store(endpoint, Keys(OPERATOR.access, Secret("wrong"))).bucket("k-uploads")
