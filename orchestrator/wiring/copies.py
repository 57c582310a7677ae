"""Copies beside instances: made from a point, listed from the cluster, removed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from orchestrator.config import load_all, load_tenant
from orchestrator.errors.copies import CopyUnknownError
from orchestrator.flows import beside, remove_copy
from orchestrator.flows.steps.erased_again import Again
from orchestrator.model.restoration import Asked, Wish
from orchestrator.settings import Settings
from orchestrator.tools.clock import SystemClock
from orchestrator.wiring import backups
from orchestrator.wiring import case as cases
from orchestrator.wiring.case import Case
from orchestrator.wiring.recipe import LastWords, Recipe
from orchestrator.wiring.undertaking import Undertaking

if TYPE_CHECKING:
    from orchestrator.engine.events import Listener

DAYS = 14
_LABELS = {"app.kubernetes.io/managed-by": "orchestrator", "orchestrator/copy": ""}


@dataclass(frozen=True)
class Copy:
    """One copy that stands: of which instance, under which name, until which day.

    `masked` is a clone, or what is to become one: nothing leads to it before.
    """

    instance: str
    name: str
    until: str
    address: str
    masked: bool = False


def set_beside(settings: Settings, wish: Wish, listener: Listener) -> Undertaking:
    """A restoration of one instance into a copy."""
    source = backups.only(settings, wish.subject)
    last = wish.until or SystemClock().now().date() + timedelta(days=DAYS)
    recipe = beside_recipe(backups.asked_of(source, wish), wish.copy, last)
    return Undertaking((source.beside(wish.copy, last),), recipe, listener)


def reopened(settings: Settings, subject: str, listener: Listener, recipe: Recipe) -> Undertaking:
    """A run about a copy again; `subject` names it as people read it."""
    instance, _, name = subject.partition("@")
    until = recipe.options.get("until") or SystemClock().now().date().isoformat()
    source = backups.only(settings, instance)
    return Undertaking((source.beside(name, date.fromisoformat(until)),), recipe, listener)


def removal(settings: Settings, instance: str, name: str, listener: Listener) -> Undertaking:
    """The removal of a copy. Raises CopyUnknownError."""
    source = backups.only(settings, instance)
    case = source.beside(name, SystemClock().now().date())
    plan = Undertaking((case,), remove_recipe(), listener)
    if not plan.plan().changes:
        known = tuple(one.name for one in _of(source))
        raise CopyUnknownError(case.names.instance, known=known)
    return plan


def listed(settings: Settings, slug: str | None) -> list[Copy]:
    """Every copy of a tenant's instances, or of everybody's."""
    tenants = [load_tenant(settings, slug)] if slug else load_all(settings)
    return [copy for tenant in tenants for case in cases.of(settings, tenant) for copy in _of(case)]


def beside_recipe(asked: Asked, name: str, until: date) -> Recipe:
    """The verb `restore-beside`."""
    again = Again()

    def told(instances: Sequence[Case]) -> LastWords:
        case = instances[0]
        source = case.names.source.instance
        authority = f" --cacert {case.connection.authority}" if case.connection else ""
        then = f"compare, then `orchestrator copy remove {source} {name}`; it writes to nobody"
        if asked.trial:
            then = f"{source} is as it was; the same without --rehearse brings it back in its place"
        return LastWords(
            f"{case.names.instance} stands beside {source} until {until}, at {case.public_url}"
            f"{again.spoken()}",
            f"curl{authority} {case.public_url}/",
            then,
        )

    return Recipe(
        beside.VERB,
        lambda case, tools: beside.steps(case.subject, tools, asked, again),
        told,
        {**asked.options(), "until": until.isoformat()},
    )


def remove_recipe() -> Recipe:
    """The verb `copy-remove`."""

    def told(instances: Sequence[Case]) -> LastWords:
        names = instances[0].names
        return LastWords(
            f"{names.instance} is gone, with its bucket, its key and its secrets",
            f"orchestrator copy list {names.tenant}",
            "",
        )

    return Recipe(
        remove_copy.VERB, lambda case, tools: remove_copy.steps(case.subject, tools), told
    )


def _of(case: Case) -> list[Copy]:
    if case.connection is None:
        return []
    from orchestrator.tools.kubernetes import KubernetesCluster

    labels = {
        **_LABELS,
        "orchestrator/tenant": case.tenant.slug,
        "orchestrator/product": case.names.product,
    }
    found = KubernetesCluster(case.connection.kubeconfig).namespaces(labels)
    return [_copy(case, one) for _, one in sorted(found.items())]


def _copy(case: Case, labels: Mapping[str, str]) -> Copy:
    name, until = labels["orchestrator/copy"], labels.get("orchestrator/until", "")
    last = date.fromisoformat(until) if until else SystemClock().now().date()
    address = case.beside(name, last).public_url
    return Copy(
        case.names.instance, name, until, address, masked="orchestrator/anonymised" in labels
    )
