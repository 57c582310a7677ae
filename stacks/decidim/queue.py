"""Redis: the queue of the worker, kept on a volume because a job lost is a mail never sent."""

from __future__ import annotations

from orchestrator.model.size import amount
from stacks import kind, pod
from stacks.decidim.order import QUEUE, QUEUE_PORT, Order
from stacks.decidim.parts import service, stateful_set
from stacks.resource import Resource, content_name

# Rewriting its file forks the server, which then needs room beside the data itself.
SHARE_OF_MEMORY = 0.6
MEBIBYTE = 2**20
GRACE_S = 60


def queue(order: Order) -> tuple[tuple[Resource, ...], tuple[Resource, ...]]:
    """What the server reads, and the server itself."""
    password = _password(order)
    storage = order.size.queue
    memory_mb = int(amount(storage.resources.memory_limit) * SHARE_OF_MEMORY / MEBIBYTE)
    body = pod.Pod(
        account=QUEUE,
        container=pod.Container(
            name=QUEUE,
            image=order.image("redis"),
            resources=storage.resources,
            environment={"MEMORY_MB": str(memory_mb)},
            port=QUEUE_PORT,
            probes={
                "startupProbe": pod.command_probe("redis-ready", period_s=2, failures=150),
                "readinessProbe": pod.command_probe("redis-ready", period_s=15),
                "livenessProbe": pod.port_probe(QUEUE_PORT, period_s=20, failures=6),
            },
        ),
        volumes=(
            pod.Volume("data", "/data", None),
            pod.secret_files("password", "/run/secrets/redis", password.name),
            pod.scratch("run", "/run/redis", "1Mi"),
        ),
        grace_s=GRACE_S,
    )
    server = stateful_set(order, QUEUE, body, storage.volume)
    return (password,), (service(order, QUEUE, QUEUE_PORT), server)


def _password(order: Order) -> Resource:
    content = {"password": order.secret("queue_password")}
    return Resource(
        kind.SECRET,
        "secret/queue",
        content_name("queue", content),
        order.namespace,
        order.labels_of(QUEUE),
        {"type": "Opaque", "stringData": content},
    )
