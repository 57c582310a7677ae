"""One instance of Decidim, from its values to the resources of its namespace."""

from __future__ import annotations

from stacks.decidim.application import application, processes
from stacks.decidim.cache import cache
from stacks.decidim.database import database
from stacks.decidim.entrance import certificate, entrance
from stacks.decidim.migration import migration
from stacks.decidim.network import policies
from stacks.decidim.order import Order
from stacks.decidim.queue import queue
from stacks.decidim.schedules import schedules
from stacks.decidim.space import accounts, limits, namespace
from stacks.resource import Resource, layered

__all__ = ["Order", "resources"]


def resources(order: Order) -> tuple[Resource, ...]:
    """Everything the instance needs, in the order in which it can come about.

    Raises:
        KeyError: The platform has no image of a name that the release asks for.
    """
    parts = application(order)
    tls = certificate(order)
    database_readings, database_parts = database(order)
    queue_readings, queue_parts = queue(order)
    return layered(
        (
            (namespace(order),),
            (
                *limits(order),
                *accounts(order),
                *policies(order),
                *parts.readings,
                tls,
                *database_readings,
                *queue_readings,
            ),
            (*database_parts, *queue_parts, *cache(order)),
            (migration(parts),),
            (*processes(parts), *schedules(parts)),
            entrance(order, tls),
        )
    )
