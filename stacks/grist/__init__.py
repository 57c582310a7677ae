"""One instance of Grist, from its values to the resources of its namespace."""

from __future__ import annotations

from orchestrator.products.holdings import COPIER
from stacks import database_backups
from stacks.copier import copier
from stacks.entrance import certificate
from stacks.grist.application import application
from stacks.grist.entrance import entrance
from stacks.grist.network import policies
from stacks.grist.order import DATABASE, DATABASE_NAME, QUEUE, WEB, GristOrder
from stacks.order import APPLICATION
from stacks.postgresql import kept_database
from stacks.redis import queue
from stacks.resource import Resource, layered
from stacks.restoration import restored
from stacks.space import accounts, limits, namespace
from stacks.stage import staged

ACCOUNTS = (APPLICATION, DATABASE, QUEUE, COPIER)


def resources(order: GristOrder) -> tuple[Resource, ...]:
    """Everything the instance needs, in the order in which it can come about.

    Raises:
        KeyError: The platform has no image of a name that the release asks for.
    """
    tls = certificate(order, WEB)
    readings, server = application(order)
    database_readings, database_parts = kept_database(order, order.size.database, DATABASE_NAME)
    queue_readings, queue_parts = queue(order, order.size.queue)
    copier_readings, copying = copier(order, order.size.documents)
    nightly = database_backups.schedules(order, database_readings)
    wanted = layered(
        (
            (namespace(order),),
            (
                *limits(order),
                *accounts(order, ACCOUNTS),
                *policies(order),
                *readings,
                tls,
                *database_readings,
                *queue_readings,
                *copier_readings,
            ),
            (*database_parts, *queue_parts, *copying),
            (*server, *nightly),
            entrance(order, tls),
        )
    )
    return restored(order, staged(order.stage, wanted, quarantined=order.quarantined))
