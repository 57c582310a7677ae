"""How much of an instance runs: the same resources, with what is shut at no copies.

Nothing is removed, so that what is opened again is what was shut: volumes, addresses and keys stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from orchestrator.model.restoration import Stage
from stacks import kind
from stacks.order import APPLICATION, ROLE
from stacks.resource import Resource


def staged(stage: Stage, resources: tuple[Resource, ...]) -> tuple[Resource, ...]:
    """The resources as they are at that stage."""
    if stage is Stage.OPEN:
        return resources
    left = [one for one in resources if not _waits(one)]
    keys = {one.key for one in left}
    return tuple(
        replace(
            _shut(one) if _is_shut(stage, one) else one,
            depends_on=tuple(key for key in one.depends_on if key in keys),
        )
        for one in left
    )


def _waits(resource: Resource) -> bool:
    """Whether it is work of the product's own code, which is done when the site is opened."""
    return resource.kind == kind.JOB and resource.labels.get(ROLE) == APPLICATION


def _is_shut(stage: Stage, resource: Resource) -> bool:
    if resource.kind == kind.CRON_JOB:
        return True
    if resource.kind not in kind.WORKLOADS:
        return False
    return stage is Stage.STOPPED or resource.labels.get(ROLE) == APPLICATION


def _shut(resource: Resource) -> Resource:
    none: Mapping[str, Any] = (
        {"suspend": True} if resource.kind == kind.CRON_JOB else {"replicas": 0}
    )
    return replace(resource, body={**resource.body, "spec": {**resource.body["spec"], **none}})
