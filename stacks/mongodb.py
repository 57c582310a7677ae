"""MongoDB: one server that asks who is there, on a volume of its own, with a user a database."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.model.size import Storage
from stacks import parts, pod
from stacks.order import AnyOrder
from stacks.resource import Resource

READER = "keeper"
"""The user of `admin` that reads databases for backups, and writes to none."""

DATABASE = "database"
PORT = 27017
GRACE_S = 60


def database(
    order: AnyOrder, storage: Storage, users: Mapping[str, str], *, read: bool = False
) -> tuple[tuple[Resource, ...], tuple[Resource, ...]]:
    """What the server reads, and the server itself.

    `users` are databases by the name of their user, whose password is the secret
    `database_<user>_password`; each belongs to its database and may read and write that one alone.
    With `read` there is one more, who may read them all.
    """
    content = {
        f"{name}_password": order.secret(f"database_{name}_password")
        for name in ("root", *sorted(users))
    }
    if read:
        content[f"{READER}_password"] = order.secret("backup_password")
    passwords = parts.secret(order, DATABASE, DATABASE, content)
    words = (f"{user}:{name}" for user, name in sorted(users.items()))
    body = pod.Pod(
        account=DATABASE,
        container=pod.Container(
            name=DATABASE,
            image=order.image("mongodb"),
            resources=storage.resources,
            environment={
                "MONGO_USERS": " ".join(words),
                **({"MONGO_READERS": f"{READER}:{','.join(users.values())}"} if read else {}),
            },
            port=PORT,
            probes={
                # The command signs in: a server that lets nobody in is not ready.
                "startupProbe": pod.command_probe("mongod-ready", period_s=1, failures=300),
                "readinessProbe": pod.command_probe("mongod-ready", period_s=15),
                "livenessProbe": pod.port_probe(PORT, period_s=20, failures=6),
            },
        ),
        volumes=(
            pod.Volume("data", "/data/db", None),
            pod.secret_files("passwords", "/run/secrets/mongodb", passwords.name),
            pod.scratch("tmp", "/tmp", "64Mi"),  # noqa: S108 - a mount of the pod's own
        ),
        grace_s=GRACE_S,
    )
    server = parts.stateful_set(order, DATABASE, body, storage.volume)
    return (passwords,), (parts.service(order, DATABASE, PORT), server)
