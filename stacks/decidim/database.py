"""PostgreSQL: one server with one database, on a volume of its own."""

from __future__ import annotations

from stacks import kind, pod
from stacks.decidim.order import DATABASE, DATABASE_PORT, Order
from stacks.decidim.parts import service, stateful_set
from stacks.resource import Resource, content_name

ROLE_NAME = "decidim"
DATABASE_NAME = "decidim"
# A clean stop writes a checkpoint; without it the next start replays the log for minutes.
GRACE_S = 120


def database(order: Order) -> tuple[tuple[Resource, ...], tuple[Resource, ...]]:
    """What the server reads, and the server itself."""
    passwords = _passwords(order)
    storage = order.size.database
    body = pod.Pod(
        account=DATABASE,
        container=pod.Container(
            name=DATABASE,
            image=order.image("postgresql"),
            resources=storage.resources,
            environment={"DATABASE_ROLE": ROLE_NAME, "DATABASE_NAME": DATABASE_NAME},
            port=DATABASE_PORT,
            probes={
                # By TCP: while the server makes itself ready it only listens on its socket.
                "startupProbe": _probe(period_s=2, failures=150),
                "readinessProbe": _probe(period_s=10, failures=3),
                "livenessProbe": _probe(period_s=30, failures=6),
            },
        ),
        volumes=(
            pod.Volume("data", "/var/lib/postgresql/data", None),
            pod.secret_files("passwords", "/run/secrets/database", passwords.name),
            pod.scratch("socket", "/run/postgresql", "16Mi"),
            pod.scratch("tmp", "/tmp", "256Mi"),  # noqa: S108 - a mount of the pod's own
        ),
        grace_s=GRACE_S,
    )
    server = stateful_set(order, DATABASE, body, storage.volume)
    return (passwords,), (service(order, DATABASE, DATABASE_PORT), server)


def _passwords(order: Order) -> Resource:
    content = {
        "superuser_password": order.secret("database_superuser_password"),
        "password": order.secret("database_password"),
    }
    return Resource(
        kind.SECRET,
        "secret/database",
        content_name("database", content),
        order.namespace,
        order.labels_of(DATABASE),
        {"type": "Opaque", "stringData": content},
    )


def _probe(*, period_s: int, failures: int) -> dict[str, object]:
    return pod.command_probe(
        "pg_isready",
        "--quiet",
        "--host=127.0.0.1",
        f"--username={ROLE_NAME}",
        f"--dbname={DATABASE_NAME}",
        period_s=period_s,
        failures=failures,
    )
