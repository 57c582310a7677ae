"""The ledger of erasures of one instance, in the bucket of its backups.

No restoration brings the ledger back, so whoever restores Monday still reads who was erased on
Tuesday (reliability.md 3.2). Entries are signed and counted, and each names the digest of the one
before, so one that was changed, swapped or taken away is found; and then nothing is restored. How
far the ledger went is kept in the secrets server too, or nobody would miss the last ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property

from orchestrator.errors.erasures import ErasuresBrokenError
from orchestrator.errors.signatures import (
    SignatureInvalidError,
    SignedFormUnknownError,
    SignerUnknownError,
)
from orchestrator.model.erasure import Entry
from orchestrator.model.names import InstanceNames
from orchestrator.model.secret import Secret
from orchestrator.ports import KeyRing, ObjectHistory, ObjectVersion, SecretStore
from orchestrator.recovery.signed import opened, seal

FOLDER = "erasures/"
FIRST = "0" * 64
MARGIN = timedelta(minutes=10)
"""How far the clocks of store and database may be apart."""
_NOT_BELIEVED = (SignedFormUnknownError, SignerUnknownError, SignatureInvalidError)
_END = "end"
_SHOWN = 20


class Erasures:
    """The entries of an instance, all of them believed or none; `names` are never a copy's.

    `secrets` is the store of the instance itself.
    """

    def __init__(
        self, history: ObjectHistory, keys: KeyRing, secrets: SecretStore, names: InstanceNames
    ) -> None:
        self._history = history
        self._keys = keys
        self._secrets = secrets
        self._names = names
        self._bucket = names.backup_bucket
        self._path = f"{names.product}/erasures"

    def listed(self) -> tuple[Entry, ...]:
        """Every entry, the oldest first. Raises ErasuresBrokenError."""
        return tuple(entry for entry, _ in self._read())

    def record(self, person: str, mark: str, reference: str, at: datetime) -> Entry:
        """The entry of a person, new unless there is one of this very account.

        Safe to repeat after a kill anywhere. Raises ErasuresBrokenError, ValueError.
        """
        kept = self._read()
        found = next((one for one, _ in kept if (one.person, one.mark) == (person, mark)), None)
        if found is None:
            found = Entry(
                number=len(kept) + 1,
                tenant=self._names.tenant,
                product=self._names.product,
                person=person,
                mark=mark,
                at=at,
                reference=reference,
                previous=kept[-1][1] if kept else FIRST,
            )
            content = seal(found.document(), self._keys.sign)
            if not self._history.put_new(self._bucket, _key(found.number), content):
                self._refuse([f"entry {found.number} came from somewhere else meanwhile"])
            kept = self._read()
        self._note(len(kept), kept[-1][1])
        return found

    def noted(self) -> bool:
        """Whether the secrets server knows how far the ledger goes."""
        kept = self._read()
        return self._end == (len(kept), kept[-1][1] if kept else FIRST)

    def _read(self) -> Sequence[tuple[Entry, str]]:
        """Entries with the digests of their bytes."""
        faults: list[str] = []
        found: list[tuple[Entry, str]] = []
        before = FIRST
        for number, (key, versions) in enumerate(self._objects(), 1):
            content, fault = self._content(key, versions)
            if not fault and key != _key(number):
                fault = f"entry {number} is gone; the next one there is {key}"
            entry = self._believed(key, content, faults) if not fault else None
            if entry is not None and (entry.number, entry.previous) != (number, before):
                fault = f"{key} does not follow the entry before it"
            if fault:
                faults.append(fault)
            before = hashlib.sha256(content).hexdigest()
            if entry is not None:
                found.append((entry, before))
        if faults:
            self._refuse(faults)
        count, head = self._end
        if len(found) < count:
            self._refuse([f"{count} entries were written, and {len(found)} are there"])
        if count and found[count - 1][1] != head:
            self._refuse([f"entry {count} is another one than was written"])
        return found

    def _objects(self) -> Iterator[tuple[str, list[ObjectVersion]]]:
        """Keys with all their versions, in the order of their numbers."""
        by_key: dict[str, list[ObjectVersion]] = {}
        for one in self._history.versions(self._bucket, FOLDER):
            by_key.setdefault(one.key, []).append(one)
        yield from sorted(by_key.items())

    def _content(self, key: str, versions: Sequence[ObjectVersion]) -> tuple[bytes, str]:
        """What was written first, and what is wrong with what a reader gets now."""
        newest = versions[0]
        fault = ""
        if newest.marker:
            fault = f"{key} was deleted at {newest.written:%Y-%m-%d %H:%M:%S} UTC"
        elif len(versions) > 1 and any(not one.marker for one in versions[1:]):
            fault = f"{key} was written over at {newest.written:%Y-%m-%d %H:%M:%S} UTC"
        first = next((one for one in reversed(versions) if not one.marker), None)
        content = self._history.read(self._bucket, key, first.version) if first else None
        return content or b"", fault

    def _believed(self, key: str, content: bytes, faults: list[str]) -> Entry | None:
        try:
            entry = Entry.read(opened(content, self._public_keys, name=key))
        except _NOT_BELIEVED as error:
            faults.append(f"{error.message}: {error.why}")
        except (AttributeError, KeyError, TypeError, ValueError):
            faults.append(f"{key} is signed, but is no entry of a form that is known")
        else:
            if entry.instance == self._names.instance:
                return entry
            faults.append(f"{key} is of {entry.instance}")
        return None

    def _note(self, count: int, head: str) -> None:
        """Keep how far it goes, in one value: it is hidden in logs, as a bare count would be."""
        if self._end == (count, head):
            return
        values = {_END: Secret(f"{count:08}-{head}")}
        if not self._secrets.create(self._path, values):
            self._secrets.replace(self._path, values)

    @property
    def _end(self) -> tuple[int, str]:
        kept = self._secrets.read(self._path) or {}
        if _END not in kept:
            return 0, FIRST
        count, _, head = kept[_END].reveal().partition("-")
        return int(count), head

    @cached_property
    def _public_keys(self) -> Mapping[str, str]:
        return self._keys.public_keys()

    def _refuse(self, faults: Sequence[str]) -> None:
        raise ErasuresBrokenError(self._names.instance, faults=tuple(faults[:_SHOWN]))


def since(entries: Sequence[Entry], moment: datetime) -> tuple[Entry, ...]:
    """Those who may be there again when that moment is: erased after it, as clocks go."""
    return tuple(one for one in entries if one.at >= moment - MARGIN)


def _key(number: int) -> str:
    return f"{FOLDER}{number:08}.json"
