"""Keys that open one bucket alone, by the IAM API of the object store.

Only actions that every store knows are named: SeaweedFS refuses a whole policy for one that it does
not. What is left out on purpose: versions (an instance cannot destroy what it has overwritten,
unless it keeps its history in them), settings of the bucket, and every other bucket.
"""

from __future__ import annotations

import json
import time
from typing import Any

from botocore.exceptions import ClientError

from orchestrator.errors.objects import StoreLacksError
from orchestrator.model.secret import Secret
from orchestrator.tools.objectstore_client import Keys, Site, code_of, connected, guarded

POLICY = "bucket"
ON_BUCKET = ("s3:ListBucket", "s3:GetBucketLocation")
ON_OBJECTS = ("s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
VERSIONS_ON_BUCKET = ("s3:GetBucketVersioning", "s3:ListBucketVersions")
VERSIONS_ON_OBJECTS = ("s3:GetObjectVersion", "s3:DeleteObjectVersion")
_AT_MOST = 2  # keys of one user, on most stores
_SETTLE_S = 15.0
_EVERY_S = 0.3
_CLOSED = frozenset({401, 403, 404})


class BucketIdentities:
    """Users of the object store, each with one bucket. `store` is the S3 API that they will use."""

    def __init__(self, site: Site, store: Site, keys: Keys) -> None:
        self._site = site
        self._store = store
        self._iam: Any = connected("iam", site, keys)

    def renew(self, identity: str, bucket: str, *, versions: bool = False) -> Keys:
        """A new key of a user who may use the bucket; the older ones are removed once it works.

        With `versions`, those of its objects are the user's, too.
        """
        guarded(self._site, "create user", identity, lambda: self._create_user(identity))
        self._ask(
            "set the policy of",
            identity,
            self._iam.put_user_policy,
            UserName=identity,
            PolicyName=POLICY,
            PolicyDocument=json.dumps(policy(bucket, versions=versions)),
        )
        older = self._keys_of(identity)
        for access in older[_AT_MOST - 1 :]:
            self._remove(identity, access)
        made = self._ask("make a key of", identity, self._iam.create_access_key, UserName=identity)[
            "AccessKey"
        ]
        keys = Keys(str(made["AccessKeyId"]), Secret(str(made["SecretAccessKey"])))
        self._wait(bucket, keys, versions=versions)
        for access in self._keys_of(identity):
            if access != keys.access:
                self._remove(identity, access)
        return keys

    def _create_user(self, identity: str) -> None:
        try:
            self._iam.create_user(UserName=identity)
        except ClientError as error:
            if code_of(error) != "EntityAlreadyExists":
                raise

    def works(self, bucket: str, keys: Keys, *, versions: bool = False) -> bool:
        """Whether the key lists the bucket, or its versions."""
        client = connected("s3", self._store, keys)

        def listed() -> bool:
            try:
                if versions:
                    client.get_bucket_versioning(Bucket=bucket)
                    client.list_object_versions(Bucket=bucket, MaxKeys=1)
                client.list_objects_v2(Bucket=bucket, MaxKeys=1)
            except ClientError as error:
                status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
                if status in _CLOSED:
                    return False
                raise
            return True

        return bool(guarded(self._store, "list", bucket, listed))

    def _wait(self, bucket: str, keys: Keys, *, versions: bool) -> None:
        until = time.monotonic() + _SETTLE_S
        while not self.works(bucket, keys, versions=versions):
            if time.monotonic() > until:
                raise StoreLacksError(
                    "keys that open one bucket alone",
                    endpoint=self._site.endpoint,
                    seen=f"a new key did not open `{bucket}` within {_SETTLE_S:g} s",
                )
            time.sleep(_EVERY_S)

    def _keys_of(self, identity: str) -> list[str]:
        found = self._ask(
            "list the keys of", identity, self._iam.list_access_keys, UserName=identity
        )
        return [str(key["AccessKeyId"]) for key in found.get("AccessKeyMetadata") or ()]

    def _remove(self, identity: str, access: str) -> None:
        self._ask(
            "remove a key of",
            identity,
            self._iam.delete_access_key,
            UserName=identity,
            AccessKeyId=access,
        )

    def _ask(self, action: str, target: str, call: Any, **given: Any) -> Any:
        return guarded(self._site, action, target, lambda: call(**given))


def policy(bucket: str, *, versions: bool = False) -> dict[str, Any]:
    """What an instance may do, and where."""
    name = f"arn:aws:s3:::{bucket}"
    on_bucket = [*ON_BUCKET, *(VERSIONS_ON_BUCKET if versions else ())]
    on_objects = [*ON_OBJECTS, *(VERSIONS_ON_OBJECTS if versions else ())]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": on_bucket, "Resource": [name]},
            {"Effect": "Allow", "Action": on_objects, "Resource": [f"{name}/*"]},
        ],
    }
