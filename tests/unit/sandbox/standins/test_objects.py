"""Addresses of the bucket, held against the signer of a library that others trust."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from orchestrator.sandbox.standins.common.signature import ExpiresTooLateError, Signer
from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.objects import Disk, bucket_of, disposition, store_of

MINIO = {
    "STORAGE_PROVIDER": "minio",
    "AWS_ENDPOINT": "https://objects.example:8333/",
    "AWS_BUCKET": "town",
    "AWS_ACCESS_KEY_ID": "access",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_REGION": "here",
    "AWS_PUBLIC": "false",
}
HEADERS = {"Content-Type": "text/plain", "Content-MD5": "abc/+==", "Content-Length": "12"}


def signed_by_library(
    method: str, url: str, headers: dict[str, str], at: datetime
) -> dict[str, str]:
    request = AWSRequest(method, url, headers=headers)
    request.context["timestamp"] = f"{at:%Y%m%dT%H%M%SZ}"
    auth = S3SigV4QueryAuth(Credentials("access", "secret"), "s3", "here", expires=300)
    auth._modify_request_before_signing(request)
    canonical = auth.canonical_request(request)
    text = auth.string_to_sign(request, canonical)
    auth._inject_signature_to_request(request, auth.signature(text, request))
    return dict(parse_qsl(urlsplit(request.url).query))


@pytest.mark.parametrize(
    ("method", "headers"),
    [("PUT", HEADERS), ("GET", {}), ("DELETE", {}), ("PUT", {"x-amz-acl": "private"})],
)
def test_the_signature_is_the_library_s(method: str, headers: dict[str, str]) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    url = "https://objects.example:8333/town/key~1"
    ours = Signer("access", "secret", "here").presigned(
        method, url, at=at, expires_s=300, headers=headers
    )
    theirs = signed_by_library(method, url, dict(headers), at)
    assert ours.startswith(f"{url}?")
    assert dict(parse_qsl(urlsplit(ours).query)) == theirs


def test_an_upload_covers_its_length_type_and_checksum() -> None:
    url = bucket_of(Environment(MINIO)).upload_url("key", HEADERS)
    query = dict(parse_qsl(urlsplit(url).query))
    assert query["X-Amz-SignedHeaders"] == "content-length;content-md5;content-type;host"
    assert query["X-Amz-Expires"] == "604800"


def test_more_than_a_week_is_refused() -> None:
    bucket = bucket_of(Environment({**MINIO, "DECIDIM_SERVICE_URLS_EXPIRES_IN": "10"}))
    with pytest.raises(ExpiresTooLateError):
        bucket.upload_url("key", HEADERS)


def test_the_bucket_is_in_the_path_or_in_the_host() -> None:
    assert bucket_of(Environment(MINIO)).base == "https://objects.example:8333/town"
    in_host = bucket_of(Environment({**MINIO, "STORAGE_PROVIDER": "s3"}))
    assert in_host.base == "https://town.objects.example:8333"


def test_uploads_are_public_unless_told_otherwise() -> None:
    public = {name: value for name, value in MINIO.items() if name != "AWS_PUBLIC"}
    assert bucket_of(Environment(public)).download_url("k", "f", "text/plain").endswith("/town/k")
    signed = bucket_of(Environment(MINIO)).download_url("k", "f", "text/plain")
    assert "X-Amz-Signature=" in signed


def test_nothing_said_is_the_disk() -> None:
    assert isinstance(store_of(Environment({})), Disk)


def test_file_names_survive_the_header() -> None:
    text = disposition('été "1".txt')
    assert text.isascii()
    assert text == "inline; filename=\"_t_ _1_.txt\"; filename*=UTF-8''%C3%A9t%C3%A9%20%221%22.txt"
