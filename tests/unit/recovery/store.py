"""An object store in memory that keeps every version, and a key ring that really signs."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from orchestrator.errors.keys import KeyUnavailableError
from orchestrator.model.rights import Rights
from orchestrator.model.secret import Secret
from orchestrator.ports import BucketState, MachineLogin, ObjectVersion, Signature, Wanted

Touch = Callable[[str], None]
"""Told before anything changes; what it raises ends the process there."""


def nothing(_action: str) -> None:
    """Lets everything happen."""


@dataclass
class Kept:
    """One version as it lies there."""

    version: str
    written: datetime
    content: bytes | None

    @property
    def etag(self) -> str:
        return hashlib.md5(self.content or b"", usedforsecurity=False).hexdigest()


@dataclass
class Store:
    """Buckets, identities and versions; `now` is the store's own clock."""

    clock: Callable[[], datetime]
    touch: Touch = nothing
    buckets: dict[str, dict[str, list[Kept]]] = field(default_factory=dict)
    versioned: set[str] = field(default_factory=set)
    identities: dict[str, tuple[str, str, Rights]] = field(default_factory=dict)
    defaults: dict[str, int] = field(default_factory=dict)
    until: dict[tuple[str, str], datetime] = field(default_factory=dict)
    locks: bool = True
    count: int = 0

    def now(self) -> datetime:
        """The clock, to the second, as the date of an answer has it."""
        return self.clock().replace(microsecond=0)

    # What people and programs do.

    def put(self, bucket: str, key: str, content: bytes) -> str:
        return self._add(bucket, key, content)

    def delete(self, bucket: str, key: str) -> str:
        return self._add(bucket, key, None)

    def content(self, bucket: str) -> dict[str, bytes]:
        """What a reader gets of each key now."""
        found = {key: kept[-1].content for key, kept in self.buckets[bucket].items() if kept}
        return {key: content for key, content in found.items() if content is not None}

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        found = self.content(bucket) if bucket in self.buckets else {}
        return sorted(key for key in found if key.startswith(prefix))

    # `ports.ObjectHistory`

    def versions(self, bucket: str, prefix: str = "") -> Iterator[ObjectVersion]:
        for key, kept in sorted(self.buckets[bucket].items()):
            if key.startswith(prefix):
                for place, one in enumerate(reversed(kept)):
                    yield ObjectVersion(
                        key,
                        one.version,
                        one.written,
                        len(one.content or b""),
                        "" if one.content is None else one.etag,
                        one.content is None,
                        place == 0,
                    )

    def read(self, bucket: str, key: str, version: str = "") -> bytes | None:
        kept = self.buckets.get(bucket, {}).get(key, [])
        if version:
            return next((one.content for one in kept if one.version == version), None)
        return kept[-1].content if kept else None

    def put_new(self, bucket: str, key: str, content: bytes) -> bool:
        self.touch(f"put {key.partition('/')[0]}")
        if self.read(bucket, key) is not None:
            return False
        self._add(bucket, key, content)
        return True

    def bring(self, source: str, target: str, wanted: Iterable[Wanted], _say: object) -> int:
        done = 0
        for one in list(wanted):
            self.touch(f"bring {one.key}")
            content = self.read(source, one.key, one.version)
            assert content is not None, "a mark, or a version that went, cannot be copied"
            self._add(target, one.target, content)
            done += 1
        return done

    def hide(self, bucket: str, keys: Iterable[str]) -> int:
        done = 0
        for key in list(keys):
            self.touch(f"hide {key}")
            self._add(bucket, key, None)
            done += 1
        return done

    def locked(
        self, bucket: str, wanted: Iterable[tuple[str, str]], _say: object
    ) -> Mapping[tuple[str, str], datetime]:
        del bucket
        now = self.now()
        asked = {one: self.until.get(one, now) for one in wanted}
        return {one: until for one, until in asked.items() if until > now}

    def destroy(self, bucket: str, wanted: Iterable[tuple[str, str]], _say: object) -> int:
        done = 0
        for key, version in list(wanted):
            self.touch(f"destroy {key}")
            assert (key, version) not in self.locked(bucket, [(key, version)], _say), "it is locked"
            kept = self.buckets[bucket].get(key, [])
            kept[:] = [one for one in kept if one.version != version]
            if not kept:
                self.buckets[bucket].pop(key, None)
            done += 1
        return done

    def reread(
        self, wanted: Iterable[tuple[str, str, str, int, str]], _say: object
    ) -> Iterator[str]:
        for bucket, key, version, size, etag in wanted:
            content = self.read(bucket, key, version)
            if content is None:
                yield f"{key} is gone in the version that is needed"
            elif len(content) != size:
                yield f"{key} has {len(content)} bytes, not {size}"
            elif hashlib.md5(content, usedforsecurity=False).hexdigest() != etag:
                yield f"{key} does not hold what it did"

    # `ports.ObjectStore`, as far as backups need it

    def bucket(self, name: str) -> BucketState | None:
        if name not in self.buckets:
            return None
        return BucketState(name in self.versioned, (), public=False)

    def create_bucket(self, name: str, *, lockable: bool = False) -> None:
        del lockable
        self.touch(f"create {name}")
        self.buckets.setdefault(name, {})

    def lock_holds(self, name: str) -> bool:
        return self.locks

    def set_default_lock(self, name: str, days: int) -> None:
        self.defaults[name] = days

    def default_lock(self, name: str) -> int | None:
        return self.defaults.get(name)

    def version(self, name: str) -> None:
        self.touch(f"version {name}")
        self.versioned.add(name)

    def create_identity(
        self, identity: str, bucket: str, rights: Rights = Rights.INSTANCE
    ) -> tuple[str, Secret]:
        self.touch(f"identity {identity}")
        self.count += 1
        secret = f"secret-{self.count}"
        self.identities[identity] = (bucket, secret, rights)
        return identity, Secret(secret)

    def remove_identity(self, identity: str) -> None:
        self.touch(f"end {identity}")
        self.identities.pop(identity, None)

    def identity_works(
        self, identity: str, bucket: str, access_key: str, secret_key: Secret, rights: Rights
    ) -> bool:
        wanted = (bucket, secret_key.reveal(), rights)
        return access_key == identity and self.identities.get(identity) == wanted

    def _add(self, bucket: str, key: str, content: bytes | None) -> str:
        self.count += 1
        version = f"v{self.count:06}"
        written = self.clock().replace(microsecond=0)
        self.buckets[bucket].setdefault(key, []).append(Kept(version, written, content))
        return version


@dataclass
class Ring:
    """The keys of one tenant; the signing key is real, the wrapping is a name on a value."""

    instance: str = "saint-martin/decidim"
    seed: int = 1
    touch: Touch = nothing
    made: bool = False
    destroyed: bool = False
    wrapped: int = 0
    logins: dict[str, str] = field(default_factory=dict)

    def prepared(self) -> bool:
        return self.made

    def prepare(self) -> None:
        self.touch("keys")
        self.made = True

    def wrap_new(self) -> str:
        self.touch("wrap")
        self.wrapped += 1
        return f"vault:v{self.seed}:passphrase-{self.wrapped}"

    def unwrap(self, wrapped: str) -> Secret:
        if self.destroyed or not self.made:
            self._gone("there is no such key any more")
        if not wrapped.startswith(f"vault:v{self.seed}:"):
            self._gone("it was locked with another key")
        return Secret(base64.b64encode(hashlib.sha256(wrapped.encode()).digest()).decode())

    def fingerprint(self) -> str:
        return f"backup-decidim v{self.seed}"

    def machine(self) -> MachineLogin:
        self.touch("machine")
        secret = f"login-{len(self.logins) + 1}"
        self.logins[secret] = "decidim-backup"
        return MachineLogin("decidim-backup", Secret(secret))

    def machine_works(self, login: MachineLogin, wrapped: str) -> bool:
        self.unwrap(wrapped)
        return self.logins.get(login.secret.reveal()) == login.role

    def forget_others(self, login: MachineLogin) -> None:
        self.touch("forget")
        self.logins = {login.secret.reveal(): login.role}

    def sign(self, content: bytes) -> Signature:
        assert self.made
        return Signature("points-1", base64.b64encode(self._key.sign(content)).decode())

    def public_keys(self) -> Mapping[str, str]:
        public = self._key.public_key()
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return {"points-1": pem.decode()}

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(bytes([self.seed]) * 32)

    def _gone(self, reason: str) -> None:
        raise KeyUnavailableError("backup-decidim", instance=self.instance, reason=reason)


@dataclass
class Kv:
    """The secrets of one tenant, with their versions."""

    touch: Touch = nothing
    kept: dict[str, list[dict[str, Secret]]] = field(default_factory=dict)

    def prepared(self) -> bool:
        return True

    def prepare(self) -> None:
        """There is nothing to prepare."""

    def read(self, path: str) -> Mapping[str, Secret] | None:
        return self.kept[path][-1] if path in self.kept else None

    def version(self, path: str) -> int:
        return len(self.kept.get(path, ()))

    def create(self, path: str, values: Mapping[str, Secret]) -> bool:
        self.touch(f"secret {path}")
        if path in self.kept:
            return False
        self.kept[path] = [dict(values)]
        return True

    def replace(self, path: str, values: Mapping[str, Secret]) -> None:
        self.touch(f"secret {path}")
        self.kept[path].append(dict(values))
