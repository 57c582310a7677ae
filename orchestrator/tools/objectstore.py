"""Buckets in any S3-compatible store. What a store claims is tried before it is relied on."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from orchestrator.errors.objects import BucketTakenError, StoreLacksError
from orchestrator.model.secret import Secret
from orchestrator.ports import BucketState
from orchestrator.tools.identities import BucketIdentities
from orchestrator.tools.objectstore_client import Keys, Site, code_of, connected, guarded

PROBE_FOLDER = ".orchestrator-probe"
_EXPOSED = ("Origin", "Content-Type", "Content-MD5", "Content-Disposition")
_CORS_AGE_S = 3600
_EVERYBODY = (
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
)
# What a store says of a setting that was never made, or that it does not know at all.
_UNSET = frozenset({"NoSuchCORSConfiguration", "NoSuchBucketPolicy", "NotImplemented"})
_NOT_FOUND = frozenset({"404", "NoSuchBucket", "NotFound"})
_ELSEWHERE = frozenset({"403", "Forbidden", "AccessDenied", "301", "PermanentRedirect"})


class S3ObjectStore:
    """Implements `ports.ObjectStore`."""

    def __init__(
        self,
        endpoint: str,
        region: str,
        identity_endpoint: str,
        keys: Keys,
        authority: Path | None = None,
    ) -> None:
        self._site = Site(endpoint, region, authority)
        self._s3: Any = connected("s3", self._site, keys)
        self._identities = BucketIdentities(
            Site(identity_endpoint, region, authority), self._site, keys
        )

    def bucket(self, name: str) -> BucketState | None:
        """What is known of a bucket. Raises BucketTakenError when it is somebody else's."""
        if not self._exists(name):
            return None
        versioning = self._ask("read the versioning of", name, self._s3.get_bucket_versioning)
        return BucketState(
            versioned=versioning.get("Status") == "Enabled",
            upload_origins=self._upload_origins(name),
            public=self._public(name),
        )

    def create_bucket(self, name: str) -> None:
        """Make a private bucket; leaves one of ours as it is."""

        def create() -> None:
            try:
                self._s3.create_bucket(Bucket=name, ACL="private")
            except ClientError as error:
                if code_of(error) == "BucketAlreadyExists":
                    raise BucketTakenError(name) from error
                if code_of(error) != "BucketAlreadyOwnedByYou":
                    raise

        guarded(self._site, "create bucket", name, create)

    def version(self, name: str) -> None:
        """Turn versioning on and prove it. Raises StoreLacksError."""
        self._ask(
            "turn on versioning of",
            name,
            self._s3.put_bucket_versioning,
            VersioningConfiguration={"Status": "Enabled"},
        )
        key = f"{PROBE_FOLDER}/{secrets.token_hex(8)}"
        first, second = secrets.token_bytes(64), secrets.token_bytes(64)
        written: list[str] = []
        try:
            for content in (first, second):
                done = self._ask("write to", name, self._s3.put_object, Key=key, Body=content)
                written.append(str(done.get("VersionId") or ""))
            if len(set(written)) != 2 or not all(written):
                self._lacks_versions(f"two writes of one object gave the versions {written}")
            for version, content in zip(written, (first, second), strict=True):
                if self._content(name, key, version) != content:
                    self._lacks_versions("an older version came back with another content")
        finally:
            for version in written:
                which = {"VersionId": version} if version else {}
                self._ask("clean up in", name, self._s3.delete_object, Key=key, **which)

    def allow_uploads(self, name: str, origins: Sequence[str]) -> None:
        """Browsers on pages of these origins may PUT."""
        if not origins:
            self._ask("close uploads to", name, self._s3.delete_bucket_cors)
            return
        rule = {
            "AllowedMethods": ["PUT"],
            "AllowedOrigins": list(origins),
            "AllowedHeaders": ["*"],
            "ExposeHeaders": list(_EXPOSED),
            "MaxAgeSeconds": _CORS_AGE_S,
        }
        self._ask(
            "open uploads to",
            name,
            self._s3.put_bucket_cors,
            CORSConfiguration={"CORSRules": [rule]},
        )

    def identity_works(
        self, bucket: str, access_key: str, secret_key: Secret, *, versions: bool = False
    ) -> bool:
        """Whether the key lists the bucket."""
        return self._identities.works(bucket, Keys(access_key, secret_key), versions=versions)

    def create_identity(
        self, identity: str, bucket: str, *, versions: bool = False
    ) -> tuple[str, Secret]:
        """A new key that opens this bucket alone; older keys of the identity are removed."""
        keys = self._identities.renew(identity, bucket, versions=versions)
        return keys.access, keys.secret

    def _exists(self, name: str) -> bool:
        def head() -> str:
            try:
                self._s3.head_bucket(Bucket=name)
            except ClientError as error:
                if code_of(error) in _NOT_FOUND:
                    return "no"
                if code_of(error) in _ELSEWHERE:
                    return "elsewhere"
                raise
            return "yes"

        answer = guarded(self._site, "look at", name, head)
        if answer == "elsewhere":
            # Whose fault is it? A key that may list its own buckets is a good one.
            guarded(self._site, "look at", name, self._s3.list_buckets)
            raise BucketTakenError(name)
        return bool(answer == "yes")

    def _upload_origins(self, name: str) -> tuple[str, ...]:
        found = self._setting("read the upload rules of", name, self._s3.get_bucket_cors)
        return tuple(
            str(origin)
            for rule in found.get("CORSRules") or ()
            if "PUT" in rule.get("AllowedMethods", ())
            for origin in rule.get("AllowedOrigins", ())
        )

    def _public(self, name: str) -> bool:
        listed = self._setting("read the grants of", name, self._s3.get_bucket_acl)
        grantees = [grant.get("Grantee", {}).get("URI") for grant in listed.get("Grants") or ()]
        if any(grantee in _EVERYBODY for grantee in grantees):
            return True
        kept = self._setting("read the policy of", name, self._s3.get_bucket_policy)
        document = json.loads(kept.get("Policy") or "{}")
        return any(
            statement.get("Effect") == "Allow" and _anybody(statement.get("Principal"))
            for statement in document.get("Statement") or ()
        )

    def _setting(self, action: str, name: str, call: Any) -> dict[str, Any]:
        def read() -> dict[str, Any]:
            try:
                return dict(call(Bucket=name))
            except ClientError as error:
                if code_of(error) in _UNSET:
                    return {}
                raise

        found: dict[str, Any] = guarded(self._site, action, name, read)
        return found

    def _content(self, name: str, key: str, version: str) -> bytes:
        found = self._ask("read from", name, self._s3.get_object, Key=key, VersionId=version)
        content: bytes = guarded(self._site, "read from", name, found["Body"].read)
        return content

    def _lacks_versions(self, seen: str) -> None:
        raise StoreLacksError("versions of objects", endpoint=self._site.endpoint, seen=seen)

    def _ask(self, action: str, name: str, call: Any, **given: Any) -> Any:
        return guarded(self._site, action, name, lambda: call(Bucket=name, **given))


def _anybody(principal: Any) -> bool:
    """Whether a principal of a policy is everybody: `*`, or `*` among accounts."""
    if isinstance(principal, dict):
        return any(_anybody(value) for value in principal.values())
    if isinstance(principal, list):
        return any(_anybody(value) for value in principal)
    return bool(principal == "*")
