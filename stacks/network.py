"""Who may talk to whom: nobody, but for the openings that a product lists.

Openings between pods are written once and rendered on both sides. An opening to the outside whose
address is only known by name lets out to that port anywhere but the cluster's own ranges and those
that are never public, so no opening of one instance ever leads to another.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stacks import kind
from stacks.order import APPLICATION, ROLE, AnyOrder, selector
from stacks.parts import resource
from stacks.place import Service, network_of
from stacks.resource import Resource

HTTPS = 443
DNS = 53

# Private, shared, link-local (where clouds keep machine credentials) and loopback addresses.
NOT_PUBLIC = (
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "fc00::/7",
    "fe80::/10",
)

REFUSAL = "refuse"
"""The policy that every opening is an exception to."""
PODS: Mapping[str, Any] = {"matchLabels": {ROLE: APPLICATION}}
"""Every pod that runs the product's own code."""
_CLUSTER_DNS = {
    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
    "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
}


@dataclass(frozen=True)
class Opening:
    """Peers, as a policy names them, on ports (protocol, number)."""

    peers: tuple[Mapping[str, Any], ...]
    ports: tuple[tuple[str, int], ...]

    def rule(self, direction: str) -> dict[str, Any]:
        """The opening as a rule; `direction` is `from` or `to`."""
        ports = [{"protocol": protocol, "port": number} for protocol, number in self.ports]
        return {direction: [dict(peer) for peer in self.peers], "ports": ports}


def refusal(order: AnyOrder) -> Resource:
    """Nobody to anybody: what every opening is an exception to."""
    everybody = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    return resource(order, kind.NETWORK_POLICY, REFUSAL, {"spec": everybody})


def policy(
    order: AnyOrder,
    name: str,
    pods: Mapping[str, Any],
    *,
    ingress: Sequence[Opening] | None = None,
    egress: Sequence[Opening] | None = None,
) -> Resource:
    """Openings of some pods; a direction without a list is not spoken of."""
    spec: dict[str, Any] = {"podSelector": dict(pods), "policyTypes": []}
    # A rule without peers would mean everybody, so an opening without any is left out.
    if ingress is not None:
        spec["policyTypes"].append("Ingress")
        spec["ingress"] = [opening.rule("from") for opening in ingress if opening.peers]
    if egress is not None:
        spec["policyTypes"].append("Egress")
        spec["egress"] = [opening.rule("to") for opening in egress if opening.peers]
    return resource(order, kind.NETWORK_POLICY, name, {"spec": spec})


def backing(
    order: AnyOrder, name: str, port: int, further: Sequence[Mapping[str, Any]] = ()
) -> Resource:
    """A data service that the product's own pods may reach, those that match, and nobody else."""
    peers = tuple({"podSelector": dict(one)} for one in (PODS, *further))
    openings = [Opening(peers, (("TCP", port),))]
    return policy(order, name, {"matchLabels": selector(name)}, ingress=openings)


def to_workload(name: str, port: int) -> Opening:
    """The way to a workload of the same namespace."""
    return Opening(({"podSelector": {"matchLabels": selector(name)}},), (("TCP", port),))


def entrance(order: AnyOrder, port: int) -> Opening:
    """The way from the entrance to a port."""
    place = order.place.entrance
    peers: list[Mapping[str, Any]] = [_block(source) for source in place.sources]
    if place.namespace:
        labels = {"kubernetes.io/metadata.name": place.namespace}
        peers.append({"namespaceSelector": {"matchLabels": labels}})
    return Opening(tuple(peers), (("TCP", port),))


def names(order: AnyOrder) -> Opening:
    """The way to the cluster's name server."""
    servers = [_block(network_of(address)) for address in order.place.name_servers]
    return Opening((*servers, _CLUSTER_DNS), (("UDP", DNS), ("TCP", DNS)))


def outside(order: AnyOrder, services: Iterable[Service]) -> list[Opening]:
    """The ways to services outside the cluster, each once."""
    return [_outside(order, service) for service in dict.fromkeys(services)]


def _outside(order: AnyOrder, service: Service) -> Opening:
    if service.network:
        peers: tuple[Mapping[str, Any], ...] = (_block(service.network),)
    else:
        peers = _everywhere_but(tuple(dict.fromkeys((*order.place.internal, *NOT_PUBLIC))))
    return Opening(peers, (("TCP", service.port),))


def _everywhere_but(ranges: Sequence[str]) -> tuple[Mapping[str, Any], ...]:
    return tuple(
        _block(everywhere, *(each for each in ranges if (":" in each) == (":" in everywhere)))
        for everywhere in ("0.0.0.0/0", "::/0")
    )


def _block(cidr: str, *but: str) -> dict[str, Any]:
    block: dict[str, Any] = {"cidr": cidr}
    if but:
        block["except"] = list(but)
    return {"ipBlock": block}
