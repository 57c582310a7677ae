"""The people of one tenant in Vault or OpenBao: who they are, and how they sign in.

An account is a user of the tenant's own userpass mount. It belongs to an entity, which holds what
applications are told, and everybody with an account is a member of one group.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from orchestrator.errors.secrets import SecretsMountError
from orchestrator.model.names import TenantNames, account_of, one_spelling
from orchestrator.model.secret import Secret
from orchestrator.tools.secretstore_client import VaultClient
from orchestrator.tools.secretstore_paths import VaultPaths

KIND = "userpass"
_PASSWORD_BYTES = 18
_ALIASES = "identity/entity-alias"
_POLICY = """\
# Somebody of this tenant: may sign in to the tenant's own applications.
path "identity/oidc/provider/{provider}/authorize" {{ capabilities = ["update"] }}
"""
# A token is good for the one request after signing in; a batch token is not even kept.
_TOKEN: Final[Mapping[str, Any]] = {
    "token_type": "batch",
    "token_ttl": 60,
    "token_max_ttl": 60,
    "token_no_default_policy": True,
}


class TenantPeople:
    """Accounts, and the group of all who have one."""

    def __init__(self, client: VaultClient, tenant: TenantNames) -> None:
        self._paths = VaultPaths(client)
        self._tenant = tenant
        self._mount = tenant.people_mount
        self._group_path = f"identity/group/name/{tenant.login_objects}"

    def prepare(self) -> str:
        """Make what is missing; the id of the group. Raises SecretsMountError."""
        self._mounted()
        policy = _POLICY.format(provider=self._tenant.login_provider)
        self._paths.have(f"sys/policies/acl/{self._tenant.person_policy}", {"policy": policy})
        self._paths.have(self._group_path, {"type": "internal"})
        return str(self._group()["id"])

    def has(self, email: str) -> bool:
        """Whether there is an account."""
        return self._paths.find(f"auth/{self._mount}/users/{account_of(email)}") is not None

    def add(self, email: str, name: str, password: Secret) -> bool:
        """Have an account; whether it is new. Call `prepare` before."""
        account = account_of(email)
        entity = f"identity/entity/name/{self._tenant.person_entity(account)}"
        self._paths.have(entity, {"metadata": {"email": one_spelling(email), "name": name}})
        owner = str((self._paths.find(entity) or {})["id"])
        accessor = self._accessor()
        if self._owners(accessor).get(account) != owner:
            alias = {"name": account, "canonical_id": owner, "mount_accessor": accessor}
            self._paths.put(_ALIASES, alias)
        self._gather(accessor)
        # Last, so that an account that can be seen is one that works.
        return self._account(account, password)

    def _account(self, account: str, password: Secret) -> bool:
        path = f"auth/{self._mount}/users/{account}"
        settings = {**_TOKEN, "token_policies": [self._tenant.person_policy]}
        if self._paths.find(path) is not None:
            self._paths.have(path, settings)
            return False
        self._paths.put(path, {**settings, "password": password.reveal()}, hide=(password,))
        return True

    def _gather(self, accessor: str) -> None:
        """Have exactly those in the group who have an account.

        Another run may add somebody at the same moment, and a group is written whole: so all are
        counted again after writing, until there is nothing to write.
        """
        while (wanted := sorted(self._owners(accessor).values())) != self._members():
            self._paths.put(self._group_path, {"member_entity_ids": wanted})

    def _owners(self, accessor: str) -> Mapping[str, str]:
        """Whom each account of the tenant belongs to."""
        return {
            str(alias["name"]): str(alias["canonical_id"])
            for alias in self._paths.listed(f"{_ALIASES}/id").values()
            if alias["mount_accessor"] == accessor
        }

    def _group(self) -> Mapping[str, Any]:
        return self._paths.find(self._group_path) or {}

    def _members(self) -> list[str]:
        return sorted(str(one) for one in self._group().get("member_entity_ids") or ())

    def _mounted(self) -> None:
        found = self._found_mount()
        if found is None:
            body = {"type": KIND, "description": f"{self._tenant.tenant}, by orchestrator"}
            self._paths.put(f"sys/auth/{self._mount}", body)
        elif found["type"] != KIND:
            raise SecretsMountError(
                self._mount, expected=KIND, found=str(found["type"]), table="auth"
            )

    def _accessor(self) -> str:
        return str((self._found_mount() or {})["accessor"])

    def _found_mount(self) -> Mapping[str, Any] | None:
        return self._paths.find(f"sys/auth/{self._mount}", absent="No auth engine")
