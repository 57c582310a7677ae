"""The keys of an instance's backups in Vault or OpenBao: a transit mount and an AppRole mount.

Only what both servers offer is used. The keys stay in the server; what leaves it is a passphrase,
wrapped as long as nobody needs it, and signatures.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from orchestrator.errors.keys import KeyUnavailableError, SigningKeyUnavailableError
from orchestrator.errors.secrets import SecretsDeniedError
from orchestrator.model.names import InstanceNames, TenantNames
from orchestrator.model.secret import Secret
from orchestrator.ports import MachineLogin, Signature
from orchestrator.tools.keyring_machines import InstanceMachines
from orchestrator.tools.keyring_transit import PASSPHRASE_BYTES, TransitKey
from orchestrator.tools.secretstore_client import VaultClient
from orchestrator.tools.secretstore_paths import VaultPaths


class VaultKeyRing:
    """Implements `ports.KeyRing`; the tenant's transit mount is made by `VaultSecretStore`."""

    def __init__(
        self,
        address: str,
        token: Secret,
        authority: Path,
        tenant: TenantNames,
        names: InstanceNames,
    ) -> None:
        client = VaultClient(address, token, authority)
        self._tenant = tenant
        self._names = names
        self._machines = InstanceMachines(client, authority, tenant, names)
        self._backup = self._backup_key(client)
        self._signing = TransitKey(
            VaultPaths(client),
            tenant.transit_mount,
            tenant.signing_key,
            "ed25519",
            self._does_not_sign,
        )

    def prepared(self) -> bool:
        """Whether all is there as we make it. Raises KeyUnsafeError and SecretsMountError."""
        keys = [key.look() for key in (self._backup, self._signing)]
        return None not in keys and self._machines.prepared()

    def prepare(self) -> None:
        """Make what is missing. Raises as `prepared`."""
        for key in (self._backup, self._signing):
            key.make()
        self._machines.prepare()

    def wrap_new(self) -> str:
        """A new wrapped passphrase. Raises KeyUnavailableError and KeyUnsafeError."""
        self._backup.facts()
        made = self._backup.use("datakey/wrapped", {"bits": PASSPHRASE_BYTES * 8})
        return str(made["ciphertext"])

    def unwrap(self, wrapped: str) -> Secret:
        """The passphrase. Raises KeyUnavailableError, with the server's words as the reason."""
        return self._backup.passphrase(wrapped)

    def fingerprint(self) -> str:
        """The key's path, its newest version and when that was made, UTC."""
        facts = self._backup.facts()
        version = int(facts["latest_version"])
        made = datetime.fromtimestamp(int(facts["keys"][str(version)]), UTC)
        return f"{self._backup.path} version {version} of {made:%Y-%m-%dT%H:%M:%SZ}"

    def machine(self) -> MachineLogin:
        """One more secret of the instance's role. Call `prepare` before."""
        return self._machines.new()

    def machine_works(self, login: MachineLogin, wrapped: str) -> bool:
        """Sign in as the pods do, unwrap, forget. Raises KeyUnavailableError when nobody could."""
        signed_in = self._machines.signed_in(login)
        if signed_in is None:
            return False
        client, accessor = signed_in
        try:
            self._backup_key(client).passphrase(wrapped)
        except SecretsDeniedError:
            return False
        finally:
            self._machines.sign_out(accessor)
        return True

    def forget_others(self, login: MachineLogin) -> None:
        """Destroy every other secret of the role. Raises SecretsRequestError if it is unknown."""
        self._machines.forget_others(login)

    def sign(self, content: bytes) -> Signature:
        """Sign with the newest version of the key. Raises SigningKeyUnavailableError."""
        body = {"input": base64.b64encode(content).decode(), "prehashed": False}
        # As the server writes it: `vault:v1:` and the signature.
        _, version, value = str(self._signing.use("sign", body)["signature"]).split(":")
        return Signature(self._signer(version.removeprefix("v")), value)

    def public_keys(self) -> Mapping[str, str]:
        """PEM of every version that may still verify. Raises as `sign`, and KeyUnsafeError."""
        versions: Mapping[str, Mapping[str, str]] = self._signing.facts()["keys"]
        return {
            self._signer(version): _pem(told["public_key"]) for version, told in versions.items()
        }

    def _signer(self, version: str) -> str:
        return f"{self._tenant.signing_key}-{version}"

    def _backup_key(self, client: VaultClient) -> TransitKey:
        return TransitKey(
            VaultPaths(client),
            self._tenant.transit_mount,
            self._names.backup_key,
            "aes256-gcm96",
            self._does_not_unlock,
        )

    def _does_not_unlock(self, reason: str) -> KeyUnavailableError:
        return KeyUnavailableError(self._backup.path, instance=self._names.instance, reason=reason)

    def _does_not_sign(self, reason: str) -> SigningKeyUnavailableError:
        return SigningKeyUnavailableError(
            self._signing.path, tenant=self._tenant.tenant, reason=reason
        )


def _pem(raw: str) -> str:
    """A public key as the server tells it, base64 of 32 bytes, in the form others read."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(raw))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
