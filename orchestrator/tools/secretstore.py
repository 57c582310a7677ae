"""The secrets of one tenant in Vault or OpenBao: a kv and a transit mount of its own.

Only what both servers offer is used: kv version 2, transit, policies.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hvac import exceptions

from orchestrator.errors.secrets import (
    SecretChangedError,
    SecretDeletedError,
    SecretsRequestError,
)
from orchestrator.model.names import TenantNames
from orchestrator.model.secret import Secret
from orchestrator.tools.secretstore_client import VaultClient
from orchestrator.tools.secretstore_mounts import TenantMounts

_CAS = "check-and-set"


class VaultSecretStore:
    """Implements `ports.SecretStore`; the policy of one product's instance is among its care."""

    def __init__(
        self,
        address: str,
        token: Secret,
        authority: Path,
        tenant: TenantNames,
        product: str,
    ) -> None:
        self._client = VaultClient(address, token, authority)
        self._api: Any = self._client.api
        self._kv = tenant.secrets_mount
        self._mounts = TenantMounts(self._client, tenant, product)
        self._read_versions: dict[str, int] = {}

    def prepared(self) -> bool:
        """Whether mounts, state key and policies are there and as we make them."""
        return self._mounts.prepared()

    def prepare(self) -> None:
        """Make what is missing. Raises SecretsMountError for a mount of another kind."""
        self._mounts.prepare()

    def read(self, path: str) -> Mapping[str, Secret] | None:
        """The newest version, or None. Raises SecretDeletedError when it was deleted."""
        full = f"{self._kv}/data/{path}"
        try:
            found = self._client.read(
                full,
                lambda: self._api.secrets.kv.v2.read_secret_version(
                    path, mount_point=self._kv, raise_on_deleted_version=True
                ),
            )
        except exceptions.InvalidPath as error:
            deleted = self._deleted(path, error)
        except exceptions.InvalidRequest as error:
            words = self._client.words(error)
            raise SecretsRequestError(full, action="read", reason=words) from None
        else:
            return self._kept(path, found["data"])
        if deleted is not None:
            raise deleted
        self._read_versions[path] = 0
        return None

    def version(self, path: str) -> int:
        """The number of the newest version, 0 when there is none."""
        self.read(path)
        return self._read_versions[path]

    def _kept(self, path: str, found: Mapping[str, Any]) -> Mapping[str, Secret]:
        self._read_versions[path] = int(found["metadata"]["version"])
        return {str(key): Secret(str(value)) for key, value in found["data"].items()}

    def create(self, path: str, values: Mapping[str, Secret]) -> bool:
        """Write with compare-and-set 0. False when there is, or was, a value."""
        return self._put(path, values, cas=0)

    def replace(self, path: str, values: Mapping[str, Secret]) -> None:
        """Write over the version read last. Raises SecretChangedError when it is not the newest."""
        if path not in self._read_versions:
            self.read(path)
        expected = self._read_versions[path]
        if not self._put(path, values, cas=expected):
            raise SecretChangedError(path, expected=expected)

    def forget(self, path: str) -> None:
        """Destroy every version and what is told of them."""
        full = f"{self._kv}/metadata/{path}"
        with contextlib.suppress(exceptions.InvalidPath):
            self._client.write(
                full,
                lambda: self._api.secrets.kv.v2.delete_metadata_and_all_versions(
                    path, mount_point=self._kv
                ),
                action="destroy",
            )
        self._read_versions.pop(path, None)

    def _put(self, path: str, values: Mapping[str, Secret], *, cas: int) -> bool:
        full = f"{self._kv}/data/{path}"
        hide = tuple(values.values())
        plain = {key: value.reveal() for key, value in values.items()}
        try:
            done = self._client.write(
                full,
                lambda: self._api.secrets.kv.v2.create_or_update_secret(
                    path, plain, cas=cas, mount_point=self._kv
                ),
                hide=hide,
            )
        except exceptions.InvalidRequest as error:
            words = self._client.words(error, hide)
            if _CAS in words:
                return False
        except exceptions.InvalidPath:
            words = f"nothing is mounted at {self._kv}"
        else:
            self._read_versions[path] = int(done["data"]["version"])
            return True
        raise SecretsRequestError(full, action="write", reason=words)

    def _deleted(self, path: str, error: exceptions.InvalidPath) -> SecretDeletedError | None:
        """A deleted version is a 404 that still has its metadata."""
        answer = error.json if isinstance(error.json, dict) else {}
        metadata = (answer.get("data") or {}).get("metadata")
        if not metadata:
            return None
        return SecretDeletedError(
            self._kv,
            path,
            version=int(metadata["version"]),
            destroyed=bool(metadata.get("destroyed")),
        )
