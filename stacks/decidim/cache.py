"""Memcached of the instance's own: a shared one would serve one town's pages to another.

Every instance's organisation has the number 1, so cache keys of two instances are alike.
"""

from __future__ import annotations

from orchestrator.model.size import amount
from stacks import pod
from stacks.decidim.order import CACHE, CACHE_PORT, DecidimOrder
from stacks.parts import deployment, service
from stacks.resource import Resource

# Connections and slab overhead come on top of the data.
SHARE_OF_MEMORY = 0.7
MEBIBYTE = 2**20


def cache(order: DecidimOrder) -> tuple[Resource, ...]:
    """The service and the one copy behind it."""
    resources = order.size.cache
    memory_mb = int(amount(resources.memory_limit) * SHARE_OF_MEMORY / MEBIBYTE)
    body = pod.Pod(
        account=CACHE,
        container=pod.Container(
            name=CACHE,
            image=order.image("memcached"),
            resources=resources,
            environment={"MEMORY_MB": str(memory_mb)},
            port=CACHE_PORT,
            probes={
                "readinessProbe": pod.port_probe(CACHE_PORT),
                "livenessProbe": pod.port_probe(CACHE_PORT, period_s=20, failures=6),
            },
        ),
    )
    copies = deployment(order, order.labels_of(CACHE), body.spec(), {"replicas": 1})
    return (service(order, CACHE, CACHE_PORT), copies)
