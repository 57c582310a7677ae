"""One instance of Decidim, from its values to the resources of its namespace."""

from __future__ import annotations

from stacks import database_backups
from stacks.decidim.application import application, processes
from stacks.decidim.cache import cache
from stacks.decidim.entrance import entrance
from stacks.decidim.migration import migration
from stacks.decidim.network import policies
from stacks.decidim.order import CACHE, DATABASE, QUEUE, WEB, DecidimOrder
from stacks.decidim.schedules import schedules
from stacks.entrance import certificate
from stacks.order import APPLICATION
from stacks.postgresql import kept_database
from stacks.redis import queue
from stacks.resource import Resource, layered
from stacks.restoration import restored
from stacks.space import accounts, limits, namespace
from stacks.stage import staged

ACCOUNTS = (APPLICATION, DATABASE, QUEUE, CACHE)


def resources(order: DecidimOrder) -> tuple[Resource, ...]:
    """Everything the instance needs, in the order in which it can come about.

    Raises:
        KeyError: The platform has no image of a name that the release asks for.
    """
    parts = application(order)
    tls = certificate(order, WEB)
    database_readings, database_parts = kept_database(order, order.size.database, "decidim")
    queue_readings, queue_parts = queue(order, order.size.queue)
    nightly = database_backups.schedules(order, database_readings)
    wanted = layered(
        (
            (namespace(order),),
            (
                *limits(order),
                *accounts(order, ACCOUNTS),
                *policies(order),
                *parts.readings,
                tls,
                *database_readings,
                *queue_readings,
            ),
            (*database_parts, *queue_parts, *cache(order)),
            (migration(parts),),
            (*processes(parts), *schedules(parts), *nightly),
            entrance(order, tls),
        )
    )
    return restored(order, staged(order.stage, wanted, quarantined=order.quarantined))
