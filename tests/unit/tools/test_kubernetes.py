"""The cluster as its API server tells of it, and commands in pods by its websocket."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from orchestrator.errors.cluster_objects import (
    ClusterUnreachableError,
    ObjectNotReadyError,
    RequestRefusedError,
)
from orchestrator.errors.process import ToolFailedError, ToolTimedOutError
from orchestrator.model.secret import Secret
from orchestrator.tools import kubernetes
from orchestrator.tools.kubernetes import KubernetesCluster
from orchestrator.tools.kubernetes_api import KubernetesApi

WEB = "/apis/apps/v1/namespaces/a/deployments/web"
PODS = "/api/v1/namespaces/a/pods"
NOTE = "/api/v1/namespaces/a/configmaps/note"
EXEC = "/api/v1/namespaces/a/pods/web-2/exec"
SUCCESS = {"status": "Success"}
MAGIC = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def failure(status: int) -> dict[str, Any]:
    return {
        "status": "Failure",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(status)}]},
    }


def deployment(**status: Any) -> dict[str, Any]:
    return {
        "metadata": {"name": "web", "generation": 2},
        "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}},
        "status": {
            "observedGeneration": 2,
            "replicas": 2,
            "updatedReplicas": 2,
            "readyReplicas": 2,
            "availableReplicas": 2,
            **status,
        },
    }


def pod(name: str, *, ready: bool = True, **more: Any) -> dict[str, Any]:
    conditions = [{"type": "Ready", "status": "True" if ready else "False"}]
    return {
        "metadata": {"name": name, "creationTimestamp": f"2026-01-01T00:00:0{name[-1]}Z", **more},
        "spec": {"containers": [{"name": "sidecar"}, {"name": "web"}]},
        "status": {"conditions": conditions, "containerStatuses": [{"restartCount": 2}]},
    }


class Cluster:
    """Answers of an API server, and what a command in a pod says and with which status it ends."""

    def __init__(self, kubeconfig: Path) -> None:
        self.kubeconfig = kubeconfig
        self.answers: dict[str, tuple[int, Any]] = {}
        self.asked: list[tuple[str, str, Any]] = []
        self.protocol = "v5.channel.k8s.io"
        self.stdout, self.stderr, self.status = "", "", dict[str, Any](SUCCESS)
        self.hangs = False
        self.query: dict[str, list[str]] = {}
        self.stdin = b""

    def ports(self) -> KubernetesCluster:
        return KubernetesCluster(self.kubeconfig, patience_s=0.0)


class Handler(BaseHTTPRequestHandler):
    told: Cluster
    protocol_version = "HTTP/1.1"

    def _answer(self) -> None:
        path, _, query = self.path.partition("?")
        if self.headers.get("Upgrade") == "websocket":
            self.told.query = parse_qs(query)
            self._execute()
            return
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.told.asked.append((self.command, path, json.loads(body) if body else None))
        status, answer = self.told.answers.get(
            f"{self.command} {path}", self.told.answers.get(path, (404, {"message": "not found"}))
        )
        text = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = _answer  # noqa: N815

    def _execute(self) -> None:
        told = self.told
        key = self.headers["Sec-WebSocket-Key"].encode()
        accept = base64.b64encode(hashlib.sha1(key + MAGIC, usedforsecurity=False).digest())
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", accept.decode())
        self.send_header("Sec-WebSocket-Protocol", told.protocol)
        self.end_headers()
        self.close_connection = True
        counted = told.query["command"][:2] == ["sh", "-c"]
        due = int(told.query["command"][3]) if counted else None
        told.stdin = b""
        while told.query["stdin"][0].lower() == "true" and len(told.stdin) != due:
            frame = self._frame()
            if frame is None:
                return
            if frame[:1] == b"\xff":
                break
            assert frame[:1] == b"\x00"
            told.stdin += frame[1:]
        if told.hangs:
            self._frame()
            return
        for channel, text in ((1, told.stdout), (2, told.stderr), (3, json.dumps(told.status))):
            data = text.encode()
            for start in range(0, len(data), 1000):
                self._send(0x82, bytes([channel]) + data[start : start + 1000])
        self._send(0x88, struct.pack("!H", 1000))

    def _send(self, head: int, data: bytes) -> None:
        size = bytes([len(data)]) if len(data) < 126 else b"\x7e" + struct.pack("!H", len(data))
        self.wfile.write(bytes([head]) + size + data)

    def _frame(self) -> bytes | None:
        head = self.rfile.read(2)
        if len(head) < 2 or head[0] & 0x0F == 8:
            return None
        size = head[1] & 0x7F
        if size == 126:
            size = struct.unpack("!H", self.rfile.read(2))[0]
        mask = self.rfile.read(4)
        return bytes(byte ^ mask[at % 4] for at, byte in enumerate(self.rfile.read(size)))

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    told = Cluster(tmp_path / "kubeconfig")
    handler = type("Told", (Handler,), {"told": told})
    listener = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server = f"http://127.0.0.1:{listener.server_port}"
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "t",
        "clusters": [{"name": "t", "cluster": {"server": server}}],
        "users": [{"name": "t", "user": {"token": "a-token"}}],
        "contexts": [{"name": "t", "context": {"cluster": "t", "user": "t"}}],
    }
    told.kubeconfig.write_text(json.dumps(config))
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    told.answers = {
        WEB: (200, deployment()),
        PODS: (
            200,
            {
                "items": [
                    pod("web-1"),
                    pod("web-2"),
                    pod("web-3", ready=False),
                    pod("web-4", deletionTimestamp="2026-01-01T00:00:00Z"),
                ]
            },
        ),
    }
    yield told
    listener.shutdown()
    thread.join()
    listener.server_close()


def test_a_key_in_the_kubeconfig_is_written_where_it_is_private_and_once(
    cluster: Cluster,
) -> None:
    """The library keeps it in a file for as long as the process lives."""
    document = json.loads(cluster.kubeconfig.read_text())
    words = base64.b64encode(b"-----BEGIN EC PRIVATE KEY-----\n").decode()
    document["users"][0]["user"] = {"client-key-data": words, "client-certificate-data": words}
    document["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    cluster.kubeconfig.write_text(json.dumps(document))
    made = [KubernetesApi(cluster.kubeconfig).client() for _ in range(2)]
    (place,) = {Path(one.configuration.key_file).parent for one in made}
    assert place.stat().st_mode & 0o777 == 0o700
    assert place.name.startswith(f"orchestrator-cluster-{os.getpid()}-")


@pytest.mark.parametrize(
    ("status", "ready"),
    [
        ({}, True),
        ({"observedGeneration": 1}, False),
        ({"readyReplicas": 1}, False),
        ({"updatedReplicas": 1}, False),
        ({"replicas": 3}, False),
        ({"availableReplicas": None}, False),
    ],
)
def test_ready_is_every_copy_in_its_newest_form(
    cluster: Cluster,
    status: dict[str, Any],
    ready: bool,  # noqa: FBT001
) -> None:
    cluster.answers[WEB] = (200, deployment(**status))
    assert cluster.ports().ready("a", "Deployment", "web") is ready


def test_what_was_stopped_is_not_ready(cluster: Cluster) -> None:
    none = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"))
    stopped = deployment(**none)
    stopped["spec"]["replicas"] = 0
    cluster.answers[WEB] = (200, stopped)
    assert cluster.ports().ready("a", "Deployment", "web") is False


def test_what_is_not_there(cluster: Cluster) -> None:
    ports = cluster.ports()
    assert ports.namespace_owner("b") is None
    assert ports.note("b", "note") is None
    assert ports.ready("b", "StatefulSet", "database") is False
    assert ports.restarts("b") == 0


def test_restarts_are_counted_over_all_pods(cluster: Cluster) -> None:
    assert cluster.ports().restarts("a") == 8


def test_a_note_is_made_or_replaced_whole(cluster: Cluster) -> None:
    cluster.answers["POST /api/v1/namespaces/a/configmaps"] = (201, {})
    cluster.ports().write_note("a", "note", {"at": "now"})
    assert [command for command, _, _ in cluster.asked] == ["PUT", "POST"]
    assert cluster.asked[1][2]["data"] == {"at": "now"}
    cluster.answers[f"PUT {NOTE}"] = (200, {})
    cluster.ports().write_note("a", "note", {"at": "later"})
    assert [command for command, _, _ in cluster.asked] == ["PUT", "POST", "PUT"]


def test_a_refusal_is_told_and_not_repeated(cluster: Cluster) -> None:
    cluster.answers[NOTE] = (403, {"message": "configmaps is forbidden"})
    with pytest.raises(RequestRefusedError) as caught:
        cluster.ports().note("a", "note")
    assert "configmaps is forbidden" in caught.value.why
    assert len(cluster.asked) == 1


def test_a_server_that_is_away_is_asked_until_patience_ends(cluster: Cluster) -> None:
    cluster.answers[NOTE] = (503, {"message": "shutting down"})
    with pytest.raises(ClusterUnreachableError) as caught:
        KubernetesCluster(cluster.kubeconfig, patience_s=0.1).note("a", "note")
    assert "shutting down" in caught.value.why
    assert len(cluster.asked) == 2


@pytest.mark.parametrize("protocol", ["v5.channel.k8s.io", "v4.channel.k8s.io"])
def test_a_command_is_given_its_input_to_the_end(cluster: Cluster, protocol: str) -> None:
    cluster.protocol = protocol
    cluster.stdout = "é" * 5000 + "\n"
    text = "question " * 10_000
    said = cluster.ports().execute("a", "deployment/web", ["rails", "runner"], Secret(text))
    assert said == cluster.stdout
    assert cluster.stdin.decode() == text
    assert cluster.query["container"] == ["web"]
    command = cluster.query["command"]
    assert command[-2:] == ["rails", "runner"]
    assert (command[:2] == ["sh", "-c"]) is (protocol[:2] == "v4")


def test_a_command_that_fails_tells_its_end_without_the_secret(cluster: Cluster) -> None:
    cluster.status = failure(3)
    cluster.stderr = "\n".join(f"line {number}" for number in range(50)) + "\nit has a-secret-word"
    with pytest.raises(ToolFailedError) as caught:
        cluster.ports().execute("a", "deployment/web", ["false"], Secret("a-secret-word"))
    assert caught.value.status == 3
    assert caught.value.details[-1] == "it has ********"
    assert len(caught.value.details) == 20


def test_a_command_that_cannot_be_started(cluster: Cluster) -> None:
    cluster.status = {"status": "Failure", "message": "no such file or directory"}
    with pytest.raises(ToolFailedError) as caught:
        cluster.ports().execute("a", "deployment/web", ["no-such-program"])
    assert caught.value.details == ("no such file or directory",)


def test_a_command_that_takes_too_long(cluster: Cluster) -> None:
    cluster.hangs = True
    with pytest.raises(ToolTimedOutError):
        cluster.ports().execute("a", "deployment/web", ["sleep"], timeout_s=0.2)


def test_no_pod_is_ready(cluster: Cluster, monkeypatch: Any) -> None:
    monkeypatch.setattr(kubernetes, "_POD_WAIT_S", 0.0)
    cluster.answers[PODS] = (200, {"items": [pod("web-3", ready=False)]})
    with pytest.raises(ObjectNotReadyError):
        cluster.ports().execute("a", "deployment/web", ["true"])


def test_the_path_is_the_newest_ready_pods(cluster: Cluster) -> None:
    cluster.stdout = "1"
    ports = cluster.ports()
    assert ports._ready_pod("a", "deployment/web").pod == urlsplit(EXEC).path.split("/")[-2]
