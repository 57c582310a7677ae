"""Who may talk to whom within and around a producer node."""

from __future__ import annotations

from urllib.parse import urlsplit

from stacks import mongodb
from stacks.network import (
    HTTPS,
    Opening,
    entrance,
    names,
    outside,
    policy,
    refusal,
    to_workload,
)
from stacks.order import selector
from stacks.place import Service, network_of
from stacks.resource import Resource
from stacks.rudi.environment import RELAY_PORT
from stacks.rudi.keeper import asking
from stacks.rudi.order import (
    CATALOG,
    GATE,
    GATE_PORT,
    MANAGER,
    PURGE,
    RELAY,
    STORAGE,
    RudiOrder,
)


def policies(order: RudiOrder) -> tuple[Resource, ...]:
    """The default refusal, and a policy for each workload with all its openings."""
    ports = order.release.modules
    database = to_workload(mongodb.DATABASE, mongodb.PORT)
    name_server = names(order)
    catalog = [database, name_server, *_to_relay(order)]
    to_modules = [
        to_workload(CATALOG, ports.catalog.port),
        to_workload(STORAGE, ports.storage.port),
    ]
    asked = [_from(mongodb.PORT, CATALOG, STORAGE, PURGE, *asking(order))]
    return (
        refusal(order),
        _policy(order, mongodb.DATABASE, asked, []),
        _policy(order, CATALOG, _public(order, ports.catalog.port), catalog),
        _policy(order, STORAGE, _public(order, ports.storage.port), [database, name_server]),
        _policy(order, PURGE, [], [database, name_server]),
        _policy(order, MANAGER, [_from(ports.manager.port, GATE)], [*to_modules, name_server]),
        _policy(
            order,
            GATE,
            [entrance(order, GATE_PORT)],
            [
                to_workload(MANAGER, ports.manager.port),
                name_server,
                *outside(order, [order.place.identity]),
            ],
        ),
        *_relay(order),
    )


def _public(order: RudiOrder, port: int) -> list[Opening]:
    return [entrance(order, port), _from(port, MANAGER)]


def _policy(
    order: RudiOrder, workload: str, ingress: list[Opening], egress: list[Opening]
) -> Resource:
    pods = {"matchLabels": selector(workload)}
    return policy(order, workload, pods, ingress=ingress, egress=egress)


def _from(port: int, *workloads: str) -> Opening:
    peers = tuple({"podSelector": {"matchLabels": selector(name)}} for name in workloads)
    return Opening(peers, (("TCP", port),))


def _to_relay(order: RudiOrder) -> list[Opening]:
    return [to_workload(RELAY, RELAY_PORT)] if order.instance.portal_is_live else []


def _relay(order: RudiOrder) -> tuple[Resource, ...]:
    portal = order.instance.portal
    if portal is None or not portal.live:
        return ()
    address = urlsplit(portal.url)
    host, port = address.hostname or "", address.port or HTTPS
    away = outside(order, [Service(host, port, network_of(host))])
    return (_policy(order, RELAY, [_from(RELAY_PORT, CATALOG)], [names(order), *away]),)
