"""Signing in to a tenant's instances: Vault or OpenBao as OpenID Connect provider.

Each tenant has a provider of its own with a signing key of its own, which serve the tenant's
clients alone, and admit the tenant's people alone. The scopes `email` and `profile` are shared by
all providers of a server, since applications ask for them by these names; they read from whoever
signs in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from orchestrator.model.names import InstanceNames, TenantNames
from orchestrator.model.secret import Secret
from orchestrator.ports import LoginClient
from orchestrator.products import registry
from orchestrator.tools.logins_people import TenantPeople
from orchestrator.tools.secretstore_client import VaultClient
from orchestrator.tools.secretstore_paths import VaultPaths

_DAY_S = 24 * 3600
_HOUR_S = 3600
_SCOPES: Final[Mapping[str, str]] = {
    # Accounts are made by the orchestrator for addresses of the tenant file, so they are right.
    "email": '{"email": {{identity.entity.metadata.email}}, "email_verified": true}',
    "profile": '{"name": {{identity.entity.metadata.name}}}',
}
_KEY: Final = {"algorithm": "RS256", "rotation_period": _DAY_S, "verification_ttl": _DAY_S}
_CLIENTS = "identity/oidc/client"


class VaultIdentityProvider:
    """Implements `ports.IdentityProvider`; `public` is the base of the issuer's URL."""

    def __init__(
        self,
        address: str,
        token: Secret,
        authority: Path,
        tenant: TenantNames,
        public: str,
    ) -> None:
        client = VaultClient(address, token, authority)
        self._paths = VaultPaths(client)
        self._people = TenantPeople(client, tenant)
        self._tenant = tenant
        self._public = public.rstrip("/")
        self._key = f"identity/oidc/key/{tenant.login_objects}"
        self._provider = f"identity/oidc/provider/{tenant.login_provider}"

    def client(self, instance: str) -> LoginClient | None:
        """The client when people can sign in to it; None also while it was made half."""
        found = self._paths.find(self._client_path(instance))
        # The provider is written last, so whom it serves the rest is ready for.
        provider = self._paths.find(self._provider) or {}
        if found is None or provider.get("issuer") != self._issuer:
            return None
        if found["client_id"] not in (provider.get("allowed_client_ids") or ()):
            return None
        return self._told(found)

    def register(self, instance: str, redirects: Sequence[str]) -> LoginClient:
        """Make what is missing or different. Raises SecretsMountError and as `errors.secrets`."""
        path = self._client_path(instance)
        self._prepare()
        self._paths.have(
            path,
            {
                "key": self._tenant.login_objects,
                "assignments": [self._tenant.login_objects],
                "redirect_uris": sorted(set(redirects)),  # as the server keeps them
                "client_type": "confidential",
                "id_token_ttl": _HOUR_S,
                "access_token_ttl": _HOUR_S,
            },
        )
        self._serve(self._key)
        self._paths.have(self._provider, {"scopes_supported": sorted(_SCOPES)})
        if (self._paths.find(self._provider) or {}).get("issuer") != self._issuer:
            self._paths.put(self._provider, {"issuer": self._public})
        self._serve(self._provider)
        return self._told(self._paths.find(path) or {})

    def dismiss(self, instance: str) -> None:
        """Have a copy be a client no more."""
        path = self._client_path(instance)
        if self._paths.find(path) is None:
            return
        self._paths.remove(path)
        self._serve(self._key)
        self._serve(self._provider)

    def knows(self, email: str) -> bool:
        """Whether there is an account."""
        return self._people.has(email)

    def person(self, email: str, name: str, password: Secret) -> bool:
        """Have an account; whether it is new, and has that password. Raises as `register`."""
        self._people.prepare()
        return self._people.add(email, name, password)

    def _told(self, found: Mapping[str, Any]) -> LoginClient:
        return LoginClient(
            self._issuer,
            str(found["client_id"]),
            Secret(str(found["client_secret"])),
            tuple(found["redirect_uris"]),
        )

    @property
    def _issuer(self) -> str:
        return f"{self._public}/v1/{self._provider}"

    def _client_path(self, instance: str) -> str:
        tenant, _, rest = instance.partition("/")
        product, _, copy = rest.partition("@")
        if tenant != self._tenant.tenant or product not in registry.names():
            raise ValueError(instance)
        return f"{_CLIENTS}/{InstanceNames(tenant, product, copy).login_client}"

    def _prepare(self) -> None:
        group = self._people.prepare()
        name = self._tenant.login_objects
        self._paths.have(
            f"identity/oidc/assignment/{name}", {"group_ids": [group], "entity_ids": []}
        )
        for scope, template in _SCOPES.items():
            self._paths.have(f"identity/oidc/scope/{scope}", {"template": template})
        self._paths.have(self._key, _KEY)

    def _serve(self, path: str) -> None:
        """Have the key, or the provider, serve the clients of the tenant and no others.

        Another run may register another product at the same moment, and the list is written whole:
        so the clients are counted again after writing, until there is nothing to write.
        """
        while (wanted := self._client_ids()) != self._served(path):
            self._paths.put(path, {"allowed_client_ids": wanted})

    def _served(self, path: str) -> list[str]:
        found: Mapping[str, Any] = self._paths.find(path) or {}
        return sorted(found.get("allowed_client_ids") or ())

    def _client_ids(self) -> list[str]:
        """Those of the tenant's instances and of their copies, and of nobody else."""
        plain = {
            InstanceNames(self._tenant.tenant, product).login_client for product in registry.names()
        }
        return sorted(
            str(facts["client_id"])
            for name, facts in self._paths.listed(_CLIENTS).items()
            if name.partition("--")[0] in plain
        )
