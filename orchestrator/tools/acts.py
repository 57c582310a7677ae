"""The journal of acts as files: `YYYY-MM.jsonl` in one folder, written by one process at a time.

Every line is on the disk before the one who wrote it goes on. Who is killed while writing leaves a
line without an end; the next one keeps its bytes in `YYYY-MM.torn` and says so in the line that
takes its place.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from orchestrator.engine.acts import File, digest_of, line_of, read_line
from orchestrator.errors.acts import JournalUnreadableError, JournalUnwritableError
from orchestrator.model.act import NOTHING_BEFORE, Act, By, Deed, Phase
from orchestrator.model.run import Outcome
from orchestrator.ports import Clock

TORN = "a torn line was set aside"
UNREADABLE = "the line before cannot be read"
_MONTHS = "[0-9][0-9][0-9][0-9]-[0-9][0-9].jsonl"


class FileActs:
    """`ports.Acts` in a folder of a project."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def record(self, deed: Deed) -> Act:
        """Write a deed as the newest act."""
        with self._writing():
            return self._append(deed)

    def close(self, run: str, outcome: Outcome, by: By, note: str = "") -> Act | None:
        """Write that a run has ended, unless its last act says so or it has none."""
        with self._writing():
            last = self._last_of(run)
            if last is None or last.deed.phase is Phase.ENDED:
                return None
            ended = replace(last.deed, phase=Phase.ENDED, outcome=outcome, by=by)
            return self._append(ended, note)

    def files(self) -> list[File]:
        """The whole journal, the oldest file first. Raises JournalUnreadableError."""
        try:
            with self._reading():
                return list(self._newest_first())[::-1]
        except OSError as fault:
            file = fault.filename or self._folder
            raise JournalUnreadableError(str(file), reason=_reason(fault)) from fault

    def _newest_first(self) -> Iterator[File]:
        for path in sorted(self._folder.glob(_MONTHS), reverse=True):
            yield File(path.name, path.read_bytes())

    def _last_of(self, run: str) -> Act | None:
        for file in self._newest_first():
            for line in reversed(file.lines):
                if run.encode() in line:  # far quicker than to read each one
                    with contextlib.suppress(ValueError):
                        act = read_line(line)
                        if act.deed.run == run:
                            return act
        return None

    def _append(self, deed: Deed, note: str = "") -> Act:
        newest = next(self._newest_first(), File("", b""))
        end = _End.of(newest, self._newest_first())
        act = Act(
            number=end.number + 1,
            at=self._clock.now(),
            deed=deed,
            previous=digest_of(end.line) if end.line is not None else NOTHING_BEFORE,
            note="; ".join(one for one in (note, end.note) if one),
        )
        # Never into an older file than the newest, even when the clock was put back, and what takes
        # the place of a torn line stands where that one stood.
        name = newest.name if newest.torn else max(newest.name, f"{act.at:%Y-%m}.jsonl")
        if newest.torn:
            self._set_aside(newest)
        kept = len(newest.content) - len(newest.torn) if name == newest.name else 0
        self._write(name, kept, line_of(act) + b"\n")
        return act

    def _set_aside(self, file: File) -> None:
        path = self._folder / Path(file.name).with_suffix(".torn")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as stream:  # noqa: PTH123 - of a descriptor with its mode
            stream.write(file.torn + b"\n")
            stream.flush()
            os.fsync(stream.fileno())

    def _write(self, name: str, kept: int, line: bytes) -> None:
        """Write a line behind the bytes that are kept of a file, over whatever follows them.

        The torn line is written over rather than cut off first: killed in between, the next one
        finds it torn again, and it is never gone without a word.
        """
        flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(self._folder / name, flags, 0o600)
        try:
            written = 0
            while written < len(line):
                written += os.pwrite(descriptor, line[written:], kept + written)
            os.ftruncate(descriptor, kept + len(line))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._locked(os.O_RDWR | os.O_CREAT, fcntl.LOCK_EX):
                yield
        except OSError as fault:
            raise JournalUnwritableError(str(self._folder), reason=_reason(fault)) from fault

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        """Wait for who writes now; a copy that has no lock is written by nobody."""
        with contextlib.ExitStack() as held:
            with contextlib.suppress(FileNotFoundError, PermissionError):
                held.enter_context(self._locked(os.O_RDONLY, fcntl.LOCK_SH))
            yield

    @contextlib.contextmanager
    def _locked(self, flags: int, kind: int) -> Iterator[None]:
        descriptor = os.open(self._folder / "lock", flags | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, kind)
            yield
        finally:
            os.close(descriptor)


@dataclass(frozen=True)
class _End:
    """The last line that was ended, None for none, its number, and what is to be said of it.

    A line that cannot be read is counted all the same: nothing stops because of it, and whoever
    verifies the journal is told of it.
    """

    line: bytes | None
    number: int
    note: str

    @classmethod
    def of(cls, newest: File, files: Iterator[File]) -> _End:
        last, number, unreadable = None, 0, 0
        for line in (line for file in files for line in reversed(file.lines)):
            last = line if last is None else last
            try:
                number = read_line(line).number
                break
            except ValueError:
                unreadable += 1
        notes = (UNREADABLE if unreadable else "", TORN if newest.torn else "")
        return cls(last, number + unreadable, "; ".join(one for one in notes if one))


def _reason(fault: OSError) -> str:
    return fault.strerror or str(fault)
