"""The running parts of an instance, asked from the cluster's API server."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from orchestrator.engine import stop
from orchestrator.errors.cluster_objects import ObjectNotReadyError, RequestRefusedError
from orchestrator.model.secret import Secret
from orchestrator.tools import kubernetes_exec
from orchestrator.tools.kubernetes_api import PATIENCE_S, KubernetesApi
from orchestrator.tools.kubernetes_exec import Place

OURS = {"app.kubernetes.io/managed-by": "orchestrator"}
_POD_WAIT_S = 30.0
_EVERY_S = 1.0
_CONFLICT = 409


class KubernetesCluster:
    """Implements `ports.Cluster`.

    Every method raises ClusterUnreachableError after a minute without an API server,
    RequestRefusedError, ClusterAccessError.
    """

    def __init__(self, kubeconfig: Path, patience_s: float = PATIENCE_S) -> None:
        self._api = KubernetesApi(kubeconfig, patience_s)

    def namespace_owner(self, namespace: str) -> Mapping[str, str] | None:
        """Labels of a namespace, or None when there is none of that name."""
        found = self._api.ask(f"namespace/{namespace}", self._api.core().read_namespace, namespace)
        return None if found is None else dict(found["metadata"].get("labels") or {})

    def namespaces(self, labels: Mapping[str, str]) -> Mapping[str, Mapping[str, str]]:
        """Labels of every namespace that has these, by its name; '' stands for any value."""
        selector = ",".join(f"{key}={value}" if value else key for key, value in labels.items())
        found = self._api.ask(
            "namespaces", self._api.core().list_namespace, label_selector=selector
        )
        return {
            str(one["metadata"]["name"]): dict(one["metadata"].get("labels") or {})
            for one in (found["items"] if found else ())
            if not one["metadata"].get("deletionTimestamp")
        }

    def ready(self, namespace: str, kind: str, name: str) -> bool:
        """Whether every copy of a Deployment or StatefulSet is ready in its newest form."""
        found = self._workload(namespace, kind, name)
        return found is not None and _all_ready(kind, found)

    def restarts(self, namespace: str) -> int:
        """How often containers of the namespace were started again, in all."""
        return sum(
            int(container.get("restartCount", 0))
            for pod in self._pods(namespace, "")
            for which in ("initContainerStatuses", "containerStatuses")
            for container in (pod.get("status") or {}).get(which) or ()
        )

    def note(self, namespace: str, name: str) -> Mapping[str, str] | None:
        """The data of a note, or None."""
        found = self._api.ask(
            f"configmap/{name}", self._api.core().read_namespaced_config_map, name, namespace
        )
        return None if found is None else dict(found.get("data") or {})

    def write_note(self, namespace: str, name: str, data: Mapping[str, str]) -> None:
        """Keep a note; one of the same name is replaced whole."""
        from kubernetes.client import V1ConfigMap, V1ObjectMeta

        core, target = self._api.core(), f"configmap/{name}"
        body = V1ConfigMap(
            api_version="v1",
            kind="ConfigMap",
            metadata=V1ObjectMeta(name=name, namespace=namespace, labels=dict(OURS)),
            data=dict(data),
        )
        manager = {"field_manager": "orchestrator"}

        def replaced() -> bool:
            replace = core.replace_namespaced_config_map
            return self._api.ask(target, replace, name, namespace, body, **manager) is not None

        if replaced():
            return
        try:
            made = self._api.ask(
                target, core.create_namespaced_config_map, namespace, body, **manager
            )
        except RequestRefusedError as error:
            # Made by the very request whose answer was lost, or by somebody else just now.
            if error.status != _CONFLICT or not replaced():
                raise
            return
        if made is None:
            raise RequestRefusedError(
                target, status=404, reason="NotFound", message=f"no namespace {namespace}"
            )

    def execute(
        self,
        namespace: str,
        workload: str,
        command: Sequence[str],
        stdin: str | Secret | None = None,
        timeout_s: float = 60.0,
    ) -> str:
        """Run a command in a ready pod of `deployment/web` or `statefulset/x`; its stdout.

        Raises ObjectNotReadyError when no pod of it gets ready, ToolFailedError for a status other
        than 0 and ToolTimedOutError.
        """
        place = self._ready_pod(namespace, workload)
        return kubernetes_exec.execute(self._api.client(), place, command, stdin, timeout_s)

    def _ready_pod(self, namespace: str, workload: str) -> Place:
        kind, _, name = workload.partition("/")
        target = f"{namespace}/{workload}"
        until = time.monotonic() + _POD_WAIT_S
        while True:
            found = self._workload(namespace, kind, name)
            if found is not None:
                labels = found["spec"]["selector"].get("matchLabels") or {}
                selector = ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
                ready = [pod for pod in self._pods(namespace, selector) if _serves(pod)]
                if ready:
                    newest = max(ready, key=lambda pod: pod["metadata"]["creationTimestamp"])
                    return Place(namespace, newest["metadata"]["name"], _container(newest, name))
            if time.monotonic() >= until:
                raise ObjectNotReadyError(
                    target,
                    seconds=_POD_WAIT_S,
                    reasons=("no pod of it is ready" if found else "it does not exist",),
                )
            stop.pause(_EVERY_S)

    def _workload(self, namespace: str, kind: str, name: str) -> Any:
        apps = self._api.apps()
        read = {
            "deployment": apps.read_namespaced_deployment,
            "statefulset": apps.read_namespaced_stateful_set,
        }[kind.lower()]
        return self._api.ask(f"{kind.lower()}/{name}", read, name, namespace)

    def _pods(self, namespace: str, selector: str) -> Sequence[Mapping[str, Any]]:
        found = self._api.ask(
            f"pods of {namespace}",
            self._api.core().list_namespaced_pod,
            namespace,
            **({"label_selector": selector} if selector else {}),
        )
        return () if found is None else tuple(found["items"])


def _all_ready(kind: str, document: Mapping[str, Any]) -> bool:
    """Nothing is ready before its controller has seen it, nor while an old copy still serves.

    What was told to have no copy at all has stopped, and is not ready either.
    """
    spec, status = document.get("spec") or {}, document.get("status") or {}
    if int(status.get("observedGeneration") or 0) < int(document["metadata"].get("generation", 1)):
        return False
    wanted = int(spec.get("replicas", 1))
    total = int(status.get("replicas") or 0)
    counted = {
        key: int(status.get(key) or 0)
        for key in ("updatedReplicas", "readyReplicas", "availableReplicas")
    }
    if kind.lower() == "statefulset" and status.get("currentRevision") == status.get(
        "updateRevision"
    ):
        counted["updatedReplicas"] = total  # it is not counted any more once all are the same
    return 0 < wanted == total and all(count >= wanted for count in counted.values())


def _serves(pod: Mapping[str, Any]) -> bool:
    if pod["metadata"].get("deletionTimestamp"):
        return False
    conditions = (pod.get("status") or {}).get("conditions") or ()
    return any(one["type"] == "Ready" and one["status"] == "True" for one in conditions)


def _container(pod: Mapping[str, Any], workload: str) -> str:
    """The container that is called like its workload, else the first."""
    names = [str(container["name"]) for container in pod["spec"]["containers"]]
    return workload if workload in names else names[0]
