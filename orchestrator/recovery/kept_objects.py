"""Where the history of an instance's objects lies: in its own bucket, or as copies of versions.

A product that destroys versions itself has every one copied into the store of its backups as it
comes; there each copy is an object of its own (`orchestrator.copier`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from orchestrator.copier.labels import FOLDER, Label, parsed
from orchestrator.model.names import InstanceNames
from orchestrator.ports import ObjectHistory, ObjectVersion, Wanted
from orchestrator.recovery.history import Choice
from orchestrator.recovery.inventory import Item


class Objects(Protocol):
    """The history of an instance's objects, and where each version of it lies."""

    @property
    def bucket(self) -> str:
        """The bucket that what it tells of lies in."""

    def versions(self) -> Iterable[ObjectVersion]:
        """Every version, by key, and of one key the newest first."""

    def items(self, chosen: Iterable[Choice]) -> tuple[Item, ...]:
        """Where the bytes of chosen versions lie."""

    def wanted(self, brought: Iterable[tuple[str, str]]) -> Iterator[Wanted]:
        """The same for versions (key, version) that are to be brought elsewhere."""


@dataclass(frozen=True)
class OwnObjects:
    """In the versions of the instance's own bucket."""

    history: ObjectHistory
    bucket: str

    def versions(self) -> Iterable[ObjectVersion]:
        """Every version in the bucket."""
        return self.history.versions(self.bucket)

    def items(self, chosen: Iterable[Choice]) -> tuple[Item, ...]:
        """Where they are."""
        return tuple(
            Item(self.bucket, one.key, one.version, one.size, one.etag)
            for one in chosen
            if one.version
        )

    def wanted(self, brought: Iterable[tuple[str, str]]) -> Iterator[Wanted]:
        """Each under its own name."""
        return (Wanted(key, version, key) for key, version in brought)


@dataclass(frozen=True)
class KeptObjects:
    """In copies, read once: versions are told by the copies' names."""

    history: ObjectHistory
    bucket: str

    def versions(self) -> Iterable[ObjectVersion]:
        """Every version that was copied, and every mark; of what is copied twice the first."""
        return self._told

    def copied(self, key: str) -> frozenset[str]:
        """The versions of an object that were copied, by the ids of the instance's own bucket."""
        return self._ids.get(key, frozenset())

    def items(self, chosen: Iterable[Choice]) -> tuple[Item, ...]:
        """Where the copies are."""
        return tuple(self._items[one.key, one.version] for one in chosen if one.version)

    def item(self, key: str, version: str) -> Item:
        """Where one of `versions` lies, a mark as well."""
        return self._items[key, version]

    def wanted(self, brought: Iterable[tuple[str, str]]) -> Iterator[Wanted]:
        """Copies, under the names of what they are copies of."""
        for key, version in brought:
            item = self._items[key, version]
            yield Wanted(item.key, item.version, key)

    @cached_property
    def _copies(self) -> dict[str, list[tuple[Label, ObjectVersion]]]:
        """By object, the newest first."""
        # Whoever may write a copy may write it again; what was there first counts, and the store
        # keeps it.
        first: dict[str, ObjectVersion] = {}
        for one in self.history.versions(self.bucket, FOLDER):
            if not one.marker:
                first[one.key] = one
        found: dict[str, list[tuple[Label, ObjectVersion]]] = {}
        for key, copy in first.items():
            of, label = parsed(key)
            found.setdefault(of, []).append((label, copy))
        for several in found.values():
            several.sort(key=lambda pair: pair[0], reverse=True)
        return dict(sorted(found.items()))

    @cached_property
    def _told(self) -> tuple[ObjectVersion, ...]:
        return tuple(
            ObjectVersion(
                of,
                label.text,
                label.written,
                copy.size,
                "" if label.deleted else copy.etag,
                marker=label.deleted,
                newest=place == 0,
            )
            for of, several in self._copies.items()
            for place, (label, copy) in enumerate(several)
        )

    @cached_property
    def _items(self) -> dict[tuple[str, str], Item]:
        return {
            (of, label.text): Item(self.bucket, one.key, one.version, one.size, one.etag)
            for of, several in self._copies.items()
            for label, one in several
        }

    @cached_property
    def _ids(self) -> dict[str, frozenset[str]]:
        return {
            of: frozenset(label.version for label, _ in several)
            for of, several in self._copies.items()
        }


def objects_of(history: ObjectHistory, names: InstanceNames, *, copied: bool) -> Objects:
    """The objects of an instance; of a copy, those of the instance that it is a copy of."""
    source = names.source
    if copied:
        return KeptObjects(history, source.backup_bucket)
    return OwnObjects(history, source.bucket)


def behind(history: ObjectHistory, names: InstanceNames) -> tuple[str, ...]:
    """Objects of which a version lies in the instance's bucket and was not copied yet."""
    kept = KeptObjects(history, names.source.backup_bucket)
    late = {
        one.key
        for one in history.versions(names.source.bucket)
        if one.version not in kept.copied(one.key)
    }
    return tuple(sorted(late))
