"""Buckets, their keys, and objects through time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from orchestrator.model.rights import Rights
from orchestrator.model.secret import Secret
from orchestrator.ports.progress import Progress


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


@dataclass(frozen=True)
class Wanted:
    """A version of an object, and the key that it is to be the newest of."""

    key: str
    version: str
    target: str


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

    def bring(self, source: str, target: str, wanted: Iterable[Wanted], progress: Progress) -> int:
        """Make versions of one bucket the newest of keys in another; how many.

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

    def locked(
        self, bucket: str, wanted: Iterable[tuple[str, str]], progress: Progress
    ) -> Mapping[tuple[str, str], datetime]:
        """Those of versions (key, version) that nobody can destroy yet, and until when, UTC."""

    def destroy(self, bucket: str, wanted: Iterable[tuple[str, str]], progress: Progress) -> int:
        """End versions and marks (key, version) for good, many at a time; how many.

        One that is not there any more is left so. What lies below a mark that is destroyed is read
        again: end that first. Raises StoreDeniedError for one that is locked.
        """
