"""What a judge says of an object, and what it may look at besides the object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

Document = Mapping[str, Any]


class State(Enum):
    """Ready, still on the way, or failed for good."""

    READY = "ready"
    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True)
class Verdict:
    """A state and the reasons for it, the most important first."""

    state: State
    reasons: tuple[str, ...] = ()


READY = Verdict(State.READY)


def waiting(*reasons: str) -> Verdict:
    """Not yet, because."""
    return Verdict(State.WAITING, reasons)


def failed(*reasons: str) -> Verdict:
    """Never, because."""
    return Verdict(State.FAILED, reasons)


class View(Protocol):
    """What else a judge may look at."""

    def get(self, api_version: str, kind: str, name: str) -> Document | None:
        """One object that lives in no namespace."""

    def select(
        self, api_version: str, kind: str, namespace: str, labels: Mapping[str, str]
    ) -> Sequence[Document]:
        """The objects of a namespace with these labels; none labels: all."""


def condition(document: Document, kind: str) -> Document:
    """The condition of that type, or an empty one."""
    for one in (document.get("status") or {}).get("conditions") or ():
        if one.get("type") == kind:
            found: Document = one
            return found
    return {}


def namespace_of(document: Document) -> str:
    """Where the object lives."""
    return str((document.get("metadata") or {}).get("namespace", ""))


def outdated(document: Document) -> bool:
    """Whether its controller has not yet seen the latest change."""
    generation = int((document.get("metadata") or {}).get("generation", 0))
    return int((document.get("status") or {}).get("observedGeneration", 0)) < generation
