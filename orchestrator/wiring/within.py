"""An instance whose own code works and whom nobody can reach.

It is what is shut, with one workload up again. No service leads to its pods, from before they are
there, so no entrance ever hears of them: to take a door away would be too late by as long as the
entrance takes to notice, and a policy does not stop an entrance on the pods' own node. A policy
that lets nobody in but pods of the same namespace comes on top. Nothing is removed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from stacks import kind
from stacks.resource import Resource, find

NOWHERE = {"orchestrator/reached": "by-nobody"}
"""A label that no pod has; a service that asks for it leads nowhere."""


def within(shut: Sequence[Resource], workload: str) -> tuple[Resource, ...]:
    """The resources of `Stage.CLOSED` with a workload at one copy and every way to it shut."""
    up = find(shut, workload)
    labels = up.body["spec"]["template"]["metadata"]["labels"]
    first = tuple(one.key for one in shut if one.kind in (kind.SERVICE, kind.NETWORK_POLICY))
    return tuple(
        _up(one, first) if one.key == workload else _alone(_unreached(one, labels)) for one in shut
    )


def _up(resource: Resource, first: Sequence[str]) -> Resource:
    """One copy, after what keeps others away from it."""
    spec = {**resource.body["spec"], "replicas": 1}
    before = tuple(dict.fromkeys((*resource.depends_on, *first)))
    return replace(resource, body={**resource.body, "spec": spec}, depends_on=before)


def _unreached(resource: Resource, labels: Mapping[str, str]) -> Resource:
    """A service that would lead to pods with these labels leads nowhere."""
    if resource.kind != kind.SERVICE:
        return resource
    spec = resource.body["spec"]
    if not spec["selector"].items() <= labels.items():
        return resource
    selector = {**spec["selector"], **NOWHERE}
    return replace(resource, body={**resource.body, "spec": {**spec, "selector": selector}})


def _alone(resource: Resource) -> Resource:
    spec = resource.body.get("spec", {})
    if resource.kind != kind.NETWORK_POLICY or "ingress" not in spec:
        return resource
    # A rule without peers would let everybody in, so it goes with its last one.
    rules = [rule for rule in map(_from_pods, spec["ingress"]) if rule["from"]]
    return replace(resource, body={**resource.body, "spec": {**spec, "ingress": rules}})


def _from_pods(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The rule for pods of the namespace itself."""
    return {**rule, "from": [one for one in rule.get("from", ()) if set(one) == {"podSelector"}]}
