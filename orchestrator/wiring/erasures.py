"""Erasing people, and the ledger of it, as the command line asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orchestrator.flows import erase
from orchestrator.flows.steps.erased_again import erasures_of
from orchestrator.model.erasure import Entry, about
from orchestrator.settings import Settings
from orchestrator.wiring import backups
from orchestrator.wiring.case import Case
from orchestrator.wiring.recipe import LastWords, Recipe
from orchestrator.wiring.undertaking import Undertaking

if TYPE_CHECKING:
    from orchestrator.engine.events import Listener


def erasing(
    settings: Settings, instance: str, person: str, reference: str, listener: Listener
) -> Undertaking:
    """One person's erasure; what forbids it is told by its plan."""
    case = backups.only(settings, instance)
    return Undertaking((case,), erase_recipe(case.names.instance, person, reference), listener)


def listed(settings: Settings, instance: str) -> tuple[Entry, ...]:
    """The ledger of an instance; empty before there is a store of backups."""
    case = backups.only(settings, instance)
    tools = backups.looking(case)
    if tools.objects.bucket(case.names.backup_bucket) is None:
        return ()
    return erasures_of(case.subject, tools).listed()


def erase_recipe(instance: str, person: str, reference: str) -> Recipe:
    """The verb `erase`."""

    def told(instances: Sequence[Case]) -> LastWords:
        names = instances[0].names
        kept = instances[0].tenant.backup.kept
        return LastWords(
            f"account {person} is gone from {names.instance}, and from what is restored of it",
            f"orchestrator erasure list {names.instance}",
            f"backups hold it for {kept} still; copies that stand do too: "
            f"`orchestrator copy list {names.tenant}`",
        )

    return Recipe(
        erase.VERB,
        lambda case, tools: erase.steps(case.subject, tools, person, reference),
        told,
        {"person": person, "reference": reference},
        about=about(instance, person),
    )
