"""Which judge is asked about which kind."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.kubernetes_plugin.kinds import Kind
from orchestrator.kubernetes_plugin.readiness import network, places, pods, storage, workloads
from orchestrator.kubernetes_plugin.readiness.verdict import READY, Document, Verdict, View

Judge = Callable[[Document, View], Verdict]

_JUDGES: dict[tuple[str, str], Judge] = {
    ("", "Namespace"): places.namespace,
    ("", "PersistentVolume"): storage.volume,
    ("", "PersistentVolumeClaim"): storage.claim,
    ("", "Pod"): pods.pod,
    ("", "ResourceQuota"): places.quota,
    ("", "Service"): network.service,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): places.definition,
    ("apps", "DaemonSet"): workloads.daemon_set,
    ("apps", "Deployment"): workloads.deployment,
    ("apps", "ReplicaSet"): workloads.replica_set,
    ("apps", "StatefulSet"): workloads.stateful_set,
    ("batch", "Job"): workloads.job,
    ("networking.k8s.io", "Ingress"): network.ingress,
}


def judge_of(kind: Kind) -> Judge:
    """The judge of a kind; a kind without one works as soon as it is written."""
    return _JUDGES.get((kind.group, kind.name), _at_once)


def _at_once(_document: Document, _view: View) -> Verdict:
    return READY
