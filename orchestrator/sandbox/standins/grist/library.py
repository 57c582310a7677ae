"""The documents of the instance: files on the volume, and their versions in the bucket."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from orchestrator.sandbox.standins.grist import document
from orchestrator.sandbox.standins.grist.bucket import Bucket, BucketError, Version, bucket_of
from orchestrator.sandbox.standins.grist.checksums import DELETED, Checksums
from orchestrator.sandbox.standins.grist.document import Document
from orchestrator.sandbox.standins.grist.environment import Environment
from orchestrator.sandbox.standins.grist.exchange import RefusedError
from orchestrator.sandbox.standins.grist.log import Log
from orchestrator.sandbox.standins.grist.pruning import superfluous

PATIENCE_S = 25.0
_PAUSE_S = 0.1


class Library:
    """Opens documents, and carries each change into the bucket some seconds later."""

    def __init__(
        self, environment: Environment, log: Log, checksums: Checksums, *, sandboxed: bool
    ) -> None:
        self._environment = environment
        self._log = log
        self._checksums = checksums
        self._sandboxed = sandboxed
        self._due: dict[str, float] = {}
        self._locks: dict[str, threading.RLock] = defaultdict(threading.RLock)
        self.bucket: Bucket | None = bucket_of(environment)
        self.folder = environment.documents_folder
        self.time_cap = environment.snapshot_time_cap

    def path(self, name: str) -> Path:
        """The file of a document, fetched from the bucket when the volume lost it."""
        path = self.folder / f"{name}.grist"
        with self._locks[name]:
            if not path.exists():
                content = self.bucket.get(self._key(name)) if self.bucket else None
                if content is None:
                    raise RefusedError(404, "document not found")
                self._hold_against_what_is_known(name, content)
                self._place(name, content)
        return path

    def create(self, name: str) -> None:
        """A new document."""
        document.create(self.folder / f"{name}.grist", name)
        self.changed(name)

    @contextmanager
    def opened(self, name: str, *, changes: bool) -> Iterator[Document]:
        """A document. One at a time, as the engine of the product works."""
        with self._locks[name]:
            with document.opened(self.path(name), sandboxed=self._sandboxed) as found:
                yield found
            if changes:
                self.changed(name)

    def copy(self, name: str) -> bytes:
        """The whole file, as it is at one moment."""
        with self._locks[name], tempfile.TemporaryDirectory() as folder:
            target = Path(folder) / "copy.grist"
            source, copy = sqlite3.connect(self.path(name)), sqlite3.connect(target)
            try:
                source.backup(copy)
            finally:
                copy.close()
                source.close()
            return target.read_bytes()

    def replace(self, name: str, content: bytes) -> None:
        """Another file in the place of this one."""
        if not content.startswith(b"SQLite format 3\0"):
            raise RefusedError(400, "This is no document")
        with self._locks[name]:
            self._place(name, content)
            self.changed(name)

    def remove(self, name: str) -> None:
        """The document, all its versions and its attachments, at once and for good."""
        with self._locks[name]:
            self._due.pop(name, None)
            for each in (f"{name}.grist", f"{name}.grist-hash", f"{name}.grist-due"):
                (self.folder / each).unlink(missing_ok=True)
            if self.bucket is not None:
                self._checksums.write(name, DELETED)
                prefix = self.bucket.prefix
                for each in (f"{name}.grist", f"attachments/{name}/"):
                    self._drop(self.bucket.versions(prefix + each))
                self._drop(self.bucket.versions(f"{prefix}assets/unversioned/{name}/"))

    def changed(self, name: str) -> None:
        """Remember to push it, beyond our own end too.

        What was there before there was a bucket is pushed only once it changes.
        """
        if self.bucket is not None:
            self._due_mark(name).touch()
            self._due.setdefault(name, time.monotonic() + self._environment.backup_delay_s)

    def flush(self, name: str) -> None:
        """Push a document now, when there is something to push. Raises BucketError."""
        if self.bucket is None:
            return
        with self._locks[name]:
            content = self.copy(name)
            digest = hashlib.sha256(content).hexdigest()
            mark = self.folder / f"{name}.grist-hash"
            if not mark.exists() or mark.read_text("utf-8") != digest:
                self.bucket.put(self._key(name), content)
                self._checksums.write(name, digest)
                mark.write_text(digest, "utf-8")
                self._log.say("document pushed", document=name)
                self._prune(name)
            self._due.pop(name, None)
            self._due_mark(name).unlink(missing_ok=True)

    def snapshots(self, name: str) -> list[Version]:
        """The versions in the bucket, the newest first."""
        if self.bucket is None:
            return []
        key = self._key(name)
        found = self.bucket.versions(key)
        return [each for each in found if each.key == key and not each.is_mark]

    def snapshot(self, name: str, number: str) -> bytes:
        """One version. Raises RefusedError, BucketError."""
        content = self.bucket.get(self._key(name), number) if self.bucket else None
        if content is None:
            raise RefusedError(404, "snapshot not found")
        return content

    def forget_snapshots(self, name: str, numbers: list[str]) -> None:
        """Some versions less. Raises BucketError."""
        self._drop([each for each in self.snapshots(name) if each.number in numbers])

    def push_until(self, stop: threading.Event) -> None:
        """Push what is due, until the end; then push all the rest."""
        self._find_unpushed()
        while not stop.wait(_PAUSE_S):
            self._push([name for name, at in list(self._due.items()) if at <= time.monotonic()])
        ends = time.monotonic() + PATIENCE_S
        while self._due and time.monotonic() < ends:
            self._push(list(self._due))

    def _push(self, names: list[str]) -> None:
        for name in names:
            try:
                self.flush(name)
            except (BucketError, RefusedError, OSError, sqlite3.Error) as fault:
                self._log.say("push failed", level="error", document=name, reason=str(fault))
                self._due[name] = time.monotonic() + min(2.0, self._environment.backup_delay_s)
                time.sleep(_PAUSE_S)

    def _find_unpushed(self) -> None:
        """What a killed server had no time to push."""
        for mark in self.folder.glob("*.grist-due"):
            self.changed(mark.stem)

    def _hold_against_what_is_known(self, name: str, content: bytes) -> None:
        known = self._checksums.read(name)
        if known == DELETED:
            raise RefusedError(500, f"operation failed to become consistent: {name}")
        if known and known != hashlib.sha256(content).hexdigest():
            self._log.say("checksum differs", level="warn", document=name)

    def _prune(self, name: str) -> None:
        kept = self._environment.snapshot_keep
        self._drop(superfluous(self.snapshots(name), self.time_cap, kept))
        facts: list[dict[str, Any]] = [
            {"snapshotId": each.number, "lastModified": each.at.isoformat()}
            for each in self.snapshots(name)
        ]
        if self.bucket is not None:
            key = f"{self.bucket.prefix}assets/unversioned/{name}/meta.json"
            self.bucket.put(key, json.dumps(facts).encode())

    def _drop(self, versions: list[Version]) -> None:
        for each in versions:
            if self.bucket is not None:
                self.bucket.delete(each.key, each.number)

    def _place(self, name: str, content: bytes) -> None:
        unfinished = self.folder / f".{name}.part"
        unfinished.write_bytes(content)
        unfinished.rename(self.folder / f"{name}.grist")

    def _due_mark(self, name: str) -> Path:
        return self.folder / f"{name}.grist-due"

    def _key(self, name: str) -> str:
        return f"{self.bucket.prefix if self.bucket else ''}{name}.grist"
