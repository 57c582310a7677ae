"""The journal of acts as bytes: a line of canonical JSON an act, each proving the one before it.

Nothing here reads a file, so that whoever has the journal's files can verify them anywhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import rfc8785

from orchestrator.model.act import NOTHING_BEFORE, Act, Phase

VERIFICATION_FORMAT = "orchestrator/journal-verification/v1"


@dataclass(frozen=True)
class File:
    """One file of the journal: its name, as people are told it, and all its bytes."""

    name: str
    content: bytes

    @property
    def lines(self) -> list[bytes]:
        """The lines that were ended, without what ends them."""
        return self.content.split(b"\n")[:-1]

    @property
    def torn(self) -> bytes:
        """What stands behind the last line that was ended: its writer was killed meanwhile."""
        return self.content.rpartition(b"\n")[2]


def line_of(act: Act) -> bytes:
    """The act in canonical JSON (RFC 8785), without the end of the line."""
    return rfc8785.dumps(act.document())


def digest_of(line: bytes) -> str:
    """What the next act gives as `previous`: SHA-256 of the line without its end, hex."""
    return hashlib.sha256(line).hexdigest()


def read_line(line: bytes) -> Act:
    """The act that a line tells of. Raises ValueError with what is wrong with the line."""
    try:
        document = json.loads(line.decode("utf-8"))
        canonical = rfc8785.dumps(document)
    except (ValueError, RecursionError) as error:
        message = "not canonical JSON: it cannot be read"
        raise ValueError(message) from error
    if canonical != line:
        message = "not canonical JSON: it was written in another way"
        raise ValueError(message)
    if not isinstance(document, dict):
        message = "not a record"
        raise ValueError(message)  # noqa: TRY004 - a fault of the file, as all here
    return Act.read(document)


def read_all(files: Sequence[File]) -> Iterator[tuple[str, int, bytes, Act]]:
    """Every act that can be read, the oldest first, with its file, line number and line."""
    for file in files:
        for place, line in enumerate(file.lines, start=1):
            try:
                act = read_line(line)
            except ValueError:
                continue
            yield file.name, place, line, act


@dataclass(frozen=True)
class Spot:
    """Something about one line of one file; lines are counted from 1."""

    file: str
    line: int
    says: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.says}"


@dataclass(frozen=True)
class Verification:
    """What a look at the whole chain found.

    records:  acts that could be read
    since:    when the first of them was written, UTC; None when there is none
    until:    when the last of them was written
    head:     SHA-256 of the last line, hex, which nothing in the journal proves; empty for none
    breaks:   what is not as it was written
    remarks:  what is worth a look, and breaks nothing
    """

    records: int
    since: datetime | None
    until: datetime | None
    head: str
    breaks: tuple[Spot, ...]
    remarks: tuple[Spot, ...]


def verify(files: Sequence[File], *, whole: bool) -> Verification:
    """Go through the chain, file after file as they are given.

    `whole` says that nothing was left out: then the first line is the first act ever.
    """
    chain = _Chain(whole=whole)
    for file in files:
        for place, line in enumerate(file.lines, start=1):
            chain.take(Spot(file.name, place, ""), line)
        if file.torn:
            torn = Spot(file.name, len(file.lines) + 1, "")
            chain.breaks.append(_says(torn, "torn: the line is not ended"))
    return chain.ended()


class _Chain:
    """What is known of the lines so far."""

    def __init__(self, *, whole: bool) -> None:
        self._whole = whole
        self._number = 0
        self._digest = ""
        self._records = 0
        self._first: Act | None = None
        self._last: Act | None = None
        self._open: dict[str, Spot] = {}
        self.breaks: list[Spot] = []
        self._remarks: list[Spot] = []

    def take(self, spot: Spot, line: bytes) -> None:
        """Hold one line against those before it."""
        try:
            act = read_line(line)
        except ValueError as fault:
            self.breaks.append(_says(spot, str(fault)))
            self._number += 1
        else:
            self._link(spot, act)
            self._look(spot, act)
            self._number, self._last = act.number, act
            self._first = self._first or act
            self._records += 1
        self._digest = digest_of(line)

    def ended(self) -> Verification:
        """All that was found; what has begun and not ended is told last."""
        left = (_says(one, f"{one.says}: it runs or was killed") for one in self._open.values())
        return Verification(
            records=self._records,
            since=self._first.at if self._first else None,
            until=self._last.at if self._last else None,
            head=self._digest,
            breaks=tuple(self.breaks),
            remarks=(*self._remarks, *left),
        )

    def _link(self, spot: Spot, act: Act) -> None:
        """Whether the line follows from the one before it."""
        if self._digest or self._whole or act.number == 1:
            if act.number != self._number + 1:
                gap = f"number {act.number} where {self._number + 1} was due"
                self.breaks.append(_says(spot, gap))
            if act.previous != (self._digest or NOTHING_BEFORE):
                differs = "`previous` differs from the line before"
                self.breaks.append(_says(spot, differs if self._digest else _NO_FIRST))
        else:
            begins = f"begins at number {act.number}: what was before it was not given"
            self._remarks.append(_says(spot, begins))

    def _look(self, spot: Spot, act: Act) -> None:
        """What people should know of a line that may well hold."""
        if self._last and act.at < self._last.at:
            self._remarks.append(_says(spot, "the time goes backwards"))
        if act.note:
            self._remarks.append(_says(spot, act.note))
        run = act.deed.run
        before = self._open.pop(run, None)
        if act.deed.phase is Phase.BEGUN:
            if before:
                self._remarks.append(_says(before, f"{before.says}, and has begun again"))
            self._open[run] = _says(spot, f"run {run} has begun and has not ended")
        elif before is None:
            self._remarks.append(_says(spot, f"run {run} has ended and has not begun"))


_NO_FIRST = "`previous` names a line before the first"


def _says(spot: Spot, text: str) -> Spot:
    return Spot(spot.file, spot.line, text)
