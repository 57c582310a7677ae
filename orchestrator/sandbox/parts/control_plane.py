"""etcd and the three processes that decide: API server, controller manager, scheduler."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from orchestrator.sandbox import probe
from orchestrator.sandbox.credentials import Credentials
from orchestrator.sandbox.layout import Layout
from orchestrator.sandbox.part import Part

_ETCD = "http://127.0.0.1:2379"
_ETCD_PEER = "http://127.0.0.1:2380"  # nobody's peer, but it insists


def control_plane(
    layout: Layout, tools: Mapping[str, Path], credentials: Credentials
) -> tuple[Part, ...]:
    """In the order they are started."""
    node = layout.node_address
    metrics = f"http://{node}:2381"
    etcd = Part(
        "etcd",
        (
            str(tools["etcd"]),
            f"--name={layout.name}",
            f"--data-dir={layout.path('etcd')}",
            f"--listen-client-urls={_ETCD}",
            f"--advertise-client-urls={_ETCD}",
            f"--listen-peer-urls={_ETCD_PEER}",
            f"--initial-advertise-peer-urls={_ETCD_PEER}",
            f"--initial-cluster={layout.name}={_ETCD_PEER}",
            f"--listen-metrics-urls={metrics}",
            "--log-level=warn",
        ),
        "node",
        _ETCD,
        lambda: probe.well(node, 2381, "/health"),
    )
    return (etcd, _api_server(layout, tools, credentials), *_deciders(layout, tools, credentials))


def _api_server(layout: Layout, tools: Mapping[str, Path], credentials: Credentials) -> Part:
    node = layout.node_address
    certificate, key = credentials.serving
    client, client_key = credentials.kubelet_client
    signing, public = credentials.token_keys
    authority = credentials.authority
    return Part(
        "api-server",
        (
            str(tools["kube-apiserver"]),
            f"--etcd-servers={_ETCD}",
            f"--bind-address={node}",
            f"--advertise-address={node}",
            "--secure-port=6443",
            f"--service-cluster-ip-range={layout.services}",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--allow-privileged=false",
            "--anonymous-auth=false",
            "--profiling=false",
            f"--client-ca-file={authority}",
            f"--tls-cert-file={certificate}",
            f"--tls-private-key-file={key}",
            f"--token-auth-file={credentials.tokens}",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            f"--service-account-signing-key-file={signing}",
            f"--service-account-key-file={public}",
            f"--kubelet-certificate-authority={authority}",
            f"--kubelet-client-certificate={client}",
            f"--kubelet-client-key={client_key}",
            # else exec and logs look up the node's name
            "--kubelet-preferred-address-types=InternalIP",
            f"--encryption-provider-config={credentials.encryption}",
        ),
        "node",
        f"https://{node}:6443",
        lambda: probe.well(node, 6443, "/readyz", authority=authority, client=credentials.admin),
        sources=(certificate, credentials.tokens, credentials.encryption),
        wait_s=120.0,
    )


def _deciders(
    layout: Layout, tools: Mapping[str, Path], credentials: Credentials
) -> tuple[Part, ...]:
    node = layout.node_address
    certificate, key = credentials.serving
    serving = (
        f"--bind-address={node}",
        f"--tls-cert-file={certificate}",
        f"--tls-private-key-file={key}",
        "--leader-elect=false",
        "--profiling=false",
    )
    authority = credentials.authority
    manager = Part(
        "controller-manager",
        (
            str(tools["kube-controller-manager"]),
            f"--kubeconfig={credentials.kubeconfig('controller-manager')}",
            f"--service-account-private-key-file={credentials.token_keys[0]}",
            f"--root-ca-file={authority}",
            "--use-service-account-credentials=true",
            f"--cluster-cidr={layout.pods}",
            f"--service-cluster-ip-range={layout.services}",
            *serving,
        ),
        "node",
        f"https://{node}:10257",
        lambda: probe.well(node, 10257, "/healthz", authority=authority),
    )
    scheduler = Part(
        "scheduler",
        (
            str(tools["kube-scheduler"]),
            f"--kubeconfig={credentials.kubeconfig('scheduler')}",
            *serving,
        ),
        "node",
        f"https://{node}:10259",
        lambda: probe.well(node, 10259, "/healthz", authority=authority),
    )
    return manager, scheduler
