"""Who was erased is erased again in what was brought back, before anybody can look at it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from orchestrator.engine.step import Say
from orchestrator.errors.erasures import PersonNotGoneError
from orchestrator.model.erasure import Entry
from orchestrator.products.erasing import Erasing
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox
from orchestrator.products.trying import NotAccepted
from orchestrator.recovery.erasures import Erasures, since


@dataclass
class Again:
    """How many were erased again; None while it is not known."""

    count: int | None = None

    def spoken(self) -> str:
        """What the last word of a restoration ends with; '' where nothing is known."""
        if not self.count:
            return "" if self.count is None else "; nobody had to be erased again"
        return f"; {people(self.count)} erased again"


def people(count: int) -> str:
    """A count of people with its verb: `1 person was`, `3 people were`."""
    return "1 person was" if count == 1 else f"{count} people were"


def erasures_of(subject: AnySubject, tools: Toolbox) -> Erasures:
    """The ledger of an instance; of a copy, the one of the instance that it is of."""
    secrets = tools.origin or tools.secrets
    return Erasures(tools.history, tools.keys, secrets, subject.names.source)


class Replay:
    """The ledger applied to one instance or copy; made without looking at anything."""

    def __init__(self, subject: AnySubject, tools: Toolbox, how: Erasing) -> None:
        self._subject = subject
        self._tools = tools
        self._how = how

    def believed(self) -> tuple[Entry, ...]:
        """The whole ledger. Raises ErasuresBrokenError."""
        return erasures_of(self._subject, self._tools).listed()

    def planned(self, moment: datetime) -> str:
        """What a plan says of it."""
        due = since(self.believed(), moment)
        if not due:
            return "nobody was erased since that moment"
        return f"{people(len(due))} erased since, and will be again"

    def there(self) -> tuple[Entry, ...]:
        """Everybody in the ledger of whom something is there, whenever they were erased.

        No clock decides: an erasure that was killed half way is older than what it left. Somebody
        else who was given the number since is left alone.
        """
        entries = self.believed()
        seen = self._how.seen(self._tools, {one.person for one in entries})
        return tuple(
            one
            for one in entries
            if one.person in seen and seen[one.person].mark == one.mark and seen[one.person].left
        )

    def erase(self, wanted: Collection[str], say: Say) -> None:
        """Have the product, which is up, erase them; its rows are looked at after it.

        Raises PersonNotGoneError while something tells of one of them.
        """
        instance = self._subject.names.instance
        try:
            self._how.erase(self._tools, wanted)
        except NotAccepted as verdict:
            raise PersonNotGoneError(instance, left=(str(verdict),)) from verdict
        seen = self._how.seen(self._tools, wanted)
        left = tuple(
            f"{person}: {what}" for person, one in sorted(seen.items()) for what in one.left
        )
        if left:
            raise PersonNotGoneError(instance, left=left)
        say(f"{people(len(wanted))} erased, and no row tells of them any more")
