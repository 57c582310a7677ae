"""A person who was erased, as the ledger keeps it: a number of the product's, and no name."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from orchestrator.model.act import instruction
from orchestrator.model.point import read_time, written

FORMAT = "orchestrator/erasure/v1"


@dataclass(frozen=True)
class Entry:
    """One line of the ledger of an instance; it is never changed and never taken away.

    number:    counted from 1
    person:    what the product calls the account by; never a name or an address
    mark:      tells the account from a later one of the same number: once an older state is
               back, numbers are given anew
    at:        when it was asked for, by the store's clock, UTC
    reference: on whose instruction; a ticket, never a person
    previous:  SHA-256 of the entry before it, 64 zeros for the first

    Raises ValueError for a reference that may name a person.
    """

    number: int
    tenant: str
    product: str
    person: str
    mark: str
    at: datetime
    reference: str
    previous: str

    def __post_init__(self) -> None:
        if not self.reference or instruction(self.reference) != self.reference:
            message = "the reference is none, or not in one line with single blanks"
            raise ValueError(message)

    @property
    def instance(self) -> str:
        """What people read: `saint-martin/decidim`."""
        return f"{self.tenant}/{self.product}"

    def document(self) -> dict[str, Any]:
        """The entry as plain values."""
        return {"format": FORMAT, **asdict(self), "at": written(self.at)}

    @classmethod
    def read(cls, document: Mapping[str, Any]) -> Entry:
        """It again. Raises AttributeError, KeyError, TypeError, ValueError for what is none."""
        body = dict(document)
        if body.pop("format") != FORMAT:
            raise ValueError(document["format"])
        return cls(**{**body, "at": read_time(body["at"])})


def about(instance: str, person: str) -> str:
    """Whom an act is about, for a journal that names nobody: twelve hex digits.

    It joins acts and entries. It hides nothing from somebody who tries every number.
    """
    return hashlib.sha256(f"{instance}\0{person}".encode()).hexdigest()[:12]
