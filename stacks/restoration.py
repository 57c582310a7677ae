"""A database brought back from its backups by a job, while nothing of the instance runs."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.model.restoration import Target
from stacks import backups, kind, pod, postgresql
from stacks.order import AnyOrder
from stacks.parts import template
from stacks.resource import Resource, content_name, find

NAME = "restore-database"
LONGEST_S = 6 * 3600
TRIES_AGAIN = 2


def restored(order: AnyOrder, resources: tuple[Resource, ...]) -> tuple[Resource, ...]:
    """All resources and the job, which comes after everything has stopped."""
    if order.target is None:
        return resources
    before = tuple(one.key for one in resources if one.kind in kind.WORKLOADS)
    made = _job(order, order.target, resources)
    return (*resources, replace(made, depends_on=before))


def _job(order: AnyOrder, target: Target, resources: tuple[Resource, ...]) -> Resource:
    settings = find(resources, "configmap/backups")
    reading = find(resources, "secret/backups-reading")
    labels = backups.job_labels(order, NAME)
    container = pod.Container(
        name=NAME,
        image=order.image("postgresql"),
        resources=order.size.database.resources,
        command=("/usr/local/bin/postgres-restore",),
        environment={
            "RESTORE_ID": target.id,
            "RESTORE_SET": target.base,
            "RESTORE_TYPE": target.kind,
            "RESTORE_TARGET": target.value,
            "RESTORE_TIMELINE": str(target.timeline),
            **backups.environment(order),
        },
    )
    body = pod.Pod(
        account=postgresql.DATABASE,
        container=container,
        volumes=(
            pod.claimed("data", "/var/lib/postgresql/data", postgresql.CLAIM),
            pod.scratch("socket", "/run/postgresql", "16Mi"),
            pod.scratch("tmp", "/tmp", "256Mi"),  # noqa: S108 - a mount of the pod's own
            *backups.volumes(settings, reading),
        ),
        restart="Never",
        grace_s=10,
    )
    spec = {
        "backoffLimit": TRIES_AGAIN,
        "activeDeadlineSeconds": LONGEST_S,
        "template": template(labels, body.spec()),
    }
    return Resource(
        kind.JOB,
        f"job/{NAME}",
        content_name(NAME, spec),
        order.namespace,
        labels,
        {"spec": spec},
    )
