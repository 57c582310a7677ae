"""Copies in which nobody can be recognised, made beside instances from a point."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from orchestrator.errors.backup import PointUnknownError
from orchestrator.errors.clone import CloneImpossibleError
from orchestrator.flows import clone
from orchestrator.model.restoration import Asked, Wish
from orchestrator.products import registry
from orchestrator.settings import Settings
from orchestrator.tools.clock import SystemClock
from orchestrator.wiring import backups, kept
from orchestrator.wiring.case import Case
from orchestrator.wiring.copies import DAYS
from orchestrator.wiring.recipe import LastWords, Recipe
from orchestrator.wiring.undertaking import Undertaking

if TYPE_CHECKING:
    from orchestrator.engine.events import Listener


def opened(settings: Settings, wish: Wish, listener: Listener) -> Undertaking:
    """A clone of one instance. Raises CloneImpossibleError, PointUnknownError."""
    source = _source(settings, wish.subject)
    point = wish.point or _newest(settings, source.names.instance)
    last = wish.until or SystemClock().now().date() + timedelta(days=DAYS)
    # The same point under the same name is the same clone, and never a copy of that name.
    told = hashlib.sha256(f"clone {point} {wish.copy}".encode()).hexdigest()
    return _undertaken(source, wish.copy, last, Asked(told[:6], point), listener)


def reopened(
    settings: Settings, subject: str, until: date, asked: Asked, listener: Listener
) -> Undertaking:
    """A run about a clone again; `subject` names it as people read it."""
    instance, _, name = subject.partition("@")
    return _undertaken(_source(settings, instance), name, until, asked, listener)


def _source(settings: Settings, instance: str) -> Case:
    source = backups.only(settings, instance)
    if source.product.anonymity(source.subject) is None:
        title = registry.facts(source.names.product).title
        raise CloneImpossibleError(instance, product=title)
    return source


def _newest(settings: Settings, instance: str) -> str:
    """The newest sound point. Raises PointUnknownError."""
    listed = kept.points(settings, instance)[instance]
    for one in listed:
        if one.point:
            return one.id
    raise PointUnknownError(instance, asked="at all", nearest=())


def _undertaken(
    source: Case, name: str, until: date, asked: Asked, listener: Listener
) -> Undertaking:
    return Undertaking((source.anonymised(name, until),), recipe(asked, name, until), listener)


def recipe(asked: Asked, name: str, until: date) -> Recipe:
    """The verb `clone`."""

    def told(instances: Sequence[Case]) -> LastWords:
        case = instances[0]
        source = case.names.source.instance
        authority = f" --cacert {case.connection.authority}" if case.connection else ""
        return LastWords(
            f"{case.names.instance}, a masked copy of {source}, stands until {until}, "
            f"at {case.public_url}",
            f"curl{authority} {case.public_url}/",
            f"it writes to nobody; `orchestrator copy remove {source} {name}` once it has served",
        )

    return Recipe(
        clone.VERB,
        lambda case, tools: clone.steps(case.subject, tools, asked),
        told,
        {**asked.options(), "until": until.isoformat()},
    )
