"""What every cluster offers its pods: names, volumes, an entrance."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from orchestrator.sandbox import probe, sign_in
from orchestrator.sandbox.credentials import Credentials
from orchestrator.sandbox.files import written
from orchestrator.sandbox.layout import IDENTITY_HOST, Layout
from orchestrator.sandbox.part import Part
from orchestrator.sandbox.parts.cloud import SECRETS_PORT

INGRESS_CLASS = "sandbox"
VOLUMES_NAMESPACE = "sandbox-volumes"
TOOLBOX = "sandbox.orchestrator.local/toolbox:1"
PROVISIONER = "orchestrator.local/volumes"


def names(layout: Layout, tools: Mapping[str, Path], credentials: Credentials) -> Part:
    """CoreDNS for the cluster's own names and the identity provider's; it asks nobody."""
    node = layout.node_address
    kubeconfig = credentials.kubeconfig("dns")
    settings = written(
        layout.path("etc", "Corefile"),
        f"""\
.:53 {{
    bind {node}
    health {node}:8080
    ready {node}:8181
    errors
    cache 30
    hosts {{
        {node} {IDENTITY_HOST}
        ttl 30
        fallthrough
    }}
    kubernetes cluster.local in-addr.arpa {{
        kubeconfig {kubeconfig}
        pods insecure
    }}
}}
""",
    )
    return Part(
        "dns",
        (str(tools["coredns"]), f"-conf={settings}"),
        "node",
        f"{layout.dns}:53",
        lambda: probe.well(node, 8181, "/ready"),
        sources=(settings,),
    )


def volumes(layout: Layout, tools: Mapping[str, Path], credentials: Credentials) -> Part:
    """Folders of this machine as volumes."""
    place = layout.path("volumes")
    place.mkdir(exist_ok=True, mode=0o711)
    everywhere = {"node": "DEFAULT_PATH_FOR_NON_LISTED_NODES", "paths": [str(place)]}
    settings = written(
        layout.path("etc", "volumes.json"), json.dumps({"nodePathMap": [everywhere]}, indent=2)
    )
    helper = written(layout.path("etc", "volume-helper.yaml"), _helper())
    return Part(
        "volumes",
        (
            str(tools["local-path-provisioner"]),
            "start",
            f"--config={settings}",
            f"--kubeconfig={credentials.kubeconfig('volumes')}",
            f"--namespace={VOLUMES_NAMESPACE}",
            f"--provisioner-name={PROVISIONER}",
            "--service-account-name=volumes",
            "--configmap-name=volumes",
            f"--helper-image={TOOLBOX}",
            f"--helper-pod-file={helper}",
        ),
        "node",
        sources=(settings, helper),
    )


def entrance(layout: Layout, tools: Mapping[str, Path], credentials: Credentials) -> Part:
    """skipper: TLS from the Ingress's own secret, routes from Ingresses, and the way to sign in."""
    node = layout.node_address
    certificate, key = credentials.identity_serving
    secrets_server = f"https://{layout.cloud_address}:{SECRETS_PORT}"
    routes = written(layout.path("etc", "sign-in.eskip"), sign_in.routes(secrets_server))
    return Part(
        "ingress",
        (
            str(tools["skipper"]),
            f"-address={node}:{layout.port}",
            f"-routes-file={routes}",
            f"-tls-cert={certificate}",
            f"-tls-key={key}",
            "-kubernetes",
            f"-kubernetes-url=https://{node}:6443",
            f"-kubernetes-token-file={credentials.ingress_token}",
            "-kubernetes-enable-tls",
            f"-kubernetes-ingress-class={INGRESS_CLASS}",
            "-kubernetes-path-mode=path-prefix",
            "-kubernetes-https-redirect=false",
            "-kubernetes-healthcheck=false",
            "-enable-kubernetes-endpointslices",
            "-proxy-preserve-host",
            "-enable-ratelimits",
            f"-forwarded-headers=X-Forwarded-For,X-Forwarded-Proto=https,X-Forwarded-Port={layout.port}",
            f"-support-listener={node}:9911",
            f"-metrics-listener={node}:9911",
            "-wait-first-route-load",
            "-wait-for-healthcheck-interval=0s",
            "-application-log-level=WARN",
            "-source-poll-timeout=1000",
        ),
        "node",
        f"{node}:{layout.port}",
        # The door opens once the routes are known; whether it lives is told by its side door.
        lambda: probe.answers(node, layout.port) and probe.well(node, 9911, "/routes?limit=1"),
        environment={"SSL_CERT_FILE": str(credentials.authority)},
        sources=(credentials.ingress_token, routes, certificate),
    )


def _helper() -> str:
    container = {
        "name": "helper",
        "image": TOOLBOX,
        "imagePullPolicy": "IfNotPresent",
        "securityContext": {
            "runAsUser": 0,
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
    }
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "volume"},
        "spec": {"automountServiceAccountToken": False, "containers": [container]},
    }
    return json.dumps(pod, indent=2)
