"""What would change: values that can be printed, saved, compared and refused."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import IntEnum, StrEnum
from typing import Any


class Risk(IntEnum):
    """How much a wrong change would cost; decides which confirmation is asked for."""

    NONE = 0
    MILD = 1
    INTERRUPTS = 2
    DESTROYS = 3


class Operation(StrEnum):
    """What happens to the target."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    RUN = "run"


@dataclass(frozen=True)
class Change:
    """One thing that would become different.

    `target` is what a person would call it (`deployment/web`), `detail` one short phrase, and
    `fields` the paths that differ; none of them ever holds a secret value. `instance` names what
    is changed in a plan of several instances, and is empty in a plan of one.
    """

    step: str
    operation: Operation
    target: str
    detail: str = ""
    risk: Risk = Risk.MILD
    fields: tuple[str, ...] = ()
    instance: str = ""

    def document(self) -> dict[str, Any]:
        """The change as plain values; without an empty instance, so that old digests hold."""
        body = asdict(self)
        if not self.instance:
            del body["instance"]
        return body


@dataclass(frozen=True)
class Plan:
    """All changes of one run, in order. Empty means: already so.

    `unchanged` counts what was looked at and holds; `unknown` names looks that could not be made
    yet because an earlier step creates what they look at.
    """

    subject: str
    verb: str
    changes: tuple[Change, ...]
    unchanged: int = 0
    unknown: tuple[str, ...] = ()

    @property
    def risk(self) -> Risk:
        """The worst risk of all changes."""
        return max((change.risk for change in self.changes), default=Risk.NONE)

    def of(self, instance: str) -> tuple[Change, ...]:
        """What would change in one of the plan's instances."""
        return tuple(
            change for change in self.changes if (change.instance or self.subject) == instance
        )

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON of what would change; a saved plan must still match."""
        body = {
            "subject": self.subject,
            "verb": self.verb,
            "changes": [change.document() for change in self.changes],
        }
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode()).hexdigest()
