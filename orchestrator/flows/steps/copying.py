"""What only copies need: the keys of the data, and a name that is not another copy's."""

from __future__ import annotations

from orchestrator.engine.step import Say, Step, once
from orchestrator.errors.copies import CopyTakenError
from orchestrator.flows.steps.restoring import NOTE, Restoration
from orchestrator.model.change import Change, Operation
from orchestrator.model.point import written
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox

NAME = "keys"


def keys(subject: AnySubject, tools: Toolbox, of: Restoration) -> Step:
    """The copy has the keys that its data was encrypted with, before any other is made."""
    holdings = subject.product.holdings(subject)
    paths = tuple(holdings.keys) if holdings else ()

    def look() -> tuple[Change, ...]:
        missing = [path for path in paths if tools.secrets.read(path) is None]
        detail = "those that the data was encrypted with"
        return tuple(Change(NAME, Operation.CREATE, f"secret/{path}", detail) for path in missing)

    def act(say: Say) -> None:
        assert tools.origin is not None  # noqa: S101 - a copy has one
        say(f"taking over the keys of {of.point.id}")
        for path in paths:
            if kept := tools.origin.read(path):
                tools.secrets.create(path, kept)

    return Step(
        NAME,
        promise="the copy has the keys that its data was encrypted with",
        look=look,
        act=act,
        holds=once(look),
    )


def taken(subject: AnySubject, tools: Toolbox, of: Restoration) -> None:
    """Refuse a name that another copy has, of another moment or kind. Raises CopyTakenError."""
    note = tools.cluster.note(subject.names.namespace, NOTE) or {}
    if note and (note.get("to") != written(of.moment) or note.get("id") != of.id):
        raise CopyTakenError(subject.names.instance, holds=note.get("to", ""))
