"""An act: one line of the journal that says who changed what, on whose word, and how it ended.

An act names an account and a host and no other person: a text in which a mail address stands is
refused, whoever hands it over.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from orchestrator.model.run import Author, Outcome

FORMAT = "orchestrator/act/v1"
NOTHING_BEFORE = "0" * 64
"""What the first act has in place of the digest of the line before it."""
LONGEST_INSTRUCTION = 200

_VERB = re.compile(r"[a-z][a-z-]*")
# A copy has no dot, so that no subject can be somebody's mail address.
_SUBJECT = re.compile(r"[a-z0-9][a-z0-9-]*(/[a-z0-9-]+(@[A-Za-z0-9:_-]+)?)?")
_RUN = re.compile(r"[A-Za-z0-9-]+")
_ABOUT = re.compile(r"[0-9a-f]{12}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
# Blanks around the sign do not hide an address; `saint-martin/grist@copy` is none.
_MAIL = re.compile(r"[^\s@]\s*@\s*[^\s@]+\.[^\s@]|(?<![^\s@])[^\s@/]+@[^\s@]")


class Phase(StrEnum):
    """Which end of what was done an act tells of."""

    BEGUN = "begun"
    ENDED = "ended"


def instruction(text: str) -> str:
    """On whose word something is done, in one line with single blanks.

    Raises ValueError, without the text, for what is long, cannot be printed or may name a person
    by a mail address.
    """
    line = " ".join(unicodedata.normalize("NFC", text).split())
    if len(line) > LONGEST_INSTRUCTION:
        message = f"must have at most {LONGEST_INSTRUCTION} characters"
        raise ValueError(message)
    if not line.isprintable():
        message = "must have no characters that cannot be seen"
        raise ValueError(message)
    if _MAIL.search(unicodedata.normalize("NFKC", line).replace("%40", "@")):
        message = "looks like a mail address, and the journal names no people: give a ticket"
        raise ValueError(message)
    return line


@dataclass(frozen=True)
class By:
    """The account and the machine that something was done from."""

    account: str
    host: str

    @classmethod
    def of(cls, author: Author) -> By:
        """Who a run's author is; of an account that is a mail address, what is before the `@`."""
        return cls(_name(author.user), _name(author.host))

    def __str__(self) -> str:
        return f"{self.account} on {self.host}"


@dataclass(frozen=True)
class Deed:
    """What somebody begins or has ended, before the journal gives it its place.

    subject:  a tenant, an instance (`saint-martin/grist`) or a copy (`saint-martin/grist@copy`)
    plan:     SHA-256 of the plan, hex; empty where the verb makes none
    outcome:  how it ended; None of what begins
    about:    digest of the person it is about, as `model.erasure` makes it; empty mostly

    Raises ValueError for what must not or cannot stand in the journal.
    """

    verb: str
    subject: str
    by: By
    instruction: str
    plan: str
    run: str
    phase: Phase = Phase.BEGUN
    outcome: Outcome | None = None
    about: str = ""

    def __post_init__(self) -> None:
        ended = self.outcome not in (None, Outcome.RUNNING)
        right = {
            "verb": _VERB.fullmatch(self.verb),
            "subject": _SUBJECT.fullmatch(self.subject),
            "by": all(map(_is_name, (self.by.account, self.by.host))),
            "instruction": instruction(self.instruction) == self.instruction,
            "plan": not self.plan or _DIGEST.fullmatch(self.plan),
            "run": _RUN.fullmatch(self.run),
            "about": not self.about or _ABOUT.fullmatch(self.about),
            "outcome": ended if self.phase is Phase.ENDED else self.outcome is None,
        }
        if wrong := [name for name, holds in right.items() if not holds]:
            message = f"not fit for the journal of acts: {', '.join(wrong)}"
            raise ValueError(message)


@dataclass(frozen=True)
class Act:
    """A deed in its place.

    number:    counted from 1, through all files
    at:        UTC
    previous:  SHA-256 of the bytes of the line before, hex
    note:      what the journal itself has to say, empty mostly
    """

    number: int
    at: datetime
    deed: Deed
    previous: str
    note: str = ""

    @property
    def stands(self) -> str:
        """`begun`, or how it ended."""
        return self.deed.outcome or Phase.BEGUN

    @property
    def tenant(self) -> str:
        """The slug of whom it is about."""
        return self.deed.subject.partition("/")[0]

    def document(self) -> dict[str, Any]:
        """The act as its JSON document."""
        deed = self.deed
        return {
            "format": FORMAT,
            "number": self.number,
            "at": self.at.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
            "verb": deed.verb,
            "subject": deed.subject,
            "by": {"account": deed.by.account, "host": deed.by.host},
            "instruction": deed.instruction,
            "plan": deed.plan,
            "run": deed.run,
            **({"about": deed.about} if deed.about else {}),
            "phase": deed.phase.value,
            **({"outcome": deed.outcome.value} if deed.outcome else {}),
            "previous": self.previous,
            **({"note": self.note} if self.note else {}),
        }

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Act:
        """An act from its JSON document; keys that we do not know are passed over.

        Raises ValueError with what is wrong.
        """
        if document.get("format") != FORMAT:
            message = f"unknown format, not {FORMAT}"
            raise ValueError(message)
        number, at, previous = document.get("number"), _text(document, "at"), "previous"
        if type(number) is not int or number < 1:
            message = "`number` is not a count"
            raise ValueError(message)
        if not _MOMENT.fullmatch(at):
            message = "`at` is not a time in UTC"
            raise ValueError(message)
        if not _DIGEST.fullmatch(_text(document, previous)):
            message = f"`{previous}` is not a SHA-256"
            raise ValueError(message)
        note = _text(document, "note") if "note" in document else ""
        moment = datetime.fromisoformat(at)
        return cls(number, moment, _deed(document), _text(document, previous), note)


def _deed(document: Mapping[str, Any]) -> Deed:
    by = document.get("by")
    if not isinstance(by, Mapping):
        message = "`by` is not an account and a host"
        raise ValueError(message)  # noqa: TRY004 - a fault of the file, as all here
    phase = Phase(_text(document, "phase"))
    return Deed(
        verb=_text(document, "verb"),
        subject=_text(document, "subject"),
        by=By(_text(by, "account"), _text(by, "host")),
        instruction=_text(document, "instruction"),
        plan=_text(document, "plan"),
        run=_text(document, "run"),
        about=_text(document, "about") if "about" in document else "",
        phase=phase,
        outcome=Outcome(_text(document, "outcome")) if "outcome" in document else None,
    )


def _text(document: Mapping[str, Any], key: str) -> str:
    value = document.get(key)
    if not isinstance(value, str):
        message = f"`{key}` is missing or no text"
        raise ValueError(message)  # noqa: TRY004 - a fault of the file, as all here
    return value


def _is_name(text: str) -> bool:
    normal = unicodedata.normalize("NFKC", text)
    return bool(text) and text.isprintable() and not set("@ ") & set(normal)


def _name(text: str) -> str:
    """What of an account or a host may be written: nothing behind an `@`, nothing unseen."""
    first = unicodedata.normalize("NFKC", text).partition("@")[0]
    return "".join(one for one in first if one.isprintable() and one != " ") or "unknown"
