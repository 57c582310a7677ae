"""Buckets in any S3-compatible store. What a store claims is tried before it is relied on."""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from orchestrator.errors.objects import BucketTakenError, StoreLacksError
from orchestrator.model.rights import Rights
from orchestrator.model.secret import Secret
from orchestrator.ports import BucketState
from orchestrator.tools.identities import BucketIdentities
from orchestrator.tools.identity_proofs import PROBE_FOLDER
from orchestrator.tools.objectlock import BucketLocks
from orchestrator.tools.objectstore_client import (
    Keys,
    Site,
    code_of,
    connected,
    guarded,
    removed,
)

_EXPOSED = ("Origin", "Content-Type", "Content-MD5", "Content-Disposition")
_CORS_AGE_S = 3600
_EVERYBODY = (
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
)
# What a store says of a setting that was never made, or that it does not know at all.
_UNSET = frozenset({"NoSuchCORSConfiguration", "NoSuchBucketPolicy", "NotImplemented"})
# What a store says that makes no lockable buckets.
_NO_LOCKS = frozenset(
    {
        "NotImplemented",
        "InvalidRequest",
        "InvalidArgument",
        "MethodNotAllowed",
        "InvalidBucketState",
    }
)
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
        self._locks = BucketLocks(self._site, self._s3)
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

    def create_bucket(self, name: str, *, lockable: bool = False) -> None:
        """Make a private bucket; leaves one of ours as it is.

        Where the store makes no lockable ones, it is a plain one, and `lock_holds` says so.
        """

        def create(**how: Any) -> None:
            try:
                self._s3.create_bucket(Bucket=name, ACL="private", **how)
            except ClientError as error:
                if how and code_of(error) in _NO_LOCKS:
                    create()
                elif code_of(error) == "BucketAlreadyExists":
                    # Some say so of one of ours, too, that is lockable where this one is not.
                    if not self._ours(name):
                        raise BucketTakenError(name) from error
                elif code_of(error) != "BucketAlreadyOwnedByYou":
                    raise

        how = {"ObjectLockEnabledForBucket": True} if lockable else {}
        guarded(self._site, "create bucket", name, lambda: create(**how))

    def remove_bucket(self, name: str) -> None:
        """The end of its data: every version of every object, then the bucket. Asks nothing.

        Raises StoreDeniedError when versions are locked; what was not is gone then.
        """
        while found := self._first_versions(name):
            removed(self._site, self._s3, name, found)

        def remove() -> None:
            try:
                self._s3.delete_bucket(Bucket=name)
            except ClientError as error:
                if code_of(error) not in _NOT_FOUND:
                    raise

        guarded(self._site, "remove bucket", name, remove)

    def lock_holds(self, name: str) -> bool:
        """Whether locked versions cannot be destroyed: tried, which takes about five seconds."""
        return self._locks.holds(name)

    def set_default_lock(self, name: str, days: int) -> None:
        """Lock every version from its writing on."""
        self._locks.set_default(name, days)

    def default_lock(self, name: str) -> int | None:
        """Days for which new versions are locked, or None."""
        return self._locks.default(name)

    def locked_until(self, name: str, key: str, version: str) -> datetime | None:
        """When a version's lock ends, UTC, or None."""
        return self._locks.until(name, key, version)

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
        self, identity: str, bucket: str, access_key: str, secret_key: Secret, rights: Rights
    ) -> bool:
        """Whether the key is the identity's, and has these rights: no less and no more."""
        return self._identities.works(identity, bucket, Keys(access_key, secret_key), rights)

    def create_identity(
        self, identity: str, bucket: str, rights: Rights = Rights.INSTANCE
    ) -> tuple[str, Secret]:
        """A new key that opens this bucket alone; older keys of the identity are removed."""
        keys = self._identities.renew(identity, bucket, rights)
        return keys.access, keys.secret

    def remove_identity(self, identity: str) -> None:
        """End an identity and its keys; leaves alone what is not there."""
        self._identities.remove(identity)

    def _first_versions(self, name: str) -> list[dict[str, str]]:
        """Some versions and marks, or none when the bucket is empty or not there.

        Always the first ones: pages that go on from a marker may leave some out (`versionlisting`).
        """

        def listed() -> list[dict[str, str]]:
            try:
                found = self._s3.list_object_versions(Bucket=name)
            except ClientError as error:
                if code_of(error) in _NOT_FOUND:
                    return []
                raise
            both = [*(found.get("Versions") or ()), *(found.get("DeleteMarkers") or ())]
            return [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in both]

        some: list[dict[str, str]] = guarded(self._site, "list", name, listed)
        return some

    def _ours(self, name: str) -> bool:
        """Whether it is among our buckets: that we may look into one proves nothing."""
        return any(kept["Name"] == name for kept in self._s3.list_buckets().get("Buckets") or ())

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
