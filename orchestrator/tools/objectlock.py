"""Versions that nobody may destroy before a day, the store's operator included.

Only COMPLIANCE counts here: what a key with the right may lift (GOVERNANCE) is no lock to us.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from orchestrator.tools.identity_proofs import PROBE_FOLDER
from orchestrator.tools.objectstore_client import (
    Site,
    code_of,
    date_of,
    guarded,
    status_of,
)

MODE = "COMPLIANCE"
# The second one is for a store so slow that the first has run out before all was tried.
_PROBES_S = (4, 30)
_SPARE_S = 1.5
_DAYS_A_YEAR = 365
_NO_LOCK = frozenset(
    {
        "ObjectLockConfigurationNotFoundError",
        "NoSuchObjectLockConfiguration",
        "InvalidRequest",
        "NotImplemented",
        "MethodNotAllowed",
    }
)
_NO_OBJECT = frozenset({"NoSuchKey", "NoSuchVersion", "404"})


class BucketLocks:
    """Asks one store about its locks."""

    def __init__(self, site: Site, client: Any) -> None:
        self._site = site
        self._s3 = client

    def holds(self, bucket: str) -> bool:
        """Whether a locked version cannot be destroyed, tried on an object of a few seconds."""
        if self._configuration(bucket) is None:
            return False
        for seconds in _PROBES_S:
            held = self._tried(bucket, seconds)
            if held is not None:
                return held
        return False

    def possible(self, bucket: str) -> bool:
        """Whether versions of a bucket can be locked at all; those of others need no look."""
        return self._configuration(bucket) is not None

    def set_default(self, bucket: str, days: int) -> None:
        """Every version that is written from now on is locked for so long."""
        rule = {"DefaultRetention": {"Mode": MODE, "Days": days}}
        self._ask(
            "lock what is written to",
            bucket,
            self._s3.put_object_lock_configuration,
            ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule},
        )

    def default(self, bucket: str) -> int | None:
        """Days for which each new version is locked, or None."""
        rule = (self._configuration(bucket) or {}).get("Rule") or {}
        kept = rule.get("DefaultRetention") or {}
        if kept.get("Mode") != MODE:
            return None
        return int(kept.get("Days") or 0) or int(kept.get("Years") or 0) * _DAYS_A_YEAR or None

    def until(self, bucket: str, key: str, version: str) -> datetime | None:
        """Until when a version cannot be destroyed, UTC; None: it can be, or is not there."""

        def read() -> dict[str, Any]:
            try:
                found = self._s3.get_object_retention(Bucket=bucket, Key=key, VersionId=version)
            except ClientError as error:
                if code_of(error) in _NO_LOCK | _NO_OBJECT:
                    return {}
                raise
            return dict(found["Retention"])

        kept = guarded(self._site, "read the lock of", f"{bucket}/{key}", read)
        if kept.get("Mode") != MODE:
            return None
        moment: datetime = kept["RetainUntilDate"]
        return moment.astimezone(UTC)

    def _configuration(self, bucket: str) -> dict[str, Any] | None:
        def read() -> dict[str, Any] | None:
            try:
                found = self._s3.get_object_lock_configuration(Bucket=bucket)
            except ClientError as error:
                if code_of(error) in _NO_LOCK:
                    return None
                raise
            return dict(found["ObjectLockConfiguration"])

        kept: dict[str, Any] | None = guarded(self._site, "read the locks of", bucket, read)
        return kept if kept and kept.get("ObjectLockEnabled") == "Enabled" else None

    def _tried(self, bucket: str, seconds: int) -> bool | None:
        """Whether a lock of so many seconds held; None when it ran out before all was tried."""
        key = f"{PROBE_FOLDER}/{secrets.token_hex(8)}"
        began = time.monotonic()
        # By the store's clock: ours may be ahead of it, and the lock would be over at once.
        asked = self._ask("look at", bucket, self._s3.get_bucket_versioning)
        until = date_of(asked, self._site) + timedelta(seconds=seconds)
        version = self._locked(bucket, key, until)
        if version is None:
            return False
        held = all(
            self._refused(bucket, attempt)
            for attempt in self._attempts(bucket, key, version, until)
        )
        held = held and self.until(bucket, key, version) == until
        in_time = time.monotonic() - began < seconds - _SPARE_S
        self._cleared(bucket, key, version, began + seconds)
        return held if held or in_time else None

    def _locked(self, bucket: str, key: str, until: datetime) -> str | None:
        """The version of a new locked object, or None when the store does not lock single ones."""

        def write() -> str | None:
            retention = {"ObjectLockMode": MODE, "ObjectLockRetainUntilDate": until}
            try:
                done = self._s3.put_object(Bucket=bucket, Key=key, Body=b"locked", **retention)
            except ClientError as error:
                if code_of(error) in _NO_LOCK:
                    return None
                raise
            return str(done.get("VersionId") or "") or None

        written: str | None = guarded(self._site, "lock an object in", bucket, write)
        return written

    def _attempts(
        self, bucket: str, key: str, version: str, until: datetime
    ) -> tuple[Callable[[], Any], ...]:
        """What must be refused while the lock holds, the operator's key notwithstanding."""
        which = {"Bucket": bucket, "Key": key, "VersionId": version}
        sooner = {"Mode": MODE, "RetainUntilDate": until - timedelta(seconds=2)}
        softer = {"Mode": "GOVERNANCE", "RetainUntilDate": until}
        several = {"Objects": [{"Key": key, "VersionId": version}]}
        return (
            lambda: self._s3.put_object_retention(**which, Retention=sooner),
            lambda: self._s3.put_object_retention(**which, Retention=softer),
            lambda: _told(self._s3.delete_objects(Bucket=bucket, Delete=several)),
            lambda: self._s3.delete_object(**which, BypassGovernanceRetention=True),
            lambda: self._s3.delete_object(**which),
        )

    def _refused(self, bucket: str, attempt: Callable[[], Any]) -> bool:
        def tried() -> bool:
            try:
                attempt()
            except ClientError as error:
                if status_of(error) >= 500:
                    raise
                return True
            return False

        return bool(guarded(self._site, "try a lock in", bucket, tried))

    def _cleared(self, bucket: str, key: str, version: str, moment: float) -> None:
        """Remove the probe once its lock is over; hide it where the store keeps it still."""
        time.sleep(max(0.0, moment + 1 - time.monotonic()))

        def remove() -> None:
            try:
                self._s3.delete_object(Bucket=bucket, Key=key, VersionId=version)
            except ClientError as error:
                if status_of(error) >= 500:
                    raise
                self._s3.delete_object(Bucket=bucket, Key=key)

        guarded(self._site, "clean up in", bucket, remove)

    def _ask(self, action: str, name: str, call: Any, **given: Any) -> Any:
        return guarded(self._site, action, name, lambda: call(Bucket=name, **given))


def _told(answer: Any) -> None:
    """Removing several answers 200, with the faults inside."""
    for fault in answer.get("Errors") or ():
        raise ClientError({"Error": fault}, "DeleteObjects")
