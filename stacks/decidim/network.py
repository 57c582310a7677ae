"""Who may talk to whom: nobody, but for the openings listed here.

Openings between pods are written once and rendered on both sides. An opening to the outside whose
address is only known by name lets out to that port anywhere but the cluster's own ranges and those
that are never public, so no opening of one instance ever leads to another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stacks import kind
from stacks.decidim.order import (
    APPLICATION,
    CACHE,
    CACHE_PORT,
    DATABASE,
    DATABASE_PORT,
    QUEUE,
    QUEUE_PORT,
    ROLE,
    WEB,
    Order,
    selector,
)
from stacks.decidim.parts import resource
from stacks.place import Service, network_of
from stacks.resource import Resource

HTTPS = 443
DNS = 53
BACKING = ((DATABASE, DATABASE_PORT), (QUEUE, QUEUE_PORT), (CACHE, CACHE_PORT))

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

_PODS = {"matchLabels": {ROLE: APPLICATION}}
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


def policies(order: Order) -> tuple[Resource, ...]:
    """The default refusal and every opening."""
    refusal = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    return (
        resource(order, kind.NETWORK_POLICY, "refuse", {"spec": refusal}),
        _policy(order, APPLICATION, _PODS, egress=_application_openings(order)),
        _policy(order, WEB, {"matchLabels": selector(WEB)}, ingress=_entrance(order)),
        *(
            _policy(
                order,
                name,
                {"matchLabels": selector(name)},
                ingress=[Opening(({"podSelector": _PODS},), (("TCP", port),))],
            )
            for name, port in BACKING
        ),
    )


def _policy(
    order: Order,
    name: str,
    pods: Mapping[str, Any],
    *,
    ingress: Sequence[Opening] | None = None,
    egress: Sequence[Opening] | None = None,
) -> Resource:
    spec: dict[str, Any] = {"podSelector": dict(pods), "policyTypes": []}
    # A rule without peers would mean everybody, so an opening without any is left out.
    if ingress is not None:
        spec["policyTypes"].append("Ingress")
        spec["ingress"] = [opening.rule("from") for opening in ingress if opening.peers]
    if egress is not None:
        spec["policyTypes"].append("Egress")
        spec["egress"] = [opening.rule("to") for opening in egress if opening.peers]
    return resource(order, kind.NETWORK_POLICY, name, {"spec": spec})


def _entrance(order: Order) -> list[Opening]:
    entrance = order.place.entrance
    peers: list[Mapping[str, Any]] = [_block(source) for source in entrance.sources]
    if entrance.namespace:
        labels = {"kubernetes.io/metadata.name": entrance.namespace}
        peers.append({"namespaceSelector": {"matchLabels": labels}})
    return [Opening(tuple(peers), (("TCP", order.release.port),))]


def _application_openings(order: Order) -> list[Opening]:
    names = [_block(network_of(address)) for address in order.place.name_servers]
    openings = [
        Opening(({"podSelector": {"matchLabels": selector(name)}},), (("TCP", port),))
        for name, port in BACKING
    ]
    openings.append(Opening((*names, _CLUSTER_DNS), (("UDP", DNS), ("TCP", DNS))))
    openings += [_outside(order, service) for service in _services(order)]
    return openings


def _services(order: Order) -> list[Service]:
    services = [order.place.objects.service, _relay(order)]
    if _needs_internet(order):
        services.append(Service("", HTTPS, ""))
    return list(dict.fromkeys(services))


def _relay(order: Order) -> Service:
    mail = order.instance.mail
    return Service(mail.host, mail.port, "") if mail.host else order.place.relay.service


def _needs_internet(order: Order) -> bool:
    """Whether the product itself asks others: an identity provider, or a geocoder of maps."""
    live = any(provider.state == "live" for provider in order.instance.login)
    return live or order.instance.maps.provider != "none"


def _outside(order: Order, service: Service) -> Opening:
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
