"""Backing up and bringing back, as the command line asks for it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from typing import TYPE_CHECKING

from orchestrator.errors.backup import BackupImpossibleError, PartedError
from orchestrator.errors.config import InstanceNotFoundError
from orchestrator.flows import backup, restore
from orchestrator.flows import prune as flow
from orchestrator.flows.steps.base_backup import Take
from orchestrator.flows.steps.erased_again import Again
from orchestrator.model.link import bound
from orchestrator.model.restoration import Asked, Wish
from orchestrator.products import registry
from orchestrator.recovery.points import Points
from orchestrator.settings import Settings
from orchestrator.wiring import case as cases
from orchestrator.wiring.case import Case
from orchestrator.wiring.recipe import LastWords, Recipe
from orchestrator.wiring.undertaking import Undertaking

if TYPE_CHECKING:
    from orchestrator.engine.events import Listener
    from orchestrator.products.toolbox import Toolbox


def back_up(settings: Settings, subject: str, listener: Listener, take: Take | None) -> Undertaking:
    """A backup now, of an instance or of all of a tenant that can be backed up."""
    found = tuple(case for case in cases.read(settings, subject) if kept(case))
    if not found:
        refuse(cases.read(settings, subject)[0])
    return Undertaking(found, backup_recipe(take), listener)


def prune(settings: Settings, subject: str, listener: Listener) -> Undertaking:
    """What has had its time, of an instance or of all of a tenant that are backed up."""
    found = tuple(case for case in cases.read(settings, subject) if kept(case))
    if not found:
        refuse(cases.read(settings, subject)[0])
    return Undertaking(found, PRUNE, listener)


def bring_back(settings: Settings, wish: Wish, listener: Listener) -> Undertaking:
    """A restoration of one instance in its place. Raises PartedError."""
    case = only(settings, wish.subject)
    if not wish.alone:
        refuse_parted(case)
    return Undertaking((case,), restore_recipe(asked_of(case, wish)), listener)


def asked_of(case: Case, wish: Wish) -> Asked:
    """The wish with the point it goes by. Raises PointUnknownError."""
    point = wish.point
    if not point and wish.at is not None:
        point = points_of(case).before(wish.at).id
    if not wish.copy:
        return Asked(secrets.token_hex(3), point, wish.at)
    # The same moment under the same name is the same copy, whoever asks and however often.
    told = f"{point} {wish.at.isoformat() if wish.at else ''} {wish.copy}"
    id_ = hashlib.sha256(told.encode()).hexdigest()[:6]
    return Asked(id_, point, wish.at, wish.trial)


def points_of(case: Case) -> Points:
    """The recovery points of an instance."""
    tools = looking(case)
    return Points(tools.history, tools.keys, case.names)


def looking(case: Case) -> Toolbox:
    """The ports of an instance, for commands that change nothing."""
    from orchestrator.wiring.toolbox import tools_of

    folder = case.settings.state / "plans" / case.names.stack
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return tools_of(case, folder)[0]


def backup_recipe(take: Take | None) -> Recipe:
    """The verb `backup`."""

    def told(instances: Sequence[Case]) -> LastWords:
        names = [case.names.instance for case in instances]
        return LastWords(
            "\n".join(f"{name} has a recovery point of this moment" for name in names),
            "\n".join(f"orchestrator backup list {name}" for name in names),
            "\n".join(f"prove it with `orchestrator backup verify {name}`" for name in names),
        )

    return Recipe(
        backup.VERB,
        lambda case, tools: backup.steps(case.subject, tools, take),
        told,
        {"take": take} if take else {},
    )


def restore_recipe(asked: Asked) -> Recipe:
    """The verb `restore`."""
    again = Again()

    def told(instances: Sequence[Case]) -> LastWords:
        case = instances[0]
        moment = f"the moment {asked.at:%Y-%m-%d %H:%M:%S %Z}" if asked.at else asked.point
        return LastWords(
            f"{case.names.instance} is back at {moment}, and open at {case.public_url}"
            f"{again.spoken()}",
            f"orchestrator backup list {case.names.instance}",
            "tell its people what is missing since then; the point made before this undoes it",
        )

    return Recipe(
        restore.VERB,
        lambda case, tools: restore.steps(case.subject, tools, asked, again),
        told,
        asked.options(),
    )


def _pruned(instances: Sequence[Case]) -> LastWords:
    kept_for = instances[0].tenant.backup.kept
    names = [case.names.instance for case in instances]
    return LastWords(
        "\n".join(f"of {name} nothing is kept that {kept_for} do not need" for name in names),
        "\n".join(f"orchestrator backup policy {name}" for name in names),
        "",
    )


PRUNE = Recipe(flow.VERB, lambda case, tools: flow.steps(case.subject, tools), _pruned)
"""The verb `prune`."""


def refuse_parted(case: Case) -> None:
    """Refuse one alone of several that have one instant in common. Raises PartedError."""
    if others := bound(case.tenant.links, case.names.product):
        slug = case.tenant.slug
        named = tuple(f"{slug}/{other}" for other in others)
        raise PartedError(case.names.instance, others=named, tenant=slug)


def refuse(case: Case) -> None:
    """Raise BackupImpossibleError."""
    title = registry.facts(case.names.product).title
    raise BackupImpossibleError(case.names.instance, product=title)


def only(settings: Settings, instance: str) -> Case:
    """The one instance that is named. Raises InstanceNotFoundError, BackupImpossibleError."""
    found = cases.read(settings, instance)
    if len(found) > 1:
        known = tuple(case.names.product for case in found)
        asked = f"{instance}/…"
        raise InstanceNotFoundError(asked, known=known, nearest=known[0])
    if not kept(found[0]):
        refuse(found[0])
    return found[0]


def kept(case: Case) -> bool:
    """Whether we know how to back it up."""
    return case.product.holdings(case.subject) is not None
