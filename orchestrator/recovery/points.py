"""The recovery points of one instance, as they lie in the store of its backups."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from orchestrator.errors.backup import PointForeignError, PointUnknownError
from orchestrator.errors.root import OrchestratorError
from orchestrator.errors.signatures import SignedFormUnknownError
from orchestrator.model.names import InstanceNames
from orchestrator.model.point import RecoveryPoint
from orchestrator.ports import KeyRing, ObjectHistory
from orchestrator.recovery.signed import opened, seal

FOLDER = "points/"
FIRST = "0" * 64
_NEAREST = 3


@dataclass(frozen=True)
class Listed:
    """One point as it lies there: read and believed, or what is wrong with it."""

    id: str
    point: RecoveryPoint | None
    fault: str = ""


class Points:
    """Manifests, each believed only with a good signature of its own tenant over its own name."""

    def __init__(self, history: ObjectHistory, keys: KeyRing, names: InstanceNames) -> None:
        self._history = history
        self._keys = keys
        self._names = names
        self._bucket = names.backup_bucket

    def ids(self) -> list[str]:
        """Names of all points, the newest first."""
        found = self._history.versions(self._bucket, FOLDER)
        keys = {one.key for one in found if not one.marker}
        return sorted(
            (key.removeprefix(FOLDER).removesuffix(".json") for key in keys), reverse=True
        )

    def write(self, point: RecoveryPoint) -> None:
        """Sign a point and put it down; one of its name is never written over."""
        content = seal(point.document(), self._keys.sign)
        self._history.put_new(self._bucket, self._key(point.id), content)

    def read(self, point_id: str) -> RecoveryPoint:
        """One point. Raises PointUnknownError, PointForeignError, and the faults of `opened`."""
        content = self._history.read(self._bucket, self._key(point_id))
        if content is None:
            ids = self.ids()
            near = tuple(difflib.get_close_matches(point_id, ids, _NEAREST, 0.3)) or tuple(ids[:1])
            raise PointUnknownError(self._names.instance, asked=point_id, nearest=near)
        return self._believed(point_id, content)

    def listed(self) -> Iterator[Listed]:
        """Every point, the newest first; a fault of one hides no other."""
        for one in self.ids():
            try:
                yield Listed(one, self.read(one))
            except OrchestratorError as error:
                yield Listed(one, None, error.message)

    def before(self, moment: datetime) -> RecoveryPoint:
        """The newest sound point that is not younger than a moment. Raises PointUnknownError."""
        younger = []
        for point in (one.point for one in self.listed() if one.point):
            if point.at <= moment:
                return point
            younger.append(point.id)
        near = tuple(younger[-_NEAREST:])
        raise PointUnknownError(
            self._names.instance, asked=f"from before {moment:%Y-%m-%d %H:%M:%S %Z}", nearest=near
        )

    def older(self, point_id: str) -> str:
        """The newest sound point older than one, or ''."""
        return next((one.id for one in self.listed() if one.point and one.id < point_id), "")

    def chained(self) -> str:
        """What the next point says came before it: the digest of the newest one's bytes.

        One that was deleted counts as well, so that the chain shows that there was one.
        """
        found = [one for one in self._history.versions(self._bucket, FOLDER) if not one.marker]
        if not found:
            return FIRST
        newest = max(found, key=lambda one: one.key)
        content = self._history.read(self._bucket, newest.key, newest.version)
        return hashlib.sha256(content or b"").hexdigest()

    @cached_property
    def _public_keys(self) -> Mapping[str, str]:
        return self._keys.public_keys()

    def _believed(self, point_id: str, content: bytes) -> RecoveryPoint:
        document = opened(content, self._public_keys, name=self._key(point_id))
        try:
            point = RecoveryPoint.read(document)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            reason = "it is signed, but it is no recovery point of a form that is known"
            raise SignedFormUnknownError(self._key(point_id), reason=reason) from error
        if point.instance != self._names.instance:
            raise PointForeignError(point.id, of=point.instance, wanted=self._names.instance)
        if point.id != point_id:
            reason = f"it is the manifest of {point.id} under another name"
            raise SignedFormUnknownError(self._key(point_id), reason=reason)
        return point

    @staticmethod
    def _key(point_id: str) -> str:
        return f"{FOLDER}{point_id}.json"
