"""PostgreSQL: one server with one database, on a volume of its own, and its backups."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestrator.model.restoration import Target
from orchestrator.model.size import Storage
from stacks import backups, parts, pod
from stacks.order import KEEPER, AnyOrder
from stacks.resource import Resource

DATABASE = "database"
PORT = 5432
# A clean stop writes a checkpoint; without it the next start replays the log for minutes.
GRACE_S = 120
CLAIM = "data-database-0"
"""The volume's claim, as the StatefulSet names it."""
LOCAL = {"PGBACKREST_PG1_SOCKET_PATH": "/run/postgresql", "PGBACKREST_PG1_USER": "postgres"}
"""How the backup engine meets the server in the server's own pod."""


def database(
    order: AnyOrder, storage: Storage, name: str
) -> tuple[tuple[Resource, ...], tuple[Resource, ...]]:
    """What the server reads, and the server itself; its database and role are called `name`."""
    return _database(order, storage, name, ())


def kept_database(
    order: AnyOrder, storage: Storage, name: str
) -> tuple[tuple[Resource, ...], tuple[Resource, ...]]:
    """The same with its log and its bases in the store of backups.

    A copy has none: it reads those of the instance while it is brought back, and that is all.
    """
    settings = backups.settings(order)
    back = isinstance(order.target, Target)
    reading = (backups.auditor(order), backups.openings(order)) if back else ()
    if order.is_copy:
        readings, server = _database(order, storage, name, ())
        volume = parts.claim(order, CLAIM, DATABASE, storage.volume)
        return (*readings, volume, *((settings, *reading) if reading else ())), server
    writer = backups.writer(order)
    readings, server = _database(order, storage, name, backups.volumes(settings, writer))
    ways = reading or (backups.openings(order),)
    return (*readings, settings, writer, *ways), server


def _database(
    order: AnyOrder, storage: Storage, name: str, kept: tuple[pod.Volume, ...]
) -> tuple[tuple[Resource, ...], tuple[Resource, ...]]:
    passwords = _passwords(order)
    probe = _probe_of(name)
    body = pod.Pod(
        account=DATABASE,
        container=pod.Container(
            name=DATABASE,
            image=order.image("postgresql"),
            resources=storage.resources,
            environment={
                "DATABASE_ROLE": name,
                "DATABASE_NAME": name,
                **({**LOCAL, **backups.environment(order)} if kept else {}),
            },
            port=PORT,
            probes={
                # By TCP: while the server makes itself ready it only listens on its socket.
                "startupProbe": probe(period_s=2, failures=150),
                "readinessProbe": probe(period_s=10, failures=3),
                "livenessProbe": probe(period_s=30, failures=6),
            },
        ),
        volumes=(
            pod.Volume("data", "/var/lib/postgresql/data", None),
            pod.secret_files("passwords", "/run/secrets/database", passwords.name),
            pod.scratch("socket", "/run/postgresql", "16Mi"),
            pod.scratch("tmp", "/tmp", "256Mi"),  # noqa: S108 - a mount of the pod's own
            *kept,
        ),
        grace_s=GRACE_S,
    )
    role = KEEPER if kept else ""
    server = parts.stateful_set(order, DATABASE, body, storage.volume, role=role)
    return (passwords,), (parts.service(order, DATABASE, PORT), server)


def _passwords(order: AnyOrder) -> Resource:
    content = {
        "superuser_password": order.secret("database_superuser_password"),
        "password": order.secret("database_password"),
    }
    return parts.secret(order, DATABASE, DATABASE, content)


def _probe_of(name: str) -> Callable[..., dict[str, Any]]:
    command = (
        "pg_isready",
        "--quiet",
        "--host=127.0.0.1",
        f"--username={name}",
        f"--dbname={name}",
    )

    def probe(*, period_s: int, failures: int) -> dict[str, Any]:
        return pod.command_probe(*command, period_s=period_s, failures=failures)

    return probe
