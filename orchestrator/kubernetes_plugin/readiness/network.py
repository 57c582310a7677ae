"""When a Service or an Ingress works."""

from __future__ import annotations

from orchestrator.kubernetes_plugin.readiness.verdict import (
    READY,
    Document,
    Verdict,
    View,
    namespace_of,
    waiting,
)

_SLICE_LABEL = "kubernetes.io/service-name"


def service(document: Document, view: View) -> Verdict:
    """Something ready stands behind it; a load balancer has its address.

    A service with no selector, no address of its own or only an outside name has nothing to wait
    for.
    """
    spec = document.get("spec") or {}
    kind = spec.get("type", "ClusterIP")
    if kind == "ExternalName":
        return READY
    balancer = (document.get("status") or {}).get("loadBalancer") or {}
    if kind == "LoadBalancer" and not balancer.get("ingress"):
        return waiting("its load balancer has no address yet")
    if spec.get("clusterIP") == "None" or not spec.get("selector"):
        return READY
    name = str((document.get("metadata") or {}).get("name", ""))
    slices = view.select(
        "discovery.k8s.io/v1", "EndpointSlice", namespace_of(document), {_SLICE_LABEL: name}
    )
    ready = any(
        (endpoint.get("conditions") or {}).get("ready", True)
        for one in slices
        for endpoint in one.get("endpoints") or ()
    )
    return READY if ready else waiting("no ready pod stands behind it")


def ingress(document: Document, _view: View) -> Verdict:
    """Its controller has given it an address."""
    balancer = (document.get("status") or {}).get("loadBalancer") or {}
    if balancer.get("ingress"):
        return READY
    return waiting("its controller has not given it an address")
