"""How an instance's pods sign in to Vault or OpenBao: a role of the tenant's own AppRole mount.

Whoever signs in with it may have the instance's wrapped passphrase unwrapped, for ten minutes, and
may do nothing else; not even end the token, which is why we do that with the operator's.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from orchestrator.errors.secrets import (
    SecretsDeniedError,
    SecretsMountError,
    SecretsRequestError,
)
from orchestrator.model.names import InstanceNames, TenantNames
from orchestrator.model.secret import Secret
from orchestrator.ports import MachineLogin
from orchestrator.tools.secretstore_client import VaultClient
from orchestrator.tools.secretstore_paths import VaultPaths

KIND = "approle"
_TEN_MINUTES_S = 600
_POLICY = """\
# The pods that make the backups of this instance: they have one passphrase unwrapped.
path "{transit}/decrypt/{key}" {{ capabilities = ["update"] }}
"""
_ROLE: Final[Mapping[str, Any]] = {
    "bind_secret_id": True,
    "secret_id_ttl": 0,
    "secret_id_num_uses": 0,
    "token_ttl": _TEN_MINUTES_S,
    "token_max_ttl": _TEN_MINUTES_S,
    "token_explicit_max_ttl": 0,
    "token_period": 0,
    "token_no_default_policy": True,
    "token_type": "service",  # one of another type could not be ended
}
# Five wrong attempts would lock everybody of a role out for a quarter of an hour, so a pod with a
# forgotten secret could shut out those with the new one. Nobody guesses 122 random bits.
_NO_LOCKOUT: Final = {"user_lockout_config": {"lockout_disable": True}}


class _NotAdmittedError(Exception):
    """The server does not know the role or the secret."""


class InstanceMachines:
    """The way in, and the secrets that open it."""

    def __init__(
        self, client: VaultClient, authority: Path, tenant: TenantNames, names: InstanceNames
    ) -> None:
        self._paths = VaultPaths(client)
        self._address = client.address
        self._authority = authority
        self._owner = tenant.tenant
        self._mount = tenant.machines_mount
        self._tune = f"sys/auth/{self._mount}/tune"
        self._role = f"auth/{self._mount}/role/{names.machine_role}"
        self._policy = f"tenant-{tenant.tenant}-machine-{names.product}"
        self._policy_path = f"sys/policies/acl/{self._policy}"
        self._policy_text = _POLICY.format(transit=tenant.transit_mount, key=names.backup_key)

    def prepared(self) -> bool:
        """Whether mount, policy and role are there, and as we make them."""
        return (
            self._mounted()
            and self._tuned()
            and self._paths.has(self._policy_path, {"policy": self._policy_text})
            and self._paths.has(self._role, self._settings)
        )

    def prepare(self) -> None:
        """Make what is missing or different. Raises SecretsMountError."""
        if not self._mounted():
            self._make_mount()
        if not self._tuned():
            self._paths.put(self._tune, _NO_LOCKOUT)
        self._paths.have(self._policy_path, {"policy": self._policy_text})
        self._paths.have(self._role, self._settings)

    def new(self) -> MachineLogin:
        """One more secret of the role. Raises SecretsRequestError when there is no role."""
        role = self._role_id()
        made = self._paths.answer(f"{self._role}/secret-id", {}, action="make")["data"]
        return MachineLogin(role, Secret(str(made["secret_id"])))

    def signed_in(self, login: MachineLogin) -> tuple[VaultClient, str] | None:
        """A pod's own way to the server and the accessor of its token; None: not admitted."""
        guest = VaultClient(self._address, Secret(""), self._authority)
        body = {"role_id": login.role, "secret_id": login.secret.reveal()}
        try:
            answer = VaultPaths(guest).answer(
                f"auth/{self._mount}/login",
                body,
                action="sign in at",
                hide=(login.secret,),
                refused=_NotAdmittedError,
            )
        except (_NotAdmittedError, SecretsDeniedError):
            return None
        token = Secret(str(answer["auth"]["client_token"]))
        return VaultClient(self._address, token, self._authority), str(answer["auth"]["accessor"])

    def sign_out(self, accessor: str) -> None:
        """End a token."""
        self._paths.put("auth/token/revoke-accessor", {"accessor": accessor})

    def forget_others(self, login: MachineLogin) -> None:
        """Destroy every secret of the role but this one.

        Raises SecretsRequestError, and destroys nothing, when the server does not know this one.
        """
        keep = self._accessor(login)
        for accessor in self._paths.keys(f"{self._role}/secret-id"):
            if accessor != keep:
                self._destroy(accessor)

    def _accessor(self, login: MachineLogin) -> str:
        path = f"{self._role}/secret-id/lookup"
        body = {"secret_id": login.secret.reveal()}
        found = self._paths.answer(path, body, action="find", hide=(login.secret,)).get("data")
        if not found or login.role != self._role_id():
            why = "it does not know the one to keep, so none was forgotten"
            raise SecretsRequestError(path, action="find", reason=why)
        return str(found["secret_id_accessor"])

    def _destroy(self, accessor: str) -> None:
        path = f"{self._role}/secret-id-accessor/destroy"
        try:
            self._paths.put(path, {"secret_id_accessor": accessor})
        except SecretsRequestError:
            # Another run may have destroyed it meanwhile; anything else is a fault.
            if accessor in self._paths.keys(f"{self._role}/secret-id"):
                raise

    def _role_id(self) -> str:
        path = f"{self._role}/role-id"
        found = self._paths.find(path)
        if found is None:
            raise SecretsRequestError(path, action="read", reason="there is no such role")
        return str(found["role_id"])

    @property
    def _settings(self) -> Mapping[str, Any]:
        return {**_ROLE, "token_policies": [self._policy]}

    def _mounted(self) -> bool:
        found = self._paths.find(f"sys/auth/{self._mount}", absent="No auth engine")
        if found is not None and found["type"] != KIND:
            raise SecretsMountError(
                self._mount, expected=KIND, found=str(found["type"]), table="auth"
            )
        return found is not None

    def _tuned(self) -> bool:
        return self._paths.has(self._tune, {"user_lockout_disable": True})

    def _make_mount(self) -> None:
        body = {"type": KIND, "description": f"{self._owner}, by orchestrator"}
        try:
            self._paths.put(f"sys/auth/{self._mount}", body)
        except SecretsRequestError:
            # The tenant's other instances may be prepared at the same moment.
            if not self._mounted():
                raise
