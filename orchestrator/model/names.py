"""Every external name of an instance, derived here and nowhere else.

A name that would be longer than its limit keeps its beginning and ends in eight hex digits of the
SHA-256 of the whole, so two long names that begin alike stay different. The limits: 63 for a DNS
label (RFC 1123), which binds namespaces and object store buckets alike.
"""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass

LABEL_LIMIT = 63
_DIGEST_DIGITS = 8


def fitted(name: str, limit: int = LABEL_LIMIT) -> str:
    """The name itself when it fits, else its beginning and a digest of all of it."""
    if len(name) <= limit:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST_DIGITS]
    return f"{name[: limit - _DIGEST_DIGITS - 1].rstrip('-')}-{digest}"


def minute_of_hour(tenant: str, task: str) -> int:
    """A stable minute, 0 to 59, so that a thousand tenants do not all start at midnight."""
    digest = hashlib.sha256(f"{tenant}\0{task}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % 60


def one_spelling(email: str) -> str:
    """The same mail address for every way of writing it: small letters, no blanks around it."""
    return unicodedata.normalize("NFC", email.strip()).lower()


def account_of(email: str) -> str:
    """The account of a mail address: 64 hex digits, whichever way it is written.

    The sign-in page derives it too, see `orchestrator/sandbox/sign_in/page.js`. A digest, because
    accounts stand in paths, where logs show them.
    """
    return hashlib.sha256(one_spelling(email).encode()).hexdigest()


@dataclass(frozen=True)
class TenantNames:
    """Names that all instances of a tenant share."""

    tenant: str

    @property
    def secrets_mount(self) -> str:
        """The kv version 2 mount that holds the tenant's secrets."""
        return f"tenants/{self.tenant}/kv"

    @property
    def transit_mount(self) -> str:
        """The transit mount whose keys wrap the tenant's state and backups."""
        return f"tenants/{self.tenant}/transit"

    @property
    def state_key(self) -> str:
        """The transit key that encrypts the state of the tenant's stacks."""
        return "state"

    @property
    def signing_key(self) -> str:
        """The transit key that signs the tenant's recovery points and records."""
        return "points"

    @property
    def machines_mount(self) -> str:
        """The way in which the tenant's pods sign in."""
        return f"tenants/{self.tenant}/machines"

    @property
    def people_mount(self) -> str:
        """The way to sign in that knows the tenant's people and nobody else."""
        return f"tenants/{self.tenant}/people"

    @property
    def login_provider(self) -> str:
        """The OpenID Connect provider; the end of its issuer's address."""
        return self.tenant

    @property
    def login_objects(self) -> str:
        """The key that signs, the group of all people, and the assignment that admits it."""
        return f"tenant-{self.tenant}"

    @property
    def person_policy(self) -> str:
        """What one of the tenant's people may do in the secrets server: sign in."""
        return f"tenant-{self.tenant}-person"

    def person_entity(self, account: str) -> str:
        """Who an account, as `account_of` derives it, belongs to."""
        return f"tenant-{self.tenant}-{account}"


@dataclass(frozen=True)
class InstanceNames:
    """Names of one instance: one product of one tenant, or a copy of it beside it.

    `copy` is the copy's own name, '' for the instance itself. Whatever holds backups is the
    instance's: a copy has none. No slug holds two hyphens in a row, so no instance has the names
    of a copy.
    """

    tenant: str
    product: str
    copy: str = ""

    @property
    def source(self) -> InstanceNames:
        """The instance that a copy is of; of an instance, itself."""
        return InstanceNames(self.tenant, self.product)

    def beside(self, copy: str) -> InstanceNames:
        """The names of a copy of it."""
        return InstanceNames(self.tenant, self.product, copy)

    @property
    def instance(self) -> str:
        """What people read: `saint-martin/decidim`; a copy is `saint-martin/decidim@monday`."""
        copy = f"@{self.copy}" if self.copy else ""
        return f"{self.tenant}/{self.product}{copy}"

    @property
    def namespace(self) -> str:
        return fitted(self._own)

    @property
    def stack(self) -> str:
        """The Pulumi stack, within the project `orchestrator`."""
        return self._own

    @property
    def bucket(self) -> str:
        """The bucket of the instance's uploads."""
        return fitted(f"{self._own}-uploads")

    @property
    def object_store_identity(self) -> str:
        """The object store's user that may use the bucket, and nothing else."""
        return fitted(self._own)

    @property
    def backup_bucket(self) -> str:
        """The bucket that holds the instance's backups and recovery points."""
        return fitted(f"{self.tenant}-{self.product}-backups")

    @property
    def backup_key(self) -> str:
        """The transit key that wraps the passphrase of the instance's backups."""
        return f"backup-{self.product}"

    def backup_identity(self, role: str) -> str:
        """The object store's user `writer`, `pruner` or `auditor` of the backup bucket."""
        return fitted(f"{self.tenant}-{self.product}-backup-{role}")

    @property
    def machine_role(self) -> str:
        """Who the instance's pods are when they sign in to the secrets server."""
        return f"{self.product}-backup"

    @property
    def login_client(self) -> str:
        """The instance as a client of the tenant's OpenID Connect provider."""
        return self._own

    @property
    def secrets_folder(self) -> str:
        """What the paths of a copy's own secrets begin with, '' for an instance."""
        return f"copies/{self.copy}/" if self.copy else ""

    @property
    def lease(self) -> str:
        """File name of the lease that one mutating run holds."""
        return fitted(self._own)

    @property
    def _own(self) -> str:
        return f"{self.tenant}-{self.product}" + (f"--{self.copy}" if self.copy else "")
