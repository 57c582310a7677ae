"""Keys that open one bucket alone, by the IAM API of the object store."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from orchestrator.errors.objects import StoreLacksError
from orchestrator.model.rights import Rights
from orchestrator.model.secret import Secret
from orchestrator.tools.identity_policies import policy, same
from orchestrator.tools.identity_proofs import opens
from orchestrator.tools.objectstore_client import Keys, Site, code_of, connected, guarded

POLICY = "bucket"
_AT_MOST = 2  # keys of one user, on most stores
_SETTLE_S = 30.0
_FLICKER_S = 10.0
_EVERY_S = 0.3
_GONE = "NoSuchEntity"


class BucketIdentities:
    """Users of the object store, each with one bucket. `store` is the S3 API that they will use."""

    def __init__(self, site: Site, store: Site, keys: Keys) -> None:
        self._site = site
        self._store = store
        self._iam: Any = connected("iam", site, keys)

    def renew(self, identity: str, bucket: str, rights: Rights) -> Keys:
        """A new key of a user with these rights; the older ones are removed once it works."""
        guarded(self._site, "create user", identity, lambda: self._create_user(identity))
        for name in self._policies_of(identity):
            if name != POLICY:
                self._remove_policy(identity, name)
        self._ask(
            "set the policy of",
            identity,
            self._iam.put_user_policy,
            PolicyName=POLICY,
            PolicyDocument=json.dumps(policy(bucket, rights)),
        )
        older = self._keys_of(identity)
        for access in older[_AT_MOST - 1 :]:
            self._remove_key(identity, access)
        made = self._ask("make a key of", identity, self._iam.create_access_key)["AccessKey"]
        keys = Keys(str(made["AccessKeyId"]), Secret(str(made["SecretAccessKey"])))
        self._wait(identity, bucket, keys, rights)
        for access in self._keys_of(identity):
            if access != keys.access:
                self._remove_key(identity, access)
        return keys

    def works(self, identity: str, bucket: str, keys: Keys, rights: Rights) -> bool:
        """Whether the key is the user's, opens the bucket, and the user's policy is the wanted one.

        A policy that somebody widened or narrowed by hand is not.
        """
        return (
            keys.access in self._keys_of(identity)
            and self._policies_of(identity) == [POLICY]
            and same(self._policy_of(identity), policy(bucket, rights))
            and self._opens(bucket, keys, rights)
        )

    def _opens(self, bucket: str, keys: Keys, rights: Rights) -> bool:
        """Whether it opens the bucket, asked for some seconds.

        While a store takes in another user, it may refuse for a moment those that it has.
        """
        until = time.monotonic() + _FLICKER_S
        while not opens(self._store, bucket, keys, rights):
            if time.monotonic() > until:
                return False
            time.sleep(_EVERY_S)
        return True

    def remove(self, identity: str) -> None:
        """End a user, its keys first; one that is not there is left so."""
        for access in self._keys_of(identity):
            self._remove_key(identity, access)
        for name in self._policies_of(identity):
            self._remove_policy(identity, name)
        self._unless_gone("remove user", identity, self._iam.delete_user)

    def _create_user(self, identity: str) -> None:
        try:
            self._iam.create_user(UserName=identity)
        except ClientError as error:
            if code_of(error) != "EntityAlreadyExists":
                raise

    def _wait(self, identity: str, bucket: str, keys: Keys, rights: Rights) -> None:
        until = time.monotonic() + _SETTLE_S
        while not self.works(identity, bucket, keys, rights):
            if time.monotonic() > until:
                raise StoreLacksError(
                    "keys that open one bucket alone",
                    endpoint=self._site.endpoint,
                    seen=f"a new key did not open `{bucket}` within {_SETTLE_S:g} s",
                )
            time.sleep(_EVERY_S)

    def _keys_of(self, identity: str) -> list[str]:
        found = self._unless_gone("list the keys of", identity, self._iam.list_access_keys)
        return [str(key["AccessKeyId"]) for key in found.get("AccessKeyMetadata") or ()]

    def _policies_of(self, identity: str) -> list[str]:
        found = self._unless_gone("list the policies of", identity, self._iam.list_user_policies)
        return [str(name) for name in found.get("PolicyNames") or ()]

    def _policy_of(self, identity: str) -> Any:
        action = "read the policy of"
        found = self._unless_gone(action, identity, self._iam.get_user_policy, PolicyName=POLICY)
        document = found.get("PolicyDocument")
        return json.loads(document) if isinstance(document, str) else document

    def _remove_key(self, identity: str, access: str) -> None:
        call = self._iam.delete_access_key
        self._unless_gone("remove a key of", identity, call, AccessKeyId=access)

    def _remove_policy(self, identity: str, name: str) -> None:
        call = self._iam.delete_user_policy
        self._unless_gone("remove a policy of", identity, call, PolicyName=name)

    def _unless_gone(
        self, action: str, identity: str, call: Callable[..., Any], **given: Any
    ) -> dict[str, Any]:
        def asked() -> dict[str, Any]:
            try:
                return dict(call(UserName=identity, **given))
            except ClientError as error:
                if code_of(error) == _GONE:
                    return {}
                raise

        found: dict[str, Any] = guarded(self._site, action, identity, asked)
        return found

    def _ask(self, action: str, identity: str, call: Any, **given: Any) -> Any:
        return guarded(self._site, action, identity, lambda: call(UserName=identity, **given))
