"""Everything that runs the product's own image, rendered from one object.

Web and worker must agree on image, secret key, database, queue and bucket, or mails are lost and
data becomes unreadable; so they and all jobs are made here from the same pieces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.model.size import Resources
from stacks import kind, pod, postgresql, redis
from stacks.decidim import environment
from stacks.decidim.order import DATABASE, QUEUE, WEB, WEB_PORT, WORKER, DecidimOrder
from stacks.order import APPLICATION, selector
from stacks.parts import deployment, resource, secret, service, settings
from stacks.reachable import reachable
from stacks.resource import Resource

RUNNERS_PATH = "/orchestrator/runners"
SCRATCH_SIZE = "1Gi"
WEB_GRACE_S = 45
# Quiet first, so that no job is begun; then up to a minute for those in hand (decidim.md 2.6).
WORKER_GRACE_S = 75
# The entrance needs a moment to hear that a copy is going.
LEAVE = ("sleep", "5")
QUIET = ("sh", "-c", "kill -TSTP 1; sleep 5")


@dataclass(frozen=True)
class Application:
    """The one object: image, environment, files and identity of every process of the product."""

    order: DecidimOrder
    settings: Resource
    credentials: Resource
    runners: Resource

    @property
    def readings(self) -> tuple[Resource, ...]:
        """What the processes read, made before any of them."""
        return (self.settings, self.credentials, self.runners)

    def container(
        self,
        name: str,
        arguments: tuple[str, ...],
        resources: Resources,
        **further: Any,
    ) -> pod.Container:
        """A container of the product; what differs between processes is all that is told."""
        return pod.Container(
            name=name,
            image=self.order.image(self.order.release.image),
            resources=resources,
            arguments=arguments,
            environment_from=(
                {"configMapRef": {"name": self.settings.name}},
                {"secretRef": {"name": self.credentials.name}},
            ),
            **further,
        )

    @property
    def volumes(self) -> tuple[pod.Volume, ...]:
        """What every process may write, and the runner scripts."""
        writable = tuple(
            pod.scratch(f"writable-{number}", path, SCRATCH_SIZE)
            for number, path in enumerate(self.order.release.writable)
        )
        runners = pod.configuration_files("runners", RUNNERS_PATH, self.runners.name)
        return (*writable, runners)

    def labels(self, workload: str) -> dict[str, str]:
        """Labels by which the network policies know the product's own pods."""
        return self.order.labels_of(workload, role=APPLICATION)

    @property
    def reachable(self) -> pod.Container:
        """Ends as soon as database and queue answer; runs before every process of the product."""
        order = self.order
        places = (f"{DATABASE}/{postgresql.PORT}", f"{QUEUE}/{redis.PORT}")
        return reachable(order.image(order.release.image), order.size.job, places)

    def once(self, name: str, arguments: tuple[str, ...]) -> dict[str, Any]:
        """The spec of a pod that runs to its end."""
        return pod.Pod(
            account=APPLICATION,
            container=self.container(name, arguments, self.order.size.job),
            volumes=self.volumes,
            restart="Never",
            user=self.order.release.user,
            first=self.reachable,
        ).spec()


def application(order: DecidimOrder) -> Application:
    """The object itself; what it reads is named by its content, so a change rolls every process."""
    return Application(
        order,
        settings(order, "settings", APPLICATION, environment.settings(order)),
        secret(order, "credentials", APPLICATION, environment.credentials(order)),
        settings(order, "runners", APPLICATION, dict(sorted(order.runners.items()))),
    )


def processes(parts: Application) -> tuple[Resource, ...]:
    """Web and worker, the web's address, and how many copies a drained node may take."""
    order = parts.order
    return (
        service(order, WEB, WEB_PORT),
        _web(parts),
        _worker(parts),
        *(
            _disruption_budget(order, workload)
            for workload, size in ((WEB, order.size.web), (WORKER, order.size.worker))
            if size.replicas > 1 and not order.ended
        ),
    )


def _web(parts: Application) -> Resource:
    order, size = parts.order, parts.order.size.web
    release = order.release
    container = parts.container(
        WEB,
        release.web,
        size.resources,
        port=release.port,
        probes={
            "startupProbe": pod.port_probe(release.port, period_s=3, failures=100),
            # It fails while the schema is not the code's, so it must not restart anything.
            "readinessProbe": _readiness(order),
            "livenessProbe": pod.port_probe(release.port, period_s=15, failures=6),
        },
        before_stop=LEAVE,
    )
    return _deployment(parts, WEB, container, WEB_GRACE_S, size.replicas)


def _worker(parts: Application) -> Resource:
    size = parts.order.size.worker
    container = parts.container(
        WORKER, parts.order.release.worker, size.resources, before_stop=QUIET
    )
    return _deployment(parts, WORKER, container, WORKER_GRACE_S, size.replicas)


def _deployment(
    parts: Application, workload: str, container: pod.Container, grace_s: int, replicas: int
) -> Resource:
    body = pod.Pod(
        account=APPLICATION,
        container=container,
        volumes=parts.volumes,
        grace_s=grace_s,
        user=parts.order.release.user,
        first=parts.reachable,
    )
    spread = {"topologySpreadConstraints": [_spread(workload)]} if replicas > 1 else {}
    # The worker answers no probe: it counts as well once it has lived for a few seconds.
    settled = {} if container.port else {"minReadySeconds": 5}
    further: Mapping[str, Any] = {
        # After the last day of a training nothing runs; data and volumes stay until it is retired.
        "replicas": 0 if parts.order.ended else replicas,
        "progressDeadlineSeconds": 600,
        **settled,
    }
    return deployment(parts.order, parts.labels(workload), body.spec(spread), further)


def _readiness(order: DecidimOrder) -> dict[str, Any]:
    headers = {"Host": order.instance.domain, "X-Forwarded-Proto": "https"}
    return {
        "httpGet": {
            "path": order.release.probe.readiness,
            "port": order.release.port,
            "httpHeaders": [{"name": name, "value": value} for name, value in headers.items()],
        },
        "periodSeconds": 5,
        "timeoutSeconds": 5,
        "failureThreshold": 3,
    }


def _spread(workload: str) -> dict[str, Any]:
    return {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": selector(workload)},
    }


def _disruption_budget(order: DecidimOrder, workload: str) -> Resource:
    spec = {"maxUnavailable": 1, "selector": {"matchLabels": selector(workload)}}
    return resource(order, kind.POD_DISRUPTION_BUDGET, workload, {"spec": spec})
