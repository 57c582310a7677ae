"""Who may talk to whom within and around an instance of Decidim."""

from __future__ import annotations

from stacks import database_backups, postgresql, redis
from stacks.decidim.order import CACHE, CACHE_PORT, DATABASE, QUEUE, WEB, DecidimOrder
from stacks.network import (
    HTTPS,
    PODS,
    Opening,
    backing,
    entrance,
    names,
    outside,
    policy,
    refusal,
    to_workload,
)
from stacks.order import APPLICATION, selector
from stacks.place import Service
from stacks.resource import Resource

BACKING = ((DATABASE, postgresql.PORT), (QUEUE, redis.PORT), (CACHE, CACHE_PORT))


def policies(order: DecidimOrder) -> tuple[Resource, ...]:
    """The default refusal and every opening."""
    door = entrance(order, order.release.port)
    return (
        refusal(order),
        policy(order, APPLICATION, PODS, egress=_application(order)),
        policy(order, WEB, {"matchLabels": selector(WEB)}, ingress=[door]),
        *(
            backing(order, name, port, database_backups.FURTHER.get(name, ()))
            for name, port in BACKING
        ),
        database_backups.openings(order),
    )


def _application(order: DecidimOrder) -> list[Opening]:
    return [
        *(to_workload(name, port) for name, port in BACKING),
        names(order),
        *outside(order, _services(order)),
    ]


def _services(order: DecidimOrder) -> list[Service]:
    services = [order.place.objects.service, _relay(order), *_processors(order)]
    if _needs_internet(order):
        services.append(Service("", HTTPS, ""))
    return services


def _processors(order: DecidimOrder) -> list[Service]:
    """Exactly the ranges of each AI feature's host; a policy knows no names."""
    features = order.instance.ai.of().values()
    return [Service(one.host, HTTPS, network) for one in features for network in one.network]


def _relay(order: DecidimOrder) -> Service:
    if order.tenant.training:
        return order.place.sink
    mail = order.instance.mail
    return Service(mail.host, mail.port, "") if mail.host else order.place.relay.service


def _needs_internet(order: DecidimOrder) -> bool:
    """Whether the product itself asks others: an identity provider, or a geocoder of maps."""
    live = any(provider.state == "live" for provider in order.instance.login)
    return live or order.instance.maps.provider != "none"
