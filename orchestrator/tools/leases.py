"""One mutating run per instance: a lease that the kernel takes back when its holder dies.

The lock is on `<name>.lock`, whose content never matters; who holds it stands in `<name>.json`,
which is replaced in one piece, so that a kill in the middle of writing cannot lose the fencing
number. No heartbeat is needed: on one machine a lock ends with its process. A lease that another
machine left in a shared folder is not ours to judge, and is refused.
"""

from __future__ import annotations

import contextlib
import fcntl
import getpass
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestrator.errors.lease import (
    LeaseElsewhereError,
    LeaseHeldError,
    LeaseUnknownHolderError,
    LeaseUnwritableError,
)
from orchestrator.ports import Clock

FORMAT = "orchestrator/lease/v1"
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_START_TIME_FIELD = 19  # of /proc/PID/stat, counted after the command's closing bracket
_NAMING_GRACE_S = 0.3  # between taking the lock and writing one's name


@dataclass(frozen=True)
class Holder:
    """The process that holds a lease.

    `started` is the process's start in clock ticks since boot: with `pid` and `boot` it names one
    process for ever, although process ids are used again.
    """

    user: str
    host: str
    pid: int
    started: int
    boot: str

    @classmethod
    def present(cls) -> Holder:
        """This very process."""
        return cls(
            user=getpass.getuser(),
            host=socket.gethostname(),
            pid=os.getpid(),
            started=_started(os.getpid()),
            boot=_boot(),
        )

    def __str__(self) -> str:
        return f"{self.user}@{self.host} (process {self.pid})"


@dataclass(frozen=True)
class Lease:
    """A lease that is held: its fencing number is higher than any before it."""

    name: str
    run: str
    fence: int
    holder: Holder
    since: datetime
    took_over: str = ""
    """Run whose process died while it held the lease, if there was one."""


class Leases:
    """The leases of one project, in one folder."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    @contextlib.contextmanager
    def hold(self, name: str, run_id: str, holder: Holder) -> Iterator[Lease]:
        """Hold the lease while the block runs.

        Raises LeaseHeldError at once when another run holds it, LeaseElsewhereError when a run on
        another machine left it, LeaseUnwritableError when the folder cannot be written.
        """
        record = self._folder / f"{name}.json"
        with self._locked(name, record):
            lease = self._take(record, name, run_id, holder)
            try:
                yield lease
            finally:
                # When the disk is full the kernel still gives the lease back.
                with contextlib.suppress(LeaseUnwritableError):
                    self._write(record, _as_document(lease, held=False))

    def held_by(self, name: str) -> Lease | None:
        """The lease as its file tells it, or None when nobody holds it now."""
        record = self._folder / f"{name}.json"
        try:
            with self._locked(name, record):
                return None
        except LeaseHeldError:
            return _from_document(self._read(record))

    @contextlib.contextmanager
    def _locked(self, name: str, record: Path) -> Iterator[None]:
        lock = self._folder / f"{name}.lock"
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as fault:
            raise LeaseUnwritableError(str(lock), reason=fault.strerror or str(fault)) from fault
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as fault:
                raise self._refusal(name, record) from fault
            yield
        finally:
            os.close(descriptor)

    def _refusal(self, name: str, record: Path) -> LeaseHeldError | LeaseUnknownHolderError:
        until = self._clock.monotonic() + _NAMING_GRACE_S
        while True:
            document = self._read(record)
            if document.get("held"):
                lease = _from_document(document)
                return LeaseHeldError(
                    name, holder=str(lease.holder), run=lease.run, since=lease.since
                )
            if self._clock.monotonic() >= until:
                return LeaseUnknownHolderError(name, file=str(record.with_suffix(".lock")))
            self._clock.sleep(_NAMING_GRACE_S / 10)

    def _take(self, record: Path, name: str, run_id: str, holder: Holder) -> Lease:
        before = self._read(record)
        took_over = ""
        if before.get("held"):
            dead = _from_document(before)
            if dead.holder.boot != holder.boot and dead.holder.host != holder.host:
                raise LeaseElsewhereError(
                    name, holder=str(dead.holder), run=dead.run, file=str(record)
                )
            took_over = dead.run
        lease = Lease(
            name=name,
            run=run_id,
            fence=self._next_fence(before),
            holder=holder,
            since=self._clock.now(),
            took_over=took_over,
        )
        self._write(record, _as_document(lease, held=True))
        return lease

    def _next_fence(self, before: dict[str, Any]) -> int:
        # Seconds since 1970 are above any count of runs: a lost or damaged file cannot lower it.
        return max(int(before.get("fence", 0)) + 1, int(self._clock.now().timestamp()))

    def _write(self, record: Path, document: dict[str, Any]) -> None:
        # One name is enough: only the holder of the lock writes, and a kill leaves nothing behind.
        fresh = record.with_suffix(".new")
        try:
            with fresh.open("w", encoding="utf-8") as stream:
                json.dump(document, stream)
                stream.flush()
                os.fsync(stream.fileno())
            fresh.replace(record)
        except OSError as fault:
            raise LeaseUnwritableError(str(record), reason=fault.strerror or str(fault)) from fault

    def _read(self, record: Path) -> dict[str, Any]:
        try:
            document = json.loads(record.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return document if isinstance(document, dict) else {}


def _as_document(lease: Lease, *, held: bool) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "name": lease.name,
        "held": held,
        "fence": lease.fence,
        "run": lease.run,
        "since": lease.since.isoformat(),
        "holder": asdict(lease.holder),
    }


def _from_document(document: dict[str, Any]) -> Lease:
    return Lease(
        name=document["name"],
        run=document["run"],
        fence=document["fence"],
        holder=Holder(**document["holder"]),
        since=datetime.fromisoformat(document["since"]),
    )


def _started(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(fields[_START_TIME_FIELD])


def _boot() -> str:
    return _BOOT_ID.read_text(encoding="utf-8").strip()
