"""The secrets server and what it does: secrets, keys of backups, people, certificates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from orchestrator.model.secret import Secret


class SecretStore(Protocol):
    """The secrets of one tenant: a kv mount, a transit mount, nothing of anybody else.

    Paths are below the tenant's kv mount. Every method raises SecretsSealedError,
    SecretsUnreachableError or SecretsDeniedError from `errors.secrets`.
    """

    def prepared(self) -> bool:
        """Whether mounts, state key and policies are there."""

    def prepare(self) -> None:
        """Make mounts, state key and policies; leaves alone what is there."""

    def read(self, path: str) -> Mapping[str, Secret] | None:
        """The newest version of a secret, or None."""

    def version(self, path: str) -> int:
        """The number of the newest version, 0 when there is none."""

    def create(self, path: str, values: Mapping[str, Secret]) -> bool:
        """Write with compare-and-set 0: never over an existing value. False: it existed."""

    def replace(self, path: str, values: Mapping[str, Secret]) -> None:
        """Write a new version over exactly the version that was read last."""

    def forget(self, path: str) -> None:
        """Destroy a secret in every version; only of copies. One that is not there is left so."""


@dataclass(frozen=True)
class LoginClient:
    """An instance as an OpenID Connect provider knows it.

    issuer:     the provider's URL; `/.well-known/openid-configuration` is below it
    redirects:  the addresses that people may be sent back to, compared letter by letter; sorted
    """

    issuer: str
    client_id: str
    client_secret: Secret
    redirects: tuple[str, ...]


class IdentityProvider(Protocol):
    """Who signs in to the instances of one tenant, by OpenID Connect.

    `instance` is written as people read it: `saint-martin/grist`. Raises as SecretStore does.
    """

    def client(self, instance: str) -> LoginClient | None:
        """The instance as a client that people can sign in to, or None; changes nothing."""

    def register(self, instance: str, redirects: Sequence[str]) -> LoginClient:
        """Have the instance as a client with exactly these redirects; id and secret stay."""

    def dismiss(self, instance: str) -> None:
        """Have a copy be a client no more; one that is none is left so."""

    def knows(self, email: str) -> bool:
        """Whether there is an account for a mail address."""

    def person(self, email: str, name: str, password: Secret) -> bool:
        """Have an account for a mail address; whether it is new, and has that password.

        The same account opens all instances of the tenant.
        """


@dataclass(frozen=True)
class Certificate:
    """A server certificate with its chain and key, PEM."""

    chain: Secret
    key: Secret


@dataclass(frozen=True)
class CertificateFacts:
    """What a certificate says of itself."""

    names: tuple[str, ...]
    expires: datetime


class Certificates(Protocol):
    """Who signs the names of an instance."""

    def issue(self, names: Sequence[str]) -> Certificate:
        """A certificate for these names, the first one being its subject."""

    def describe(self, chain: Secret) -> CertificateFacts:
        """The names and the end of a chain's first certificate."""


@dataclass(frozen=True)
class MachineLogin:
    """By what a pod signs in to the secrets server, to unwrap one passphrase and nothing else."""

    role: str
    secret: Secret


@dataclass(frozen=True)
class Signature:
    """Who signed, and the signature itself, base64.

    key: name and version of the key, `points-1`
    """

    key: str
    value: str


class KeyRing(Protocol):
    """The keys that an instance's backups are locked and signed with.

    They never leave the secrets server: it wraps, unwraps and signs. Raises as SecretStore does,
    and KeyUnavailableError of `errors.keys` where a key is gone, disabled or another one.
    """

    def prepared(self) -> bool:
        """Whether the keys, the pods' way to sign in and its policy are there as we make them.

        Raises KeyUnsafeError when a key may leave the secrets server.
        """

    def prepare(self) -> None:
        """Make what is missing; leaves keys alone that are there. Raises as `prepared`."""

    def wrap_new(self) -> str:
        """A new random passphrase, wrapped; nobody has seen it."""

    def unwrap(self, wrapped: str) -> Secret:
        """The passphrase itself, base64 of 32 bytes. Raises KeyUnavailableError."""

    def fingerprint(self) -> str:
        """What tells this backup key from any other: name, newest version and when it was made."""

    def machine(self) -> MachineLogin:
        """A new way for the instance's pods to sign in; earlier ones hold until `forget_others`."""

    def machine_works(self, login: MachineLogin, wrapped: str) -> bool:
        """Whether a pod that has it can unwrap the passphrase.

        Raises KeyUnavailableError when nobody could.
        """

    def forget_others(self, login: MachineLogin) -> None:
        """Let the pods sign in by this alone; who signed in otherwise is out in ten minutes."""

    def sign(self, content: bytes) -> Signature:
        """Sign with the tenant's own key (Ed25519). Raises SigningKeyUnavailableError."""

    def public_keys(self) -> Mapping[str, str]:
        """PEM of every version of the signing key, by `Signature.key`. Raises as `sign`."""
