"""Who is who inside the sandbox: certificates, kubeconfigs, tokens, each for one part alone."""

from __future__ import annotations

import base64
import json
import os
import secrets
from pathlib import Path

from orchestrator.ports import Clock
from orchestrator.sandbox.authority import AS_A_NAME, Authority
from orchestrator.sandbox.layout import IDENTITY_HOST, NODE, Layout

# subject and groups as Kubernetes' own roles expect them
_CLIENTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "admin": ("orchestrator", ("system:masters",)),
    "controller-manager": ("system:kube-controller-manager", ()),
    "scheduler": ("system:kube-scheduler", ()),
    "kubelet": (f"system:node:{NODE}", ("system:nodes",)),
    "kube-proxy": ("system:kube-proxy", ()),
    "kube-router": ("orchestrator:kube-router", ()),
    "dns": ("orchestrator:dns", ()),
    "volumes": ("orchestrator:volumes", ()),
}
INGRESS_USER = "orchestrator:ingress"


class Credentials:
    """All files of one sandbox's identities; made when missing, renewed when they must be."""

    def __init__(self, layout: Layout, clock: Clock) -> None:
        self._layout = layout
        self._authority = Authority(layout.path("pki"), layout.name, clock)
        self.authority = self._authority.certificate
        self.authority_key = self._authority.key
        self.serving = self._authority.issue(
            "serving",
            NODE,
            places=(
                layout.node_address,
                layout.api_service,
                NODE,
                "kubernetes",
                "kubernetes.default",
                "kubernetes.default.svc",
                "kubernetes.default.svc.cluster.local",
            ),
        )
        # The address as a name as well: pgBackRest looks for it among names alone.
        cloud = layout.cloud_address
        self.cloud_serving = self._authority.issue(
            "cloud", "cloud", places=(cloud, f"{AS_A_NAME}{cloud}")
        )
        self.identity_serving = self._authority.issue(
            "identity", IDENTITY_HOST, places=(IDENTITY_HOST,)
        )
        self.kubelet_client = self._authority.issue(
            "kubelet-client", "kube-apiserver", ("system:masters",)
        )
        self.token_keys = self._authority.pair("tokens")
        self.admin = self._authority.issue("admin", *_CLIENTS["admin"])
        self.tokens, self.ingress_token = self._tokens()
        self.encryption = self._encryption()

    def kubeconfig(self, client: str) -> Path:
        """The kubeconfig of one part, with its certificate inside."""
        certificate, key = self._authority.issue(client, *_CLIENTS[client])
        path = self._layout.path("pki", f"{client}.kubeconfig")
        body = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": "sandbox",
                    "cluster": {
                        "server": f"https://{self._layout.node_address}:6443",
                        "certificate-authority-data": _encoded(self.authority),
                    },
                }
            ],
            "users": [
                {
                    "name": client,
                    "user": {
                        "client-certificate-data": _encoded(certificate),
                        "client-key-data": _encoded(key),
                    },
                }
            ],
            "contexts": [{"name": "sandbox", "context": {"cluster": "sandbox", "user": client}}],
            "current-context": "sandbox",
        }
        _write_once_changed(path, json.dumps(body, indent=2))
        return path

    def _tokens(self) -> tuple[Path, Path]:
        """The ingress controller speaks with a token; it cannot use a certificate."""
        token = self._layout.path("pki", "ingress.token")
        if not token.exists():
            _write_once_changed(token, secrets.token_hex(32))
        table = self._layout.path("pki", "tokens.csv")
        secret = token.read_text(encoding="utf-8")
        _write_once_changed(table, f"{secret},{INGRESS_USER},{INGRESS_USER}\n")
        return table, token

    def _encryption(self) -> Path:
        """Secrets lie encrypted in etcd."""
        path = self._layout.path("pki", "encryption.json")
        if not path.exists():
            key = base64.b64encode(secrets.token_bytes(32)).decode()
            provider = {"secretbox": {"keys": [{"name": "sandbox", "secret": key}]}}
            body = {
                "apiVersion": "apiserver.config.k8s.io/v1",
                "kind": "EncryptionConfiguration",
                "resources": [
                    {"resources": ["secrets"], "providers": [provider, {"identity": {}}]}
                ],
            }
            _write_once_changed(path, json.dumps(body))
        return path


def _encoded(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()


def _write_once_changed(path: Path, text: str) -> None:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    scratch = path.with_name(path.name + ".new")
    scratch.unlink(missing_ok=True)
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    scratch.replace(path)
