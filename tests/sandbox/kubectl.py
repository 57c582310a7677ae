"""What the tests ask of the cluster, by kubectl as a process."""

from __future__ import annotations

import json
import subprocess  # noqa: TID251 - tests run the product from outside
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.model.connection import Connection


@dataclass(frozen=True)
class Answer:
    """How one command ended."""

    status: int
    out: str
    err: str


class Kubectl:
    """kubectl with the operator's kubeconfig."""

    def __init__(self, connection: Connection) -> None:
        self._argv = [str(connection.kubectl), "--kubeconfig", str(connection.kubeconfig)]

    def __call__(self, *arguments: str, stdin: str = "", timeout_s: float = 60.0) -> Answer:
        """Run one command."""
        done = subprocess.run(
            [*self._argv, *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def get(self, *arguments: str) -> dict[str, Any]:
        """Objects as JSON."""
        answer = self("get", *arguments, "--output", "json")
        assert answer.status == 0, answer.err
        found: dict[str, Any] = json.loads(answer.out)
        return found

    def apply(self, *documents: dict[str, Any]) -> None:
        """Write objects."""
        listed = {"apiVersion": "v1", "kind": "List", "items": list(documents)}
        answer = self("apply", "--filename", "-", stdin=json.dumps(listed))
        assert answer.status == 0, answer.err

    def inside(
        self, namespace: str, workload: str, command: Sequence[str], stdin: str = ""
    ) -> Answer:
        """Run a command in a pod."""
        further = ["--stdin"] if stdin else []
        return self("exec", *further, "-n", namespace, workload, "--", *command, stdin=stdin)

    def pods(self, namespace: str) -> dict[str, str]:
        """Addresses of the running pods of a namespace, by their workload."""
        return {
            pod["metadata"]["labels"]["app.kubernetes.io/name"]: pod["status"]["podIP"]
            for pod in self.get("pods", "-n", namespace)["items"]
            if pod["status"]["phase"] == "Running"
        }

    def services(self, namespace: str) -> dict[str, str]:
        """Cluster addresses of the services of a namespace."""
        return {
            one["metadata"]["name"]: one["spec"]["clusterIP"]
            for one in self.get("services", "-n", namespace)["items"]
            if one["spec"].get("clusterIP") not in (None, "None")
        }
