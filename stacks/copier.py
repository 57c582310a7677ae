"""The pod that carries every version of the instance's objects into the store of its backups.

Only for products that destroy versions themselves. It reads the instance's bucket with a key that
changes nothing, and writes to the backups with the one that deletes nothing.
"""

from __future__ import annotations

from orchestrator.products.holdings import COPIER
from stacks import parts, pod
from stacks.backups import AUTHORITY_FILE, job_labels
from stacks.network import outside, policy
from stacks.order import AnyOrder, selector
from stacks.resource import Resource

EVERY_S = 5
"""Seconds from one round to the next."""
KEYS_PATH = "/run/secrets/copier"
SETTINGS_PATH = "/etc/orchestrator/copier"
SCRATCH_PATH = "/var/spool/copier"
GRACE_S = 15


def copier(order: AnyOrder, room: str) -> tuple[tuple[Resource, ...], tuple[Resource, ...]]:
    """What it reads, and itself; nothing for a copy. `room` holds the largest object it carries."""
    if order.is_copy:
        return (), ()
    content = {AUTHORITY_FILE: order.place.authority}
    settings = parts.settings(order, COPIER, COPIER, content)
    keys = parts.secret(
        order,
        COPIER,
        COPIER,
        {
            "source_access_key": order.secret("backup_reader_access_key"),
            "source_secret_key": order.secret("backup_reader_secret_key"),
            "target_access_key": order.secret("backup_writer_access_key"),
            "target_secret_key": order.secret("backup_writer_secret_key"),
        },
    )
    container = pod.Container(
        name=COPIER,
        image=order.image(COPIER),
        resources=order.size.copier,
        environment=_environment(order),
        probes={
            "startupProbe": pod.command_probe("copier-ready", period_s=2, failures=60),
            "readinessProbe": pod.command_probe("copier-ready", period_s=10),
        },
    )
    body = pod.Pod(
        account=COPIER,
        container=container,
        volumes=(
            pod.configuration_files("settings", SETTINGS_PATH, settings.name),
            pod.secret_files("keys", KEYS_PATH, keys.name),
            pod.scratch("scratch", SCRATCH_PATH, room),
        ),
        grace_s=GRACE_S,
    )
    deployment = parts.deployment(
        order,
        job_labels(order, COPIER),
        body.spec(),
        {"replicas": 1, "progressDeadlineSeconds": 600},
        parts.RECREATE,
    )
    pods = {"matchLabels": selector(COPIER)}
    # To the backups leads what all pods have that write them; this is the way to what is copied.
    way = policy(order, COPIER, pods, egress=outside(order, (order.place.objects.service,)))
    return (settings, keys, way), (deployment,)


def _environment(order: AnyOrder) -> dict[str, str]:
    given = {
        "SOURCE_ENDPOINT": order.place.objects.endpoint,
        "SOURCE_BUCKET": order.names.bucket,
        "TARGET_ENDPOINT": order.place.backups.endpoint,
        "TARGET_BUCKET": order.names.backup_bucket,
        "REGION": order.place.backups.region,
        "EVERY_S": str(EVERY_S),
        "KEYS": KEYS_PATH,
        "SCRATCH": SCRATCH_PATH,
    }
    if order.place.authority:
        given["AUTHORITY"] = f"{SETTINGS_PATH}/{AUTHORITY_FILE}"
    return given
