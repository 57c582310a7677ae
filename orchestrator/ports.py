"""What flows need from the outside world; implemented in `tools`, chosen in `wiring`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from orchestrator.model.act import Act, By, Deed
from orchestrator.model.change import Change
from orchestrator.model.rights import Rights
from orchestrator.model.run import Outcome
from orchestrator.model.secret import Secret

Progress = Callable[[str], None]


class Clock(Protocol):
    """Time, so that tests own it."""

    def now(self) -> datetime:
        """The time in UTC, aware of its zone."""

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


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
class BucketState:
    """What is known of a bucket."""

    versioned: bool
    upload_origins: tuple[str, ...]
    public: bool


class ObjectStore(Protocol):
    """Buckets and the identities that may use them.

    Every method raises StoreUnavailableError (503), StoreDeniedError (403) or
    StoreUnreachableError from `errors.objects`.
    """

    def bucket(self, name: str) -> BucketState | None:
        """What is known of a bucket, or None when there is none."""

    def create_bucket(self, name: str, *, lockable: bool = False) -> None:
        """Make a private bucket; one of ours that is there already is left as it is.

        With `lockable`, its versions can be locked, where the store can do that: see `lock_holds`.
        """

    def remove_bucket(self, name: str) -> None:
        """End a bucket and every version in it, without asking; nothing brings them back.

        Raises StoreDeniedError when some versions are locked; one that is not there is left so.
        """

    def lock_holds(self, name: str) -> bool:
        """Whether nobody can destroy a locked version before its time; tried on one of seconds."""

    def set_default_lock(self, name: str, days: int) -> None:
        """Lock each version that is written from now on for so many days."""

    def default_lock(self, name: str) -> int | None:
        """Days for which new versions are locked, or None."""

    def locked_until(self, name: str, key: str, version: str) -> datetime | None:
        """Until when a version cannot be destroyed, UTC; None: it can be, or is not there."""

    def version(self, name: str) -> None:
        """Turn versioning on and prove it: write, overwrite, read the first version back."""

    def allow_uploads(self, name: str, origins: Sequence[str]) -> None:
        """Set the CORS rule for PUT from the origins (decidim.md 2.7)."""

    def identity_works(
        self, identity: str, bucket: str, access_key: str, secret_key: Secret, rights: Rights
    ) -> bool:
        """Whether the key is the identity's, opens the bucket, and has these rights exactly.

        False as well when somebody gave the identity more, or less, than that.
        """

    def create_identity(
        self, identity: str, bucket: str, rights: Rights = Rights.INSTANCE
    ) -> tuple[str, Secret]:
        """Make or renew the key of an identity that may use this bucket alone."""

    def remove_identity(self, identity: str) -> None:
        """End an identity and all its keys; one that is not there is left so."""


@dataclass(frozen=True)
class ObjectVersion:
    """One version of an object, or the mark that says it was deleted.

    written: when the store took it, UTC, as the store's own clock has it
    size:    bytes; 0 of a mark
    etag:    the store's word for the content: its MD5 where it was sent in one part
    marker:  whether it only says that the object is deleted
    newest:  whether it is what a reader gets now
    """

    key: str
    version: str
    written: datetime
    size: int
    etag: str
    marker: bool
    newest: bool


class ObjectHistory(Protocol):
    """Objects through time, with the operator's key. Raises as ObjectStore does."""

    def now(self) -> datetime:
        """The store's own clock, UTC, to the second."""

    def versions(self, bucket: str, prefix: str = "") -> Iterator[ObjectVersion]:
        """Every version and mark, by key, and of one key the newest first."""

    def read(self, bucket: str, key: str, version: str = "") -> bytes | None:
        """The content of an object as it is now, or of one version; None when there is none."""

    def put_new(self, bucket: str, key: str, content: bytes) -> bool:
        """Write an object that is not there yet; False, and nothing written, when it is."""

    def bring(
        self, source: str, target: str, wanted: Iterable[tuple[str, str]], progress: Progress
    ) -> int:
        """Make versions (key, version) of one bucket the newest of their keys in another; how many.

        The buckets may be the same one. Copies go from store to store, many at a time.
        """

    def reread(
        self, wanted: Iterable[tuple[str, str, str, int, str]], progress: Progress
    ) -> Iterator[str]:
        """Read versions (bucket, key, version, size, etag) whole, many at a time.

        Yields a sentence for each that is gone or does not hold what its size and etag say.
        """

    def hide(self, bucket: str, keys: Iterable[str]) -> int:
        """Delete objects so that their versions stay; how many."""


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


@dataclass(frozen=True)
class PlayResult:
    """How a play ended."""

    ok: bool
    changed: int
    failed_task: str = ""
    reason: str = ""
    told: Mapping[str, Secret] = field(default_factory=dict)
    """What the play brought back, by key; it is written to a file that only it can reach."""


class HostRunner(Protocol):
    """Runs a play as a process of its own."""

    def play(
        self,
        name: str,
        variables: Mapping[str, Any],
        secrets: Mapping[str, Any],
        progress: Progress,
    ) -> PlayResult:
        """Run `playbooks/<name>.yml`; `secrets` go through a file of mode 0600 (values: Secret)."""


@dataclass(frozen=True)
class StackPreview:
    """What the engine would do, counted and listed."""

    changes: tuple[Change, ...]
    unchanged: int


class StackEngine(Protocol):
    """One Pulumi stack."""

    def preview(self, step: str, progress: Progress) -> StackPreview:
        """What the engine would do, as changes of that step; changes nothing."""

    def up(self, progress: Progress) -> None:
        """Bring it about and wait until every part is ready."""


class Cluster(Protocol):
    """The running parts of one instance's namespace."""

    def namespace_owner(self, namespace: str) -> Mapping[str, str] | None:
        """Labels of a namespace, or None when there is none of that name."""

    def ready(self, namespace: str, kind: str, name: str) -> bool:
        """Whether every copy of a workload is ready in its newest form."""

    def restarts(self, namespace: str) -> int:
        """How often containers of the namespace were started again, in all."""

    def note(self, namespace: str, name: str) -> Mapping[str, str] | None:
        """The data of a note (a ConfigMap of ours), or None."""

    def write_note(self, namespace: str, name: str, data: Mapping[str, str]) -> None:
        """Keep a note; one of the same name is replaced whole."""

    def execute(
        self,
        namespace: str,
        workload: str,
        command: Sequence[str],
        stdin: str | Secret | None = None,
        timeout_s: float = 60.0,
    ) -> str:
        """Run a command in a ready pod of `deployment/web` or `statefulset/x`; its stdout."""


@dataclass(frozen=True)
class WebAnswer:
    """One answer over HTTP."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Web(Protocol):
    """The public side of an instance, asked through its entrance with verified TLS."""

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
    ) -> WebAnswer:
        """Ask once; a redirect is an answer like any other."""


class Inbox(Protocol):
    """What the mail relay has taken, where the platform lets us see it."""

    def subjects_to(self, address: str) -> Sequence[str]:
        """Subjects of the messages taken for an address, oldest first."""


class Acts(Protocol):
    """The journal of acts: what is written stays, and each line proves the one before it.

    Raises JournalUnwritableError from `errors.acts`; then nothing counts as written.
    """

    def record(self, deed: Deed) -> Act:
        """Write a deed as the newest act; it is on the disk when this returns."""

    def close(self, run: str, outcome: Outcome, by: By, note: str = "") -> Act | None:
        """Write that a run has ended, and who says so; None when it has not begun, or ended."""
