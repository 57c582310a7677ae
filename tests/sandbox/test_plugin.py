"""The substitute plugin against a real API server: every kind the stacks use, from birth to end.

The plugin runs as the engine runs it, as a process that is asked over gRPC.
"""

from __future__ import annotations

import os
import subprocess  # noqa: TID251 - tests run the product from outside
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2 as messages
from pulumi.runtime.proto import provider_pb2_grpc
from ruamel.yaml import YAML

from tests.sandbox.kubectl import Kubectl
from tests.sandbox.project import Standing

pytestmark = pytest.mark.sandbox

NAMESPACE = "plugin-cases"
CASES: dict[str, dict[str, Any]] = YAML(typ="safe").load(
    Path(__file__).parents[1] / "cases" / "plugin" / "kinds.yaml"
)
WIDGETS = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.org"},
    "spec": {
        "group": "example.org",
        "scope": "Namespaced",
        "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {
                    "openAPIV3Schema": {
                        "type": "object",
                        "properties": {
                            "spec": {
                                "type": "object",
                                "properties": {"size": {"type": "integer"}},
                            }
                        },
                    }
                },
            }
        ],
    },
}


class Plugin:
    """The plugin as the engine sees it; trees in and out."""

    def __init__(self, stub: provider_pb2_grpc.ResourceProviderStub) -> None:
        self._stub = stub

    def check(self, urn: str, inputs: dict[str, Any]) -> dict[str, Any]:
        answer = self._stub.Check(messages.CheckRequest(urn=urn, news=struct(inputs)))
        assert not answer.failures, answer.failures
        return tree(answer.inputs)

    def diff(
        self, urn: str, known: str, olds: dict[str, Any], news: dict[str, Any]
    ) -> messages.DiffResponse:
        return self._stub.Diff(
            messages.DiffRequest(
                urn=urn,
                id=known,
                olds=struct(olds),
                old_inputs=struct(olds["__inputs"]),
                news=struct(news),
            )
        )

    def create(
        self, urn: str, inputs: dict[str, Any], *, preview: bool = False
    ) -> tuple[str, dict[str, Any]]:
        answer = self._stub.Create(
            messages.CreateRequest(urn=urn, properties=struct(inputs), timeout=60, preview=preview)
        )
        return answer.id, tree(answer.properties)

    def update(
        self, urn: str, known: str, olds: dict[str, Any], news: dict[str, Any]
    ) -> dict[str, Any]:
        answer = self._stub.Update(
            messages.UpdateRequest(
                urn=urn, id=known, olds=struct(olds), news=struct(news), timeout=60
            )
        )
        return tree(answer.properties)

    def read(self, urn: str, known: str, state: dict[str, Any]) -> messages.ReadResponse:
        return self._stub.Read(
            messages.ReadRequest(
                urn=urn, id=known, properties=struct(state), inputs=struct(state["__inputs"])
            )
        )

    def delete(self, urn: str, known: str, state: dict[str, Any]) -> None:
        self._stub.Delete(
            messages.DeleteRequest(urn=urn, id=known, properties=struct(state), timeout=60)
        )


def struct(body: dict[str, Any]) -> struct_pb2.Struct:
    made = struct_pb2.Struct()
    made.update(body)
    return made


def tree(body: struct_pb2.Struct) -> dict[str, Any]:
    return json_format.MessageToDict(body)


@pytest.fixture(scope="module")
def kubectl(standing: Standing) -> Iterator[Kubectl]:
    kubectl = Kubectl(standing.connection)
    kubectl.apply(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, WIDGETS
    )
    waited = kubectl("wait", "--for=condition=Established", "crd/widgets.example.org")
    assert waited.status == 0
    yield kubectl
    kubectl("delete", "namespace", NAMESPACE, "--wait=false")


@pytest.fixture(scope="module")
def plugin(standing: Standing, kubectl: Kubectl) -> Iterator[Plugin]:
    environment = {**os.environ, "KUBECONFIG": str(standing.connection.kubeconfig)}
    argv = [sys.executable, "-m", "orchestrator.kubernetes_plugin"]
    with subprocess.Popen(
        argv, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        port = process.stdout.readline().strip()
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            stub.Configure(messages.ConfigureRequest(acceptSecrets=True))
            yield Plugin(stub)
        process.communicate(timeout=10)
    assert process.returncode == 0


def manifest(standing: Standing, kind: str, body: dict[str, Any], name: str) -> dict[str, Any]:
    case = CASES[kind]
    metadata = {"name": name, "namespace": NAMESPACE, "labels": {"case": name}}
    if "annotations" in case:
        metadata["annotations"] = case["annotations"]
    text = {"apiVersion": case["apiVersion"], "kind": kind, "metadata": metadata, **body}
    return filled(text, standing.connection.images["toolbox"])


def filled(body: Any, image: str) -> Any:
    if isinstance(body, dict):
        return {key: filled(value, image) for key, value in body.items()}
    if isinstance(body, list):
        return [filled(value, image) for value in body]
    return image if body == "TOOLBOX" else body


def urn_of(kind: str, name: str) -> str:
    version = CASES[kind]["apiVersion"]
    token = f"kubernetes:{version if '/' in version else f'core/{version}'}:{kind}"
    return f"urn:pulumi:cases::orchestrator::{token}::{name}"


@pytest.mark.parametrize("kind", CASES)
def test_from_birth_to_end(standing: Standing, plugin: Plugin, kind: str) -> None:
    case = CASES[kind]
    name = f"life-{kind.lower()}"
    urn = urn_of(kind, name)
    inputs = plugin.check(urn, manifest(standing, kind, case["body"], name))
    previewed = plugin.create(urn, inputs, preview=True)[1]
    assert previewed["metadata"]["name"] == name
    known, state = plugin.create(urn, inputs)
    assert known == f"{NAMESPACE}/{name}"
    assert state["__fieldManager"].startswith("pulumi-kubernetes")
    again = plugin.diff(urn, known, state, inputs)
    assert again.changes == messages.DiffResponse.DIFF_NONE, again
    seen = plugin.read(urn, known, state)
    assert seen.id == known
    refreshed = plugin.diff(urn, known, {**state, "__inputs": tree(seen.inputs)}, inputs)
    assert refreshed.changes == messages.DiffResponse.DIFF_NONE, refreshed
    if "update" in case:
        news = plugin.check(urn, manifest(standing, kind, case["update"]["body"], name))
        found = plugin.diff(urn, known, state, news)
        assert list(found.detailedDiff) == [case["update"]["path"]]
        assert not found.replaces
        state = plugin.update(urn, known, state, news)
        after = plugin.diff(urn, known, state, news)
        assert after.changes == messages.DiffResponse.DIFF_NONE
    plugin.delete(urn, known, state)
    assert plugin.read(urn, known, state).id == ""
    plugin.delete(urn, known, state)  # gone already: nothing to do


@pytest.mark.parametrize("kind", [kind for kind, case in CASES.items() if "replace" in case])
def test_what_the_interface_refuses_to_change_is_replaced(
    standing: Standing, plugin: Plugin, kind: str
) -> None:
    case = CASES[kind]["replace"]
    name = f"replaced-{kind.lower()}"
    urn = urn_of(kind, name)
    before = manifest(standing, kind, case.get("from", CASES[kind]["body"]), name)
    known, state = plugin.create(urn, plugin.check(urn, before))
    news = plugin.check(urn, manifest(standing, kind, case["to"], name))
    found = plugin.diff(urn, known, state, news)
    assert case["at"] in found.detailedDiff
    assert found.replaces, found
    assert found.deleteBeforeReplace
    # The server agrees: an update in place is refused.
    with pytest.raises(grpc.RpcError):
        plugin.update(urn, known, state, news)
    plugin.delete(urn, known, state)


def test_a_conflict_is_reported_with_its_owner(
    standing: Standing, plugin: Plugin, kubectl: Kubectl
) -> None:
    urn = urn_of("ConfigMap", "disputed")
    inputs = plugin.check(urn, manifest(standing, "ConfigMap", {"data": {"a": "1"}}, "disputed"))
    known, state = plugin.create(urn, inputs)
    body = '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"disputed"},"data":{"a":"9"}}'
    taken = kubectl(
        "apply",
        "--server-side",
        "--force-conflicts",
        "--field-manager=somebody-else",
        "-n",
        NAMESPACE,
        "-f",
        "-",
        stdin=body,
    )
    assert taken.status == 0, taken.err
    news = plugin.check(urn, manifest(standing, "ConfigMap", {"data": {"a": "2"}}, "disputed"))
    with pytest.raises(grpc.RpcError) as caught:
        plugin.update(urn, known, state, news)
    assert "somebody-else" in str(caught.value)
    seen = tree(plugin.read(urn, known, state).inputs)
    assert seen["data"]["a"] == "9"


def test_what_is_not_ours_is_not_taken_over(
    standing: Standing, plugin: Plugin, kubectl: Kubectl
) -> None:
    kubectl("create", "configmap", "theirs", "-n", NAMESPACE, "--from-literal=a=1")
    urn = urn_of("ConfigMap", "theirs")
    inputs = plugin.check(urn, manifest(standing, "ConfigMap", {"data": {"a": "2"}}, "theirs"))
    with pytest.raises(grpc.RpcError):
        plugin.create(urn, inputs)
    assert kubectl.get("configmap", "theirs", "-n", NAMESPACE)["data"] == {"a": "1"}


def test_what_never_works_is_told_with_its_reason(standing: Standing, plugin: Plugin) -> None:
    body = {
        "spec": {
            "backoffLimit": 0,
            "template": {
                "spec": {
                    "restartPolicy": "Never",
                    "containers": [
                        {"name": "main", "image": "TOOLBOX", "command": ["sh", "-c", "exit 3"]}
                    ],
                }
            },
        }
    }
    urn = urn_of("Job", "hopeless")
    with pytest.raises(grpc.RpcError) as caught:
        plugin.create(urn, plugin.check(urn, manifest(standing, "Job", body, "hopeless")))
    assert "ended with status 3" in str(caught.value)
