"""One producer node of RUDI, from its values to the resources of its namespace."""

from __future__ import annotations

from stacks import mongodb
from stacks.entrance import certificate
from stacks.resource import Resource, layered
from stacks.rudi.entrance import entrance
from stacks.rudi.environment import users
from stacks.rudi.gate import gate, relay
from stacks.rudi.keeper import keeper, readings, restored
from stacks.rudi.modules import modules, purge, workloads
from stacks.rudi.network import policies
from stacks.rudi.order import CATALOG, GATE, KEEPER, MANAGER, PURGE, RELAY, STORAGE, RudiOrder
from stacks.schedule import cron_job
from stacks.space import accounts, limits, namespace
from stacks.stage import staged

ACCOUNTS = (mongodb.DATABASE, CATALOG, STORAGE, MANAGER, GATE, PURGE, KEEPER)


def resources(order: RudiOrder) -> tuple[Resource, ...]:
    """Everything the instance needs, in the order in which it can come about.

    Raises:
        KeyError: The platform has no image of a name that the release asks for.
    """
    found = modules(order)
    tls = certificate(order, GATE)
    database_readings, database = mongodb.database(
        order, order.size.database, users(order), read=not order.is_copy
    )
    kept = readings(order)
    gate_readings, gate_parts = gate(order, found.runners)
    names = (*ACCOUNTS, RELAY) if order.instance.portal_is_live else ACCOUNTS
    every = layered(
        (
            (namespace(order),),
            (
                *limits(order),
                *accounts(order, names),
                *policies(order),
                *found.readings,
                tls,
                *database_readings,
                *gate_readings,
                *kept,
            ),
            database,
            (
                *workloads(found),
                *gate_parts,
                *relay(order),
                *(
                    cron_job(order, each, order.labels_of(each.name), purge(found))
                    for each in order.release.schedules
                ),
            ),
            (*keeper(order, kept), *entrance(order, tls)),
        )
    )
    return restored(order, staged(order.stage, every, quarantined=order.quarantined))
