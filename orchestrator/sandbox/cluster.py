"""What must stand in the cluster before anybody uses it: roles, the name service, volumes.

Applied by `kubectl apply --server-side`, so applying again changes nothing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from orchestrator.sandbox.credentials import INGRESS_USER
from orchestrator.sandbox.layout import Layout
from orchestrator.sandbox.parts.services import INGRESS_CLASS, PROVISIONER, VOLUMES_NAMESPACE
from orchestrator.tools import process

STORAGE_CLASS = "sandbox"

_READ = ["get", "list", "watch"]
_Rule = tuple[str, list[str], list[str]]
_ROLES: dict[str, list[_Rule]] = {
    "orchestrator:dns": [
        ("", ["services", "namespaces", "pods"], _READ),
        ("discovery.k8s.io", ["endpointslices"], _READ),
    ],
    "orchestrator:kube-router": [
        ("", ["namespaces", "pods", "services", "nodes", "endpoints"], _READ),
        ("networking.k8s.io", ["networkpolicies"], _READ),
        ("discovery.k8s.io", ["endpointslices"], _READ),
    ],
    INGRESS_USER: [
        ("networking.k8s.io", ["ingresses", "ingressclasses"], _READ),
        ("", ["services", "endpoints", "secrets", "namespaces", "pods"], _READ),
        ("discovery.k8s.io", ["endpointslices"], _READ),
    ],
    "orchestrator:volumes": [
        ("", ["nodes", "persistentvolumeclaims", "configmaps", "pods/log"], _READ),
        ("", ["pods", "persistentvolumes"], [*_READ, "create", "patch", "update", "delete"]),
        ("", ["persistentvolumeclaims"], ["update", "patch"]),
        ("", ["events", "endpoints"], ["create", "patch", "get", "update"]),
        ("coordination.k8s.io", ["leases"], ["create", "get", "update", "patch"]),
        ("storage.k8s.io", ["storageclasses"], _READ),
    ],
}


def prepare(layout: Layout, kubectl: Path, kubeconfig: Path) -> None:
    """Apply everything."""
    manifest = json.dumps({"apiVersion": "v1", "kind": "List", "items": objects(layout)})
    argv = [str(kubectl), f"--kubeconfig={kubeconfig}", "apply", "--server-side"]
    argv += ["--field-manager=orchestrator-sandbox", "--force-conflicts", "--filename=-"]
    process.run(argv, stdin=manifest)


def objects(layout: Layout) -> list[dict[str, Any]]:
    """Every object, in the order it is applied."""
    return [*_roles(), *_names(layout), *_volumes(), _ingress_class()]


def _roles() -> list[dict[str, Any]]:
    group = "rbac.authorization.k8s.io"
    found: list[dict[str, Any]] = []
    for user, rules in _ROLES.items():
        listed = [
            {"apiGroups": [api], "resources": resources, "verbs": verbs}
            for api, resources, verbs in rules
        ]
        found.append(_object(f"{group}/v1", "ClusterRole", user, rules=listed))
        subject = {"kind": "User", "name": user, "apiGroup": group}
        role = {"kind": "ClusterRole", "name": user, "apiGroup": group}
        found.append(
            _object(f"{group}/v1", "ClusterRoleBinding", user, roleRef=role, subjects=[subject])
        )
    return found


def _names(layout: Layout) -> list[dict[str, Any]]:
    ports = [("dns", "UDP"), ("dns-tcp", "TCP")]
    service = _object(
        "v1",
        "Service",
        "kube-dns",
        namespace="kube-system",
        spec={
            "clusterIP": layout.dns,
            "ports": [{"name": name, "port": 53, "protocol": kind} for name, kind in ports],
        },
    )
    slice_ = _object(
        "discovery.k8s.io/v1",
        "EndpointSlice",
        "kube-dns",
        namespace="kube-system",
        addressType="IPv4",
        endpoints=[{"addresses": [layout.node_address], "conditions": {"ready": True}}],
        ports=[{"name": name, "port": 53, "protocol": kind} for name, kind in ports],
    )
    slice_["metadata"]["labels"] = {"kubernetes.io/service-name": "kube-dns"}
    return [service, slice_]


def _volumes() -> list[dict[str, Any]]:
    namespace = _object("v1", "Namespace", VOLUMES_NAMESPACE)
    # Its helper pods make folders on the node; nothing else is ever started there.
    namespace["metadata"]["labels"] = {"pod-security.kubernetes.io/enforce": "privileged"}
    scripts = {
        "setup": '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n',
        "teardown": '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
    }
    storage = _object(
        "storage.k8s.io/v1",
        "StorageClass",
        STORAGE_CLASS,
        provisioner=PROVISIONER,
        volumeBindingMode="WaitForFirstConsumer",
        reclaimPolicy="Delete",
    )
    storage["metadata"]["annotations"] = {"storageclass.kubernetes.io/is-default-class": "true"}
    return [
        namespace,
        _object("v1", "ServiceAccount", "volumes", namespace=VOLUMES_NAMESPACE),
        _object("v1", "ConfigMap", "volumes", namespace=VOLUMES_NAMESPACE, data=scripts),
        storage,
    ]


def _ingress_class() -> dict[str, Any]:
    spec = {"controller": "zalando.org/skipper"}
    return _object("networking.k8s.io/v1", "IngressClass", INGRESS_CLASS, spec=spec)


def _object(
    api_version: str, kind: str, name: str, *, namespace: str = "", **body: Any
) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace} if namespace else {"name": name}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **body}
