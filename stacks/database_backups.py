"""Base backups of a database at their times, by a pod of their own.

It reads the server's files beside the server, so it runs on the server's node, with the volume
mounted for reading alone; to the server it is a role that can begin and end a backup.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.model.release import Schedule
from stacks import backups, pod, postgresql
from stacks.network import policy, to_workload
from stacks.order import AnyOrder, selector
from stacks.parts import beside
from stacks.resource import Resource, find
from stacks.schedule import cron_job

NAME = "backup-database"
LONGEST_S = 6 * 3600
FURTHER: Mapping[str, tuple[Mapping[str, Any], ...]] = {
    postgresql.DATABASE: ({"matchLabels": selector(NAME)},)
}
"""Who reaches a data service beside the product's own pods: what begins and ends its backups."""
_WHY = "A base to begin from when the database is brought back"
FULL = Schedule(name=f"{NAME}-full", task="full", cron="M 1 * * 0", why=_WHY)
DIFFERENTIAL = Schedule(name=f"{NAME}-diff", task="diff", cron="M 1 * * 1-6", why=_WHY)


def schedules(order: AnyOrder, readings: tuple[Resource, ...]) -> tuple[Resource, ...]:
    """A full one a week and what changed since then every other night; of a copy none."""
    if order.is_copy:
        return ()
    settings, writer = find(readings, "configmap/backups"), find(readings, "secret/backups")
    return tuple(_one(order, each, settings, writer) for each in (FULL, DIFFERENTIAL))


def openings(order: AnyOrder) -> Resource:
    """The way of those pods to the server."""
    egress = [to_workload(postgresql.DATABASE, postgresql.PORT)]
    return policy(order, NAME, {"matchLabels": selector(NAME)}, egress=egress)


def _one(order: AnyOrder, schedule: Schedule, settings: Resource, writer: Resource) -> Resource:
    container = pod.Container(
        name=NAME,
        image=order.image("postgresql"),
        resources=order.size.job,
        command=("/usr/local/bin/postgres-backup",),
        arguments=(schedule.task,),
        environment={
            "PGHOST": postgresql.DATABASE,
            "PGBACKREST_PG1_USER": "backup",
            "BACKUPS_PASSWORD_FILE": f"{backups.SECRETS_PATH}/password",
            **backups.environment(order),
        },
    )
    body = pod.Pod(
        account=postgresql.DATABASE,
        container=container,
        volumes=(
            pod.claimed("data", "/var/lib/postgresql/data", postgresql.CLAIM, read_only=True),
            pod.scratch("tmp", "/tmp", "64Mi"),  # noqa: S108 - a mount of the pod's own
            *backups.volumes(settings, writer),
        ),
        restart="Never",
    )
    # A volume that is written to is on one node alone.
    spec = body.spec({"affinity": beside(postgresql.DATABASE)})
    return cron_job(order, schedule, backups.job_labels(order, NAME), spec, LONGEST_S)
