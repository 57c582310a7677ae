"""A restore drill: a recovery point was brought back beside the instance, looked at and removed.

A record is evidence, kept for years and shown to auditors: it names no person. Its sentences are
English, as all that machines record is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

FORMAT = "orchestrator/drill/v1"
_MAIL = re.compile(r"[^\s@<>,;:\"'`]+@[^\s@<>,;:\"'`]+")
_WITHHELD = "(address)"
_TIMES = ("point_time", "began", "ended")


class Verdict(StrEnum):
    """What a drill came to."""

    GREEN = "green"
    RED = "red"


@dataclass(frozen=True)
class Assertion:
    """One promise that was tried on the restored copy.

    name:    short and stable, such as `rows-counted`
    promise: what should be so, one sentence
    held:    whether it was
    seen:    what was found, in one phrase; mail addresses in it are withheld
    seconds: how long the look took
    """

    name: str
    promise: str
    held: bool
    seen: str
    seconds: float

    def __post_init__(self) -> None:
        object.__setattr__(self, "seen", _MAIL.sub(_WITHHELD, self.seen))


@dataclass(frozen=True)
class DrillRecord:
    """What one drill leaves behind.

    id:           small letters and digits, the run's own
    instance:     as people read it, `saint-martin/decidim`
    release:      of the product that was started on the copy
    point:        id of the recovery point that was used
    point_time:   the moment whose data the point holds
    rpo_s:        seconds between the newest data of the copy and what could have been lost;
                  None where it could not be measured
    rto_s:        seconds until the copy served
    copy_removed: whether nothing of the copy is left
    older_point:  id of the point to fall back to, proposed when this one was bad
    orchestrator: version that drilled
    platform:     name of the platform it was done on

    Moments bear a time zone; raises ValueError where one does not.
    """

    id: str
    instance: str
    tenant: str
    product: str
    release: str
    point: str
    point_time: datetime
    began: datetime
    ended: datetime
    assertions: tuple[Assertion, ...]
    rpo_s: float | None
    rto_s: float
    copy_removed: bool
    orchestrator: str
    platform: str
    older_point: str = ""

    def __post_init__(self) -> None:
        for name in _TIMES:
            if getattr(self, name).tzinfo is None:
                message = f"{name} of drill {self.id} bears no time zone"
                raise ValueError(message)

    @property
    def broken(self) -> tuple[Assertion, ...]:
        """Promises that did not hold."""
        return tuple(one for one in self.assertions if not one.held)

    @property
    def verdict(self) -> Verdict:
        """Green when something was tried, all of it held, and nothing of the copy is left."""
        proven = bool(self.assertions) and not self.broken and self.copy_removed
        return Verdict.GREEN if proven else Verdict.RED

    def document(self) -> dict[str, Any]:
        """The record as its JSON document; times in UTC."""
        body = asdict(self)
        for name in _TIMES:
            body[name] = getattr(self, name).astimezone(UTC).isoformat()
        body["assertions"] = [asdict(one) for one in self.assertions]
        return {"format": FORMAT, "verdict": self.verdict.value, **body}

    @classmethod
    def from_document(cls, body: Mapping[str, Any]) -> DrillRecord:
        """The record that a document holds; keys that are not known are passed over.

        Raises ValueError when it is of another format, lacks something, or contradicts itself.
        """
        if body.get("format") != FORMAT:
            message = f"must be of the format {FORMAT}, not {body.get('format')!r}"
            raise ValueError(message)
        try:
            point_time, began, ended = (datetime.fromisoformat(body[name]) for name in _TIMES)
            found = cls(
                **_texts(body, "id", "instance", "tenant", "product", "release", "point"),
                point_time=point_time,
                began=began,
                ended=ended,
                assertions=tuple(_assertion(one) for one in body["assertions"]),
                rpo_s=None if body["rpo_s"] is None else float(body["rpo_s"]),
                rto_s=float(body["rto_s"]),
                copy_removed=_truth(body["copy_removed"]),
                **_texts(body, "orchestrator", "platform", "older_point"),
            )
            told = body["verdict"]
        except KeyError as error:
            message = f"lacks {error}"
            raise ValueError(message) from error
        except (TypeError, AttributeError) as error:
            message = f"holds a value of another kind: {error}"
            raise ValueError(message) from error
        if told != found.verdict:
            message = f"says {told!r} where its own assertions make it {found.verdict.value!r}"
            raise ValueError(message)
        return found


def _assertion(body: Mapping[str, Any]) -> Assertion:
    return Assertion(
        **_texts(body, "name", "promise", "seen"),
        held=_truth(body["held"]),
        seconds=float(body["seconds"]),
    )


def _texts(body: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Fields that must be text: what is read may come from anywhere."""
    for name in names:
        if not isinstance(body[name], str):
            message = f"{name} must be text"
            raise TypeError(message)
    return {name: body[name] for name in names}


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        message = f"must be true or false, not {value!r}"
        raise TypeError(message)
    return value
