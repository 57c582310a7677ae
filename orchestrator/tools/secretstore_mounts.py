"""The mounts, the state key and the policies that a tenant has in the secrets server."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from hvac import exceptions

from orchestrator.errors.secrets import SecretsMountError, SecretsRequestError
from orchestrator.model.names import TenantNames
from orchestrator.tools.secretstore_client import VaultClient
from orchestrator.tools.secretstore_paths import asked

_KV = "kv version 2"
_TRANSIT = "transit"
_SETTLE_S = 15.0  # a new kv mount refuses everything for a moment

_OPERATOR = """\
# Whoever runs the instances of this tenant.
path "{kv}/data/*" {{ capabilities = ["create", "read", "update", "patch"] }}
path "{kv}/metadata/*" {{ capabilities = ["read", "list"] }}
path "{kv}/metadata/copies/*" {{ capabilities = ["read", "list", "delete"] }}
path "{kv}/delete/*" {{ capabilities = ["update"] }}
path "{kv}/undelete/*" {{ capabilities = ["update"] }}
path "{transit}/keys/*" {{ capabilities = ["read", "list"] }}
path "{transit}/encrypt/{key}" {{ capabilities = ["update"] }}
path "{transit}/decrypt/{key}" {{ capabilities = ["update"] }}
"""
_INSTANCE = """\
# The instance itself: it reads what is its own, and nothing else.
path "{kv}/data/{product}/*" {{ capabilities = ["read"] }}
path "{kv}/metadata/{product}/*" {{ capabilities = ["read", "list"] }}
"""


class TenantMounts:
    """What must be there before the first secret is kept."""

    def __init__(self, client: VaultClient, tenant: TenantNames, product: str) -> None:
        self._client = client
        self._api: Any = client.api
        self._tenant = tenant
        self._kv = tenant.secrets_mount
        self._transit = tenant.transit_mount
        self._product = product

    def prepared(self) -> bool:
        """Whether mounts, state key and policies are there and as we make them."""
        return (
            self._mounted(self._kv, _KV)
            and self._mounted(self._transit, _TRANSIT)
            and self._has_key()
            and all(self._policy(name) == text for name, text in self.policies().items())
        )

    def prepare(self) -> None:
        """Make what is missing. Raises SecretsMountError for a mount of another kind."""
        if not self._mounted(self._kv, _KV):
            self._mount(self._kv, "kv", {"version": "2"})
        if not self._mounted(self._transit, _TRANSIT):
            self._mount(self._transit, "transit", None)
        self._settle()
        if not self._has_key():
            path = f"{self._transit}/keys/{self._tenant.state_key}"
            self._write(
                path,
                lambda: self._api.secrets.transit.create_key(
                    self._tenant.state_key, exportable=False, mount_point=self._transit
                ),
            )
        for name, text in self.policies().items():
            if self._policy(name) != text:
                self._write_policy(name, text)

    def policies(self) -> Mapping[str, str]:
        """The text of each policy of the tenant, by name."""
        tenant = self._tenant.tenant
        places = {"kv": self._kv, "transit": self._transit, "key": self._tenant.state_key}
        return {
            f"tenant-{tenant}-operator": _OPERATOR.format(**places),
            f"tenant-{tenant}-instance-{self._product}": _INSTANCE.format(
                product=self._product, **places
            ),
        }

    def _mounted(self, mount: str, expected: str) -> bool:
        path = f"sys/mounts/{mount}"
        found = self._ask(path, lambda: self._api.adapter.get(f"/v1/{path}"), absent="No secret")
        if found is None:
            return False
        facts = found.get("data") or found
        version = (facts.get("options") or {}).get("version")
        kind = f"{facts['type']} version {version}" if version else str(facts["type"])
        if kind != expected:
            raise SecretsMountError(mount, expected=expected, found=kind)
        return True

    def _mount(self, mount: str, kind: str, options: Mapping[str, str] | None) -> None:
        self._write(
            f"sys/mounts/{mount}",
            lambda: self._api.sys.enable_secrets_engine(
                kind,
                path=mount,
                description=f"{self._tenant.tenant}, by orchestrator",
                options=options,
            ),
            already="path is already in use",
        )

    def _settle(self) -> None:
        """Wait until the kv mount serves."""
        until = time.monotonic() + _SETTLE_S
        path = f"{self._kv}/config"
        while True:
            try:
                self._client.read(path, lambda: self._api.adapter.get(f"/v1/{path}"))
            except (exceptions.InvalidRequest, exceptions.InvalidPath) as error:
                words = self._client.words(error)
            else:
                return
            if time.monotonic() > until:
                raise SecretsRequestError(path, action="wait for", reason=words)
            time.sleep(0.2)

    def _has_key(self) -> bool:
        name = self._tenant.state_key
        found = self._ask(
            f"{self._transit}/keys/{name}",
            lambda: self._api.secrets.transit.read_key(name, mount_point=self._transit),
        )
        return found is not None

    def _policy(self, name: str) -> str:
        found = self._ask(f"sys/policies/acl/{name}", lambda: self._api.sys.read_acl_policy(name))
        return "" if found is None else str(found["data"]["policy"])

    def _write_policy(self, name: str, text: str) -> None:
        self._write(
            f"sys/policies/acl/{name}",
            lambda: self._api.sys.create_or_update_acl_policy(name, text, pretty_print=False),
        )

    def _ask(self, path: str, call: Callable[[], Any], *, absent: str = "") -> Any:
        return asked(self._client, path, call, absent=absent)

    def _write(self, path: str, call: Callable[[], Any], *, already: str = "") -> None:
        """Ask for a change; `already` is how the server says that another made it before us."""
        try:
            self._client.write(path, call)
        except (exceptions.InvalidRequest, exceptions.InvalidPath) as error:
            words = self._client.words(error)
            if not already or already not in words:
                raise SecretsRequestError(path, action="write", reason=words) from None
