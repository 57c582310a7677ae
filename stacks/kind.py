"""The kinds of resource that stacks use, with the API version each is asked for in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Kind:
    """One kind: `api_version` such as `apps/v1`, `name` such as `Deployment`."""

    api_version: str
    name: str

    @property
    def group(self) -> str:
        """The API group, `core` for the one without a name."""
        group, _, version = self.api_version.rpartition("/")
        return group if version and group else "core"

    @property
    def version(self) -> str:
        """The version alone, such as `v1`."""
        return self.api_version.rpartition("/")[2]


NAMESPACE = Kind("v1", "Namespace")
RESOURCE_QUOTA = Kind("v1", "ResourceQuota")
LIMIT_RANGE = Kind("v1", "LimitRange")
SERVICE_ACCOUNT = Kind("v1", "ServiceAccount")
NETWORK_POLICY = Kind("networking.k8s.io/v1", "NetworkPolicy")
CONFIG_MAP = Kind("v1", "ConfigMap")
SECRET = Kind("v1", "Secret")
VOLUME_CLAIM = Kind("v1", "PersistentVolumeClaim")
STATEFUL_SET = Kind("apps/v1", "StatefulSet")
DEPLOYMENT = Kind("apps/v1", "Deployment")
SERVICE = Kind("v1", "Service")
POD_DISRUPTION_BUDGET = Kind("policy/v1", "PodDisruptionBudget")
JOB = Kind("batch/v1", "Job")
CRON_JOB = Kind("batch/v1", "CronJob")
INGRESS = Kind("networking.k8s.io/v1", "Ingress")

WORKLOADS = (DEPLOYMENT, STATEFUL_SET)
"""What runs as long as the instance does."""
ALL = (
    NAMESPACE,
    RESOURCE_QUOTA,
    LIMIT_RANGE,
    SERVICE_ACCOUNT,
    NETWORK_POLICY,
    CONFIG_MAP,
    SECRET,
    VOLUME_CLAIM,
    STATEFUL_SET,
    DEPLOYMENT,
    SERVICE,
    POD_DISRUPTION_BUDGET,
    JOB,
    CRON_JOB,
    INGRESS,
)
