"""Kinds of object: their names in the engine, and where the API server serves them.

The server is asked (`/api`, `/apis`), so custom resources work like any other kind; what is asked
once is remembered until a kind is missing.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from orchestrator.errors.cluster_objects import KindUnknownError, RequestRefusedError

_PACKAGE = "kubernetes:"
# Known without asking, so that a plan can be made with no cluster at hand.
_CLUSTER_WIDE = frozenset(
    {
        ("", "Namespace"),
        ("", "Node"),
        ("", "PersistentVolume"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy"),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding"),
        ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"),
        ("apiregistration.k8s.io", "APIService"),
        ("certificates.k8s.io", "CertificateSigningRequest"),
        ("flowcontrol.apiserver.k8s.io", "FlowSchema"),
        ("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration"),
        ("networking.k8s.io", "IngressClass"),
        ("node.k8s.io", "RuntimeClass"),
        ("rbac.authorization.k8s.io", "ClusterRole"),
        ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("scheduling.k8s.io", "PriorityClass"),
        ("storage.k8s.io", "CSIDriver"),
        ("storage.k8s.io", "CSINode"),
        ("storage.k8s.io", "StorageClass"),
        ("storage.k8s.io", "VolumeAttachment"),
    }
)
_BUILT_IN = frozenset({"", "apps", "autoscaling", "batch", "policy", "extensions"})


@dataclass(frozen=True)
class Kind:
    """One kind: group ('' for the core one), version, name."""

    group: str
    version: str
    name: str

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> Kind:
        """The kind that an object's `apiVersion` and `kind` name."""
        group, _, version = str(manifest.get("apiVersion", "")).rpartition("/")
        return cls("" if group == "core" else group, version, str(manifest.get("kind", "")))

    @classmethod
    def of_token(cls, token: str) -> Kind:
        """The kind in a resource type such as `kubernetes:apps/v1:Deployment`."""
        module, _, name = token.removeprefix(_PACKAGE).partition(":")
        group, _, version = module.rpartition("/")
        return cls("" if group == "core" else group, version, name)

    @property
    def api_version(self) -> str:
        """As it stands in an object."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def built_in(self) -> bool:
        """Whether Kubernetes itself has that group."""
        return self.group in _BUILT_IN or self.group.endswith(".k8s.io")


@dataclass(frozen=True)
class Served:
    """Where objects of a kind are: the plural name, and whether they live in namespaces."""

    kind: Kind
    plural: str
    namespaced: bool

    def path(self, namespace: str = "", name: str = "") -> str:
        """The path of one object, or of the list when there is no name."""
        root = f"/apis/{self.kind.api_version}" if self.kind.group else f"/api/{self.kind.version}"
        place = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return f"{root}{place}/{self.plural}" + (f"/{name}" if name else "")


class Reader(Protocol):
    """What is needed of `rest.Api` to discover kinds."""

    def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any] | None:
        """The document at a path, or None."""


class Catalogue:
    """What the server serves. Safe to use from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._served: dict[str, dict[str, Served]] = {}

    def find(self, api: Reader, kind: Kind) -> Served:
        """Where the kind is served. Raises KindUnknownError, and what the reader raises."""
        with self._lock:
            known = self._served.get(kind.api_version, {})
        if kind.name not in known:
            known = self._discover(api, kind)
        if kind.name not in known:
            raise KindUnknownError(kind.api_version, kind.name)
        return known[kind.name]

    def forget(self) -> None:
        """Ask again from now on: a new kind was defined."""
        with self._lock:
            self._served.clear()

    def _discover(self, api: Reader, kind: Kind) -> dict[str, Served]:
        root = "/apis" if kind.group else "/api"
        try:
            answer = api.get(f"{root}/{kind.api_version}") or {}
        except RequestRefusedError as refused:
            if refused.status != 503:
                raise
            answer = {}  # an aggregated API whose own server is away
        found = {
            str(entry["kind"]): Served(
                Kind(kind.group, kind.version, str(entry["kind"])),
                str(entry["name"]),
                namespaced=bool(entry["namespaced"]),
            )
            for entry in answer.get("resources") or ()
            if "/" not in entry["name"]
        }
        with self._lock:
            self._served[kind.api_version] = found
        return found


def namespaced_for_sure(kind: Kind) -> bool | None:
    """Whether a kind lives in namespaces as far as is known without asking; None: ask."""
    if (kind.group, kind.name) in _CLUSTER_WIDE:
        return False
    return True if kind.built_in else None
