"""The node: container runtime, kubelet, service proxy and network policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from orchestrator.sandbox import probe
from orchestrator.sandbox.credentials import Credentials
from orchestrator.sandbox.files import written
from orchestrator.sandbox.layout import NODE, Layout
from orchestrator.sandbox.part import Part

KUBELET = "kubelet"
PAUSE = "sandbox.orchestrator.local/pause:1"
CNI_PROGRAMS = "/usr/lib/cni"


def runtime_socket(layout: Layout) -> Path:
    """Where the container runtime listens."""
    return layout.runtime / "containerd.sock"


def cgroup(layout: Layout) -> str:
    """The control group below which every container of the sandbox lives."""
    return f"/orchestrator-{layout.name}"


def container_runtime(layout: Layout) -> Part:
    """containerd, with a socket, a root and a network of its own."""
    socket = runtime_socket(layout)
    networks = layout.path("etc", "cni")
    settings = written(layout.path("etc", "containerd.toml"), _runtime(layout, networks))
    written(networks / "10-sandbox.conflist", _network(layout))
    return Part(
        "containerd",
        ("containerd", f"--config={settings}"),
        "node",
        f"unix://{socket}",
        lambda: probe.answers_calls(socket),
        sources=(settings,),
    )


def kubelet(layout: Layout, tools: Mapping[str, Path], credentials: Credentials) -> Part:
    """The kubelet; needs the runtime and the API server."""
    settings = written(layout.path("etc", "kubelet.json"), _kubelet(layout, credentials))
    written(layout.path("etc", "resolv.conf"), f"nameserver {layout.dns}\n")
    node = layout.node_address
    return Part(
        KUBELET,
        (
            str(tools["kubelet"]),
            f"--config={settings}",
            f"--kubeconfig={credentials.kubeconfig('kubelet')}",
            f"--hostname-override={NODE}",
            f"--node-ip={node}",
            f"--root-dir={layout.path('kubelet')}",
            f"--cert-dir={layout.path('kubelet-pki')}",
        ),
        "node",
        f"https://{node}:10250",
        lambda: probe.well(node, 10248, "/healthz"),
        sources=(settings,),
    )


def service_proxy(layout: Layout, tools: Mapping[str, Path], credentials: Credentials) -> Part:
    """kube-proxy on nftables."""
    node = layout.node_address
    return Part(
        "kube-proxy",
        (
            str(tools["kube-proxy"]),
            f"--kubeconfig={credentials.kubeconfig('kube-proxy')}",
            "--proxy-mode=nftables",
            "--conntrack-max-per-core=0",
            f"--cluster-cidr={layout.pods}",
            f"--hostname-override={NODE}",
            "--metrics-bind-address=127.0.0.1:10249",
            f"--healthz-bind-address={node}:10256",
        ),
        "node",
        f"http://{node}:10256",
        lambda: probe.well(node, 10256, "/healthz"),
    )


def network_policies(layout: Layout, tools: Mapping[str, Path], credentials: Credentials) -> Part:
    """kube-router, for its firewall alone."""
    return Part(
        "network-policies",
        (
            str(tools["kube-router"]),
            f"--kubeconfig={credentials.kubeconfig('kube-router')}",
            f"--hostname-override={NODE}",
            "--run-router=false",
            "--run-service-proxy=false",
            "--run-firewall=true",
            "--enable-cni=false",
            f"--service-cluster-ip-range={layout.services}",
            "--iptables-sync-period=1m",
        ),
        "node",
        f"http://{layout.node_address}:20244",
        lambda: probe.well(layout.node_address, 20244, "/healthz"),
        environment={"NODE_NAME": NODE},
    )


def _network(layout: Layout) -> str:
    bridge = {
        "type": "bridge",
        "bridge": "pods",
        "isGateway": True,
        "ipMasq": False,  # nothing leads out, and the cloud's parts shall see who asks
        "hairpinMode": True,
        "ipam": {
            "type": "host-local",
            "dataDir": str(layout.runtime / "addresses"),
            "ranges": [[{"subnet": layout.pods, "gateway": layout.pods_gateway}]],
            "routes": [{"dst": "0.0.0.0/0"}],
        },
    }
    mapping = {"type": "portmap", "capabilities": {"portMappings": True}}
    body = {"cniVersion": "0.4.0", "name": "sandbox", "plugins": [bridge, mapping]}
    return json.dumps(body, indent=2)


def _runtime(layout: Layout, networks: Path) -> str:
    interface = 'plugins."io.containerd.grpc.v1.cri"'
    return f"""\
version = 2
root = "{layout.path("containerd")}"
state = "{layout.runtime / "containerd"}"
[grpc]
  address = "{runtime_socket(layout)}"
[{interface}]
  sandbox_image = "{PAUSE}"
  # this machine may not lower a score below its own
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  [{interface}.cni]
    bin_dir = "{CNI_PROGRAMS}"
    conf_dir = "{networks}"
  [{interface}.containerd]
    snapshotter = "overlayfs"
    [{interface}.containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [{interface}.containerd.runtimes.runc.options]
        SystemdCgroup = false
"""


def _kubelet(layout: Layout, credentials: Credentials) -> str:
    certificate, key = credentials.serving
    body = {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": layout.node_address,
        "healthzBindAddress": layout.node_address,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": False},
            "x509": {"clientCAFile": str(credentials.authority)},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": str(certificate),
        "tlsPrivateKeyFile": str(key),
        "containerRuntimeEndpoint": f"unix://{runtime_socket(layout)}",
        "cgroupDriver": "cgroupfs",
        # Of its own: each kubelet removes the logs of pods that it does not know.
        "podLogsDir": str(layout.path("log", "pods")),
        "cgroupRoot": cgroup(layout),
        "failCgroupV1": False,
        "failSwapOn": False,
        "oomScoreAdj": 0,
        "enforceNodeAllocatable": [],
        "clusterDomain": "cluster.local",
        "clusterDNS": [layout.dns],
        "resolvConf": str(layout.path("etc", "resolv.conf")),
        # There is no registry to fetch an image from again, so none is ever thrown away.
        "imageGCHighThresholdPercent": 100,
        "imageGCLowThresholdPercent": 99,
        "evictionHard": {
            "memory.available": "100Mi",
            "nodefs.available": "1%",
            "nodefs.inodesFree": "1%",
            "imagefs.available": "1%",
        },
        "serializeImagePulls": False,
        "seccompDefault": True,
        "maxPods": 110,
    }
    return json.dumps(body, indent=2)
