"""The namespace, what it may use, and who its pods are."""

from __future__ import annotations

from dataclasses import replace

from stacks import kind
from stacks.order import AnyOrder
from stacks.parts import resource
from stacks.resource import Resource


def namespace(order: AnyOrder) -> Resource:
    """The namespace; nothing that breaks the restricted pod security standard starts in it."""
    modes = ("enforce", "audit", "warn")
    security = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in modes}
    return Resource(
        kind.NAMESPACE,
        f"namespace/{order.namespace}",
        order.namespace,
        None,
        {**order.labels, **security, **_ends(order), **_kind(order)},
        {},
        protected=not order.is_copy,
    )


def _ends(order: AnyOrder) -> dict[str, str]:
    """The last day of what is not kept for good, for who lists it."""
    training = order.tenant.training
    return {"orchestrator/until": training.until.isoformat()} if training else {}


def _kind(order: AnyOrder) -> dict[str, str]:
    return {"orchestrator/anonymised": "yes"} if order.anonymised else {}


def limits(order: AnyOrder) -> tuple[Resource, ...]:
    """Quota of the namespace, and limits for containers that bring none."""
    quota = order.size.quota
    job = order.size.job
    hard = {
        "requests.cpu": quota.cpu,
        "requests.memory": quota.memory,
        "limits.memory": quota.memory,
        "requests.storage": quota.storage,
        "pods": str(quota.pods),
        "services.loadbalancers": "0",
        "services.nodeports": "0",
    }
    default = {
        "type": "Container",
        "default": {"cpu": job.cpu_limit, "memory": job.memory_limit},
        "defaultRequest": {"cpu": job.cpu_request, "memory": job.memory_request},
    }
    return (
        resource(order, kind.RESOURCE_QUOTA, "instance", {"spec": {"hard": hard}}),
        resource(order, kind.LIMIT_RANGE, "instance", {"spec": {"limits": [default]}}),
    )


def accounts(order: AnyOrder, names: tuple[str, ...]) -> tuple[Resource, ...]:
    """A service account for each kind of pod, none with a token."""
    return tuple(
        replace(
            resource(order, kind.SERVICE_ACCOUNT, name, {"automountServiceAccountToken": False}),
            labels=order.labels_of(name),
        )
        for name in names
    )
