"""Several instances of a tenant brought back to one instant, which each of them can reach."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from orchestrator.engine.step import Step
from orchestrator.errors.backup import PointUnknownError, RepositoryUnreadableError
from orchestrator.errors.usage import UsageFaultError
from orchestrator.flows import restore
from orchestrator.flows.steps.base_backup import files_of
from orchestrator.flows.steps.erased_again import Again
from orchestrator.flows.steps.restoring_files import KEEPER
from orchestrator.model.restoration import Together, Wish
from orchestrator.products.toolbox import Toolbox
from orchestrator.settings import Settings
from orchestrator.wiring import backups
from orchestrator.wiring import case as cases
from orchestrator.wiring.case import Case
from orchestrator.wiring.recipe import LastWords, Recipe
from orchestrator.wiring.undertaking import Undertaking

if TYPE_CHECKING:
    from orchestrator.engine.events import Listener

_SEVERAL = 2
_COMES_UP_S = 120.0
_EVERY_S = 2.0


def bring_back(settings: Settings, wish: Wish, listener: Listener) -> Undertaking:
    """A restoration of all that a tenant has. Raises PointUnknownError, UsageFaultError."""
    found = tuple(case for case in cases.read(settings, wish.subject) if backups.kept(case))
    if len(found) < _SEVERAL:
        return backups.bring_back(settings, wish, listener)
    if wish.at is None:
        fault = (
            f"a recovery point is of one instance, and {wish.subject} has {len(found)}: give --at"
        )
        raise UsageFaultError(fault, command="orchestrator restore")
    instant = min(_reached(case, wish.at) for case in found)
    points = {case.names.product: backups.points_of(case).before(instant).id for case in found}
    recipe = together_recipe(Together(secrets.token_hex(3), instant, points))
    return Undertaking(found, recipe, listener)


def reopened(
    settings: Settings, subject: str, together: Together, listener: Listener
) -> Undertaking:
    """A run of it again."""
    found = tuple(
        case for case in cases.read(settings, subject) if case.names.product in together.points
    )
    return Undertaking(found, together_recipe(together), listener)


def together_recipe(together: Together) -> Recipe:
    """The verb `restore` for several."""
    again: dict[str, Again] = {product: Again() for product in together.points}

    def steps(case: Case, tools: Toolbox) -> list[Step]:
        product = case.names.product
        return restore.steps(case.subject, tools, together.asked(product), again[product])

    def told(instances: Sequence[Case]) -> LastWords:
        names = [case.names.instance for case in instances]
        moment = f"{together.at:%Y-%m-%d %H:%M:%S %Z}"
        return LastWords(
            "\n".join(
                f"{case.names.instance} is back at {moment}, and open at {case.public_url}"
                f"{again[case.names.product].spoken()}"
                for case in instances
            ),
            "\n".join(f"orchestrator backup list {name}" for name in names),
            "tell their people what is missing since then; the points made before this undo it",
        )

    return Recipe(
        restore.VERB,
        steps,
        told,
        together.options(),
        at_once=True,
    )


def _reached(case: Case, moment: datetime) -> datetime:
    """The last instant up to a moment that an instance can be brought back to.

    Of a log that is the moment itself. Of files it is that of a snapshot; whoever takes them tells,
    and is waited for, since after a loss it may just be coming up again. Where it does not, those
    that recovery points name have to do. Raises PointUnknownError, RepositoryUnreadableError.
    """
    tools = backups.looking(case)
    engine = files_of(case.subject, tools)
    if engine is None:
        return moment
    until = tools.clock.monotonic() + _COMES_UP_S
    while True:
        late = tools.clock.monotonic() > until
        if tools.cluster.ready(case.names.namespace, "Deployment", KEEPER):
            try:
                snapshot = engine.newest_before(moment)
                break
            except RepositoryUnreadableError:  # its passphrase may not be unwrapped yet
                if late:
                    raise
        elif late:
            return backups.points_of(case).before(moment).at
        tools.clock.sleep(_EVERY_S)
    if snapshot is None:
        asked = f"from before {moment:%Y-%m-%d %H:%M:%S %Z}"
        raise PointUnknownError(case.names.instance, asked=asked, nearest=())
    return snapshot.as_of
