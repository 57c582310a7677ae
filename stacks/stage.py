"""How much of an instance runs: the same resources, with what is shut at no copies.

Nothing is removed, so that what is opened again is what was shut: volumes, addresses and keys stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from orchestrator.model.restoration import Stage
from stacks import kind
from stacks.network import REFUSAL
from stacks.order import APPLICATION, FRONT, KEEPER, ROLE
from stacks.resource import Resource


def staged(
    stage: Stage, resources: tuple[Resource, ...], *, quarantined: bool = False
) -> tuple[Resource, ...]:
    """The resources as they are at that stage; in quarantine without any way in or out.

    But for the way to the backups, which is there while a database is brought back.
    """
    if stage is Stage.OPEN:
        return resources
    waiting = {
        one.key: one.depends_on for one in resources if _waits(one) or (quarantined and _leads(one))
    }
    return tuple(
        replace(
            _shut(one) if _is_shut(stage, one) else one,
            depends_on=tuple(_passed_on(one.depends_on, waiting)),
        )
        for one in resources
        if one.key not in waiting
    )


def _passed_on(keys: tuple[str, ...], waiting: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """What comes before, with what would have come before that in place of what is left out."""
    for key in keys:
        if key in waiting:
            yield from _passed_on(waiting[key], waiting)
        else:
            yield key


def _waits(resource: Resource) -> bool:
    """Whether it is work of the product's own code, which is done when the site is opened."""
    return resource.kind == kind.JOB and resource.labels.get(ROLE) == APPLICATION


def _leads(resource: Resource) -> bool:
    """Whether it is a way in or out: whatever is not opened is refused."""
    if resource.kind == kind.NETWORK_POLICY:
        return resource.name not in (REFUSAL, KEEPER)
    return resource.kind == kind.INGRESS


def _is_shut(stage: Stage, resource: Resource) -> bool:
    if resource.kind == kind.CRON_JOB:
        return True
    if resource.kind not in kind.WORKLOADS:
        return False
    role = resource.labels.get(ROLE)
    # What keeps files stands beside the pods that use them, and they are shut.
    keeps_files = resource.kind == kind.DEPLOYMENT and role == KEEPER
    return stage is Stage.STOPPED or role in (APPLICATION, FRONT) or keeps_files


def _shut(resource: Resource) -> Resource:
    none: Mapping[str, Any] = (
        {"suspend": True} if resource.kind == kind.CRON_JOB else {"replicas": 0}
    )
    return replace(resource, body={**resource.body, "spec": {**resource.body["spec"], **none}})
