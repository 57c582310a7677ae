"""Resources of kinds that several parts use, so that each is written in one way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.model.secret import Secret
from stacks import kind, pod
from stacks.order import AnyOrder, selector
from stacks.resource import Resource, content_name

# The engine would wait for endpoints, and the pods that become endpoints are waited for anyway.
WITHOUT_WAITING = {"pulumi.com/skipAwait": "true"}
_HISTORY = 3


def resource(order: AnyOrder, of: kind.Kind, name: str, body: Mapping[str, Any]) -> Resource:
    """A resource of the instance's namespace under its own name."""
    return Resource(
        of, f"{of.name.lower()}/{name}", name, order.namespace, dict(order.labels), body
    )


def secret(order: AnyOrder, name: str, workload: str, content: Mapping[str, Secret]) -> Resource:
    """A Secret named by its content, so that a change rolls what reads it."""
    return Resource(
        kind.SECRET,
        f"secret/{name}",
        content_name(name, content),
        order.namespace,
        order.labels_of(workload),
        {"type": "Opaque", "stringData": dict(content)},
    )


def settings(order: AnyOrder, name: str, workload: str, content: Mapping[str, str]) -> Resource:
    """A ConfigMap named by its content, so that a change rolls what reads it."""
    return Resource(
        kind.CONFIG_MAP,
        f"configmap/{name}",
        content_name(name, content),
        order.namespace,
        order.labels_of(workload),
        {"data": dict(content)},
    )


def service(order: AnyOrder, workload: str, port: int) -> Resource:
    """A stable address of a workload inside the cluster."""
    return Resource(
        kind.SERVICE,
        f"service/{workload}",
        workload,
        order.namespace,
        order.labels_of(workload),
        {
            "spec": {
                "type": "ClusterIP",
                "selector": selector(workload),
                "ports": [{"name": "main", "port": port, "targetPort": "main", "protocol": "TCP"}],
            }
        },
        annotations=WITHOUT_WAITING,
    )


def template(labels: Mapping[str, str], spec: Mapping[str, Any]) -> dict[str, Any]:
    """A pod template."""
    return {"metadata": {"labels": dict(labels)}, "spec": dict(spec)}


def stateful_set(
    order: AnyOrder,
    workload: str,
    body: pod.Pod,
    volume: str,
    *,
    role: str = "",
    near: str = "",
) -> Resource:
    """One copy that keeps its volume `data`; protected, because its loss is data's loss.

    It stands on the node of the workload that it is `near`.
    """
    further = {"affinity": beside(near)} if near else {}
    labels = order.labels_of(workload, role=role)
    return Resource(
        kind.STATEFUL_SET,
        f"statefulset/{workload}",
        workload,
        order.namespace,
        labels,
        {
            "spec": {
                "replicas": 1,
                "serviceName": workload,
                # Otherwise a pod that was never ready keeps its old template for ever.
                "podManagementPolicy": "Parallel",
                "revisionHistoryLimit": _HISTORY,
                "selector": {"matchLabels": selector(workload)},
                "persistentVolumeClaimRetentionPolicy": {
                    "whenDeleted": "Retain",
                    "whenScaled": "Retain",
                },
                "template": template(labels, body.spec(further)),
                "volumeClaimTemplates": [
                    {
                        "metadata": {"name": "data", "labels": dict(order.labels)},
                        "spec": _claimed(order, volume),
                    }
                ],
            }
        },
        protected=not order.is_copy,
    )


def beside(workload: str) -> Mapping[str, Any]:
    """On the node of a workload's pod, as the `affinity` of a pod says it.

    Of one alone: the scheduler looks for a pod that is all that are named.
    """
    term = {
        "labelSelector": {"matchLabels": selector(workload)},
        "topologyKey": "kubernetes.io/hostname",
    }
    return {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}


def claim(order: AnyOrder, name: str, workload: str, volume: str) -> Resource:
    """A volume's claim under the name that a StatefulSet gives it, made before there is a pod."""
    return Resource(
        kind.VOLUME_CLAIM,
        f"claim/{name}",
        name,
        order.namespace,
        order.labels_of(workload),
        {"spec": _claimed(order, volume)},
        # It waits for the first pod that wants it, so nobody must wait for it before.
        annotations=WITHOUT_WAITING,
    )


def _claimed(order: AnyOrder, volume: str) -> dict[str, Any]:
    """What is asked for: one writer, so much room, of the platform's own kind."""
    spec: dict[str, Any] = {
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": volume}},
    }
    if order.place.storage_class:
        spec["storageClassName"] = order.place.storage_class
    return spec


ROLLING: Mapping[str, Any] = {
    "type": "RollingUpdate",
    "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1},
}
"""The new copy is ready before the old one goes."""
RECREATE: Mapping[str, Any] = {"type": "Recreate"}
"""The old copy is gone before the new one starts: what it holds must never be held twice."""


def deployment(
    order: AnyOrder,
    labels: Mapping[str, str],
    spec: Mapping[str, Any],
    further: Mapping[str, Any],
    strategy: Mapping[str, Any] = ROLLING,
) -> Resource:
    """Copies of a workload, replaced as the strategy says."""
    workload = labels["app.kubernetes.io/name"]
    return Resource(
        kind.DEPLOYMENT,
        f"deployment/{workload}",
        workload,
        order.namespace,
        labels,
        {
            "spec": {
                "revisionHistoryLimit": _HISTORY,
                "selector": {"matchLabels": selector(workload)},
                "strategy": dict(strategy),
                "template": template(labels, spec),
                **further,
            }
        },
    )


def arguments(commands: Sequence[str]) -> tuple[str, ...]:
    """Several command lines as one, which stops at the first that fails."""
    return ("sh", "-ec", "\n".join(commands))
