"""Redis on a volume of its own: a job that is lost is a mail never sent."""

from __future__ import annotations

from orchestrator.model.size import Storage, amount
from stacks import parts, pod
from stacks.order import AnyOrder
from stacks.resource import Resource

QUEUE = "queue"
PORT = 6379
# Rewriting its file forks the server, which then needs room beside the data itself.
SHARE_OF_MEMORY = 0.6
MEBIBYTE = 2**20
GRACE_S = 60


def queue(order: AnyOrder, storage: Storage) -> tuple[tuple[Resource, ...], tuple[Resource, ...]]:
    """What the server reads, and the server itself."""
    password = parts.secret(order, QUEUE, QUEUE, {"password": order.secret("queue_password")})
    memory_mb = int(amount(storage.resources.memory_limit) * SHARE_OF_MEMORY / MEBIBYTE)
    body = pod.Pod(
        account=QUEUE,
        container=pod.Container(
            name=QUEUE,
            image=order.image("redis"),
            resources=storage.resources,
            environment={"MEMORY_MB": str(memory_mb)},
            port=PORT,
            probes={
                "startupProbe": pod.command_probe("redis-ready", period_s=2, failures=150),
                "readinessProbe": pod.command_probe("redis-ready", period_s=15),
                "livenessProbe": pod.port_probe(PORT, period_s=20, failures=6),
            },
        ),
        volumes=(
            pod.Volume("data", "/data", None),
            pod.secret_files("password", "/run/secrets/redis", password.name),
            pod.scratch("run", "/run/redis", "1Mi"),
        ),
        grace_s=GRACE_S,
    )
    server = parts.stateful_set(order, QUEUE, body, storage.volume)
    return (password,), (parts.service(order, QUEUE, PORT), server)
