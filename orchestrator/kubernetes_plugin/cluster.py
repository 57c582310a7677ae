"""One cluster as the plugin sees it: kinds and objects instead of paths and requests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from orchestrator.errors.cluster_objects import (
    ClusterAccessError,
    ClusterUnreachableError,
    KindUnknownError,
)
from orchestrator.kubernetes_plugin.kinds import Catalogue, Kind, Served, namespaced_for_sure
from orchestrator.kubernetes_plugin.rest import PATIENCE_S, Api, Document, Way

_HURRIED_S = 3.0


@dataclass(frozen=True)
class Manner:
    """How a manifest is applied: as whom, over conflicts or not, really or not."""

    manager: str
    force: bool = False
    dry: bool = False

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the request."""
        query = {"fieldManager": self.manager, "force": "true" if self.force else "false"}
        return {**query, "dryRun": "All"} if self.dry else query


class Cluster:
    """Objects by kind, namespace and name. Implements `readiness.verdict.View`.

    `sign_in` is called at the first request, since it reads files and imports what is slow. Every
    method raises ClusterAccessError, ClusterUnreachableError, RequestRefusedError and
    KindUnknownError.
    """

    def __init__(self, sign_in: Callable[[], Way], stop: threading.Event) -> None:
        self.stop = stop
        self.away = False
        self._sign_in = sign_in
        self._lock = threading.Lock()
        self._api: Api | None = None
        self._catalogue = Catalogue()
        self._patience_s = PATIENCE_S

    def hurried(self) -> Cluster:
        """The same cluster, given up after a few seconds, and at once when that happened before."""
        if self.away:
            raise ClusterUnreachableError("", seconds=0, reason="it did not answer before")
        twin = Cluster(self._sign_in, self.stop)
        twin._api = self._signed_in().hurried(_HURRIED_S)
        twin._catalogue = self._catalogue
        return twin

    def served(self, kind: Kind) -> Served:
        """Where the kind is served."""
        return self._catalogue.find(self._signed_in(), kind)

    def namespaced(self, kind: Kind) -> bool | None:
        """Whether the kind lives in namespaces; asks only when it is not known without.

        None: nobody can tell yet, since the same plan defines the kind, or makes the cluster.
        """
        known = namespaced_for_sure(kind)
        if known is not None:
            return known
        try:
            return self.hurried().served(kind).namespaced
        except (KindUnknownError, ClusterAccessError, ClusterUnreachableError):
            return None

    def forget_kinds(self) -> None:
        """Look kinds up anew: a definition changed."""
        self._catalogue.forget()

    def find(self, kind: Kind, namespace: str, name: str) -> Document | None:
        """The object, or None."""
        return self._signed_in().get(self.served(kind).path(namespace, name))

    def get(self, api_version: str, kind: str, name: str) -> Document | None:
        """One object that lives in no namespace."""
        return self.find(_kind(api_version, kind), "", name)

    def select(
        self, api_version: str, kind: str, namespace: str, labels: Mapping[str, str]
    ) -> Sequence[Document]:
        """The objects of a namespace with these labels; no labels: all of them."""
        selector = ",".join(f"{key}={value}" for key, value in labels.items())
        path = self.served(_kind(api_version, kind)).path(namespace)
        answer = self._signed_in().get(path, {"labelSelector": selector} if selector else None)
        return list((answer or {}).get("items") or ())

    def apply(self, manifest: Document, manner: Manner) -> Document:
        """Server-side apply. Raises FieldConflictError besides."""
        metadata = manifest["metadata"]
        served = self.served(Kind.of(manifest))
        path = served.path(str(metadata.get("namespace", "")), str(metadata["name"]))
        return self._signed_in().apply(path, manifest, manner.query)

    def delete(self, kind: Kind, namespace: str, name: str, options: Document) -> Document | None:
        """Ask for removal; None when it is not there."""
        return self._signed_in().delete(self.served(kind).path(namespace, name), options)

    def _signed_in(self) -> Api:
        with self._lock:
            if self._api is None:
                self._api = Api(self._sign_in(), self.stop, self._patience_s)
            return self._api


def _kind(api_version: str, name: str) -> Kind:
    return Kind.of({"apiVersion": api_version, "kind": name})
