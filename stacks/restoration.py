"""A database brought back from its backups, or made anew, by a job while nothing else runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from orchestrator.model.restoration import Reload, Target
from stacks import backups, kind, pod, postgresql
from stacks.order import AnyOrder
from stacks.parts import template
from stacks.resource import Resource, content_name, find

NAME = "restore-database"
RELOAD = "reload-database"
LONGEST_S = 6 * 3600
TRIES_AGAIN = 2


def restored(order: AnyOrder, resources: tuple[Resource, ...]) -> tuple[Resource, ...]:
    """All resources and the job, which comes after everything has stopped."""
    if isinstance(order.target, Reload):
        return last(resources, _reloading(order, order.target))
    if isinstance(order.target, Target):
        return last(resources, _restoring(order, order.target, resources))
    return resources


def _restoring(order: AnyOrder, target: Target, resources: tuple[Resource, ...]) -> Resource:
    settings = find(resources, "configmap/backups")
    reading = find(resources, "secret/backups-reading")
    environment = {
        "RESTORE_ID": target.id,
        "RESTORE_SET": target.base,
        "RESTORE_TYPE": target.kind,
        "RESTORE_TARGET": target.value,
        "RESTORE_TIMELINE": str(target.timeline),
        **backups.environment(order),
    }
    labels = backups.job_labels(order, NAME)
    return _job(order, "postgres-restore", labels, environment, backups.volumes(settings, reading))


def _reloading(order: AnyOrder, target: Reload) -> Resource:
    """Without any role: nothing lets it out, and nothing to it."""
    environment = {
        "RELOAD_ID": target.id,
        "DATABASE_NAME": target.database,
        "DATABASE_ROLE": target.database,
    }
    return _job(order, "postgres-reload", order.labels_of(RELOAD), environment, ())


def _job(
    order: AnyOrder,
    script: str,
    labels: Mapping[str, str],
    environment: Mapping[str, str],
    further: tuple[pod.Volume, ...],
) -> Resource:
    name = labels["app.kubernetes.io/name"]
    container = pod.Container(
        name=name,
        image=order.image("postgresql"),
        resources=order.size.database.resources,
        command=(f"/usr/local/bin/{script}",),
        environment=environment,
    )
    body = pod.Pod(
        account=postgresql.DATABASE,
        container=container,
        volumes=(
            pod.claimed("data", "/var/lib/postgresql/data", postgresql.CLAIM),
            pod.scratch("socket", "/run/postgresql", "16Mi"),
            pod.scratch("tmp", "/tmp", "256Mi"),  # noqa: S108 - a mount of the pod's own
            *further,
        ),
        restart="Never",
        grace_s=10,
    )
    return once(order, labels, body)


def last(resources: tuple[Resource, ...], job: Resource) -> tuple[Resource, ...]:
    """All resources and a job, which comes after everything that runs has changed."""
    before = tuple(one.key for one in resources if one.kind in kind.WORKLOADS)
    return (*resources, replace(job, depends_on=before))


def once(order: AnyOrder, labels: Mapping[str, str], body: pod.Pod) -> Resource:
    """A job named by its content, so that another one is another job."""
    name = labels["app.kubernetes.io/name"]
    spec = {
        "backoffLimit": TRIES_AGAIN,
        "activeDeadlineSeconds": LONGEST_S,
        "template": template(labels, body.spec()),
    }
    return Resource(
        kind.JOB,
        f"job/{name}",
        content_name(name, spec),
        order.namespace,
        labels,
        {"spec": spec},
    )
