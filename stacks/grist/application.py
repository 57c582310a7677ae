"""The one server: never two of them, because an open document is held by exactly one (A6)."""

from __future__ import annotations

from typing import Any

from stacks import parts, pod, postgresql, redis
from stacks.grist import environment
from stacks.grist.order import DATABASE, QUEUE, WEB, WEB_PORT, GristOrder
from stacks.order import APPLICATION
from stacks.reachable import reachable
from stacks.resource import Resource

# The server brings changed documents to the bucket before it goes, for up to 25 s.
GRACE_S = 60
TEMPORARY_SIZE = "1Gi"
# The entrance needs a moment to hear that the server is going.
LEAVE = ("sleep", "3")


def application(order: GristOrder) -> tuple[tuple[Resource, ...], tuple[Resource, ...]]:
    """What the server reads, and the server itself with its address."""
    settings = parts.settings(order, "settings", APPLICATION, environment.settings(order))
    credentials = parts.secret(order, "credentials", APPLICATION, environment.credentials(order))
    readings = [settings, credentials]
    volumes = list(_writable(order))
    if text := order.place.authority:
        authority = parts.settings(
            order, "authority", APPLICATION, {environment.AUTHORITY_FILE: text}
        )
        readings.append(authority)
        volumes.append(
            pod.configuration_files("authority", environment.AUTHORITY_FOLDER, authority.name)
        )
    container = pod.Container(
        name=WEB,
        image=order.image(order.release.image),
        resources=order.size.web,
        environment_from=(
            {"configMapRef": {"name": settings.name}},
            {"secretRef": {"name": credentials.name}},
        ),
        port=order.release.port,
        probes={
            "startupProbe": pod.port_probe(order.release.port, period_s=2, failures=150),
            "readinessProbe": _readiness(order),
            "livenessProbe": pod.port_probe(order.release.port, period_s=15, failures=6),
        },
        before_stop=LEAVE,
    )
    places = (f"{DATABASE}/{postgresql.PORT}", f"{QUEUE}/{redis.PORT}")
    body = pod.Pod(
        account=APPLICATION,
        container=container,
        volumes=tuple(volumes),
        grace_s=GRACE_S,
        user=order.release.user,
        first=reachable(order.image(order.release.image), order.size.job, places),
    )
    server = parts.deployment(
        order,
        order.labels_of(WEB, role=APPLICATION),
        body.spec(),
        {"replicas": 1, "progressDeadlineSeconds": 600},
        parts.RECREATE,
    )
    return tuple(readings), (parts.service(order, WEB, WEB_PORT), server)


def _writable(order: GristOrder) -> tuple[pod.Volume, ...]:
    """The first folder holds open documents; they are in the bucket seconds after a change."""
    first, *others = order.release.writable
    return (
        pod.scratch("documents", first, order.size.documents),
        *(
            pod.scratch(f"writable-{number}", path, TEMPORARY_SIZE)
            for number, path in enumerate(others)
        ),
    )


def _readiness(order: GristOrder) -> dict[str, Any]:
    return {
        "httpGet": {"path": order.release.probe.readiness, "port": order.release.port},
        "periodSeconds": 3,
        "timeoutSeconds": 5,
        "failureThreshold": 3,
    }
