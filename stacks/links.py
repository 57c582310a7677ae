"""The ways between instances of one tenant that its file declares, opened at both ends.

Exactly one direction, from the pods that run the one product's code to the ports at which the other
one answers; everything else between the two stays shut.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from stacks.network import PODS, Opening, policy
from stacks.order import AnyOrder, selector
from stacks.resource import Resource


@dataclass(frozen=True)
class Way:
    """One end of a link: the other instance, and the ports (workload, number) that are led to.

    `outwards` says which end: the one that asks, or the one that answers.
    """

    product: str
    namespace: str
    ports: tuple[tuple[str, int], ...]
    outwards: bool


def links(order: AnyOrder, ways: tuple[Way, ...]) -> tuple[Resource, ...]:
    """Every policy of the links that begin or end here."""
    made = [one for way in ways for one in _opened(order, way)]
    return tuple(replace(one, depends_on=(f"namespace/{order.namespace}",)) for one in made)


def _opened(order: AnyOrder, way: Way) -> list[Resource]:
    if way.outwards:
        openings = [
            Opening((_peer(way, {"matchLabels": selector(name)}),), (("TCP", port),))
            for name, port in way.ports
        ]
        return [policy(order, f"link-to-{way.product}", PODS, egress=openings)]
    return [
        policy(
            order,
            f"link-from-{way.product}-{name}",
            {"matchLabels": selector(name)},
            ingress=[Opening((_peer(way, PODS),), (("TCP", port),))],
        )
        for name, port in way.ports
    ]


def _peer(way: Way, pods: Mapping[str, Any]) -> dict[str, Any]:
    """Those pods of the other namespace: both must hold, or it would be either."""
    space = {"matchLabels": {"kubernetes.io/metadata.name": way.namespace}}
    return {"namespaceSelector": space, "podSelector": dict(pods)}
