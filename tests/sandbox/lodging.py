"""A namespace in which single images are tried, in pods as the stacks make them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.model.connection import Connection
from orchestrator.model.size import Resources
from stacks.pod import Pod
from tests.sandbox.kubectl import Answer, Kubectl

LITTLE = Resources(cpu_request="10m", cpu_limit="1", memory_request="32Mi", memory_limit="512Mi")


class Lodging:
    """One namespace under the restricted standard; each pod has a service of its name."""

    def __init__(self, connection: Connection, namespace: str) -> None:
        self.images = connection.images
        self.namespace = namespace
        self.kubectl = Kubectl(connection)

    def open(self) -> None:
        """Have the namespace, empty."""
        words = ("delete", "namespace", self.namespace, "--ignore-not-found", "--wait=true")
        done = self.kubectl(*words, timeout_s=120)
        assert done.status == 0, done.err
        standard = {"pod-security.kubernetes.io/enforce": "restricted"}
        metadata = {"name": self.namespace, "labels": standard}
        self.kubectl.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})

    def leave(self) -> None:
        """Give the namespace up; it goes while others go on."""
        self.kubectl("delete", "namespace", self.namespace, "--wait=false")

    def secret(self, name: str, content: Mapping[str, str]) -> None:
        """Add a Secret."""
        self._apply("v1", "Secret", name, stringData=dict(content))

    def settings(self, name: str, content: Mapping[str, str]) -> None:
        """Add a ConfigMap."""
        self._apply("v1", "ConfigMap", name, data=dict(content))

    def claim(self, name: str) -> Mapping[str, Any]:
        """Add a claim of a volume; what a pod's volume says of it."""
        wanted = {"requests": {"storage": "64Mi"}}
        spec = {"accessModes": ["ReadWriteOnce"], "resources": wanted}
        self._apply("v1", "PersistentVolumeClaim", name, spec=spec)
        return {"persistentVolumeClaim": {"claimName": name}}

    def service(self, name: str, port: int) -> None:
        """Give a pod a name in the cluster."""
        ports = [{"port": port}]
        self._apply("v1", "Service", name, spec={"selector": {"app": name}, "ports": ports})

    def begin(self, name: str, pod: Pod) -> None:
        """Start a pod."""
        self._apply("v1", "Pod", name, {"app": name}, spec=pod.spec())

    def ready(self, *names: str) -> None:
        """Wait until pods are ready; what they said stands in the failure."""
        pods = [f"pod/{name}" for name in names]
        waited = self.kubectl(
            *("wait", "-n", self.namespace, *pods, "--for=condition=Ready", "--timeout=120s"),
            timeout_s=150,
        )
        assert waited.status == 0, waited.err + "".join(map(self.said, names))

    def end(self, name: str) -> None:
        """Stop a pod and wait until it is gone."""
        done = self.kubectl("delete", "pod", name, "-n", self.namespace, "--wait=true")
        assert done.status == 0, done.err

    def said(self, name: str) -> str:
        """The log of a pod."""
        return self.kubectl("logs", "-n", self.namespace, name, "--all-containers").out

    def inside(self, name: str, *command: str, stdin: str = "") -> Answer:
        """Run a command in a pod."""
        words = ("exec", "--stdin", "-n", self.namespace, name, "--container", name, "--")
        return self.kubectl(*words, *command, stdin=stdin)

    def _apply(
        self,
        version: str,
        kind: str,
        name: str,
        labels: Mapping[str, str] | None = None,
        **body: Any,
    ) -> None:
        metadata = {"name": name, "namespace": self.namespace, "labels": dict(labels or {})}
        self.kubectl.apply({"apiVersion": version, "kind": kind, "metadata": metadata, **body})


def of(secret: str) -> tuple[Mapping[str, Any], ...]:
    """Every key of a Secret as a variable."""
    return ({"secretRef": {"name": secret}},)


def http_probe(path: str, port: int) -> dict[str, Any]:
    """Looks every second whether that answers."""
    asked = {"path": path, "port": port}
    return {"httpGet": asked, "periodSeconds": 1, "timeoutSeconds": 5, "failureThreshold": 90}
