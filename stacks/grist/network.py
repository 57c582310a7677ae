"""Who may talk to whom within and around an instance of Grist."""

from __future__ import annotations

from urllib.parse import urlsplit

from stacks import database_backups, network, postgresql, redis
from stacks.grist.order import DATABASE, QUEUE, WEB, GristOrder
from stacks.order import APPLICATION, selector
from stacks.place import Service
from stacks.resource import Resource

BACKING = ((DATABASE, postgresql.PORT), (QUEUE, redis.PORT))


def policies(order: GristOrder) -> tuple[Resource, ...]:
    """The default refusal and every opening."""
    door = network.entrance(order, order.release.port)
    ways = [
        *(network.to_workload(name, port) for name, port in BACKING),
        network.names(order),
        *network.outside(order, (order.place.objects.service, _provider(order))),
    ]
    return (
        network.refusal(order),
        network.policy(order, APPLICATION, network.PODS, egress=ways),
        network.policy(order, WEB, {"matchLabels": selector(WEB)}, ingress=[door]),
        *(
            network.backing(order, name, port, database_backups.FURTHER.get(name, ()))
            for name, port in BACKING
        ),
        database_backups.openings(order),
    )


def _provider(order: GristOrder) -> Service:
    """Where people sign in: the one way out that is not to the instance's own services."""
    own = order.instance.login
    if own is None:
        return order.place.identity
    parts = urlsplit(own.issuer)
    return Service(parts.hostname or "", parts.port or network.HTTPS, own.network)
