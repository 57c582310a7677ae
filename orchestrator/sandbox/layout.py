"""Where a sandbox lies: its folder, its address range, its namespaces, its ports.

Everything is derived from a name and one octet, so that two sandboxes can stand side by side. The
range is `10.<octet>.0.0/16`: pods, services, the node's link to this machine, and the link behind
the node to what stands for the cloud outside the cluster (secrets, objects, mail).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from orchestrator.sandbox.files import written

DEFAULT_NAME = "default"
DEFAULT_OCTET = 213
DEFAULT_PORT = 8443
IDENTITY_HOST = "identite.sandbox.localhost"
NODE = "sandbox"  # the node's name in the cluster
_FILE = "layout.json"
_RESERVED = range(100, 200)  # octets that other sandboxes are given by name


@dataclass(frozen=True)
class Layout:
    """One sandbox: `folder` is its own.

    `port` is the TLS port of the entrance, the same one on this machine's loopback and on the node,
    so that an address with a port in it is right for browsers and for pods.
    """

    name: str
    folder: Path
    octet: int
    port: int

    @property
    def pods(self) -> str:
        """CIDR of all pods."""
        return f"10.{self.octet}.0.0/18"

    @property
    def pods_gateway(self) -> str:
        """The bridge's address: where the node's own traffic to pods comes from."""
        return f"10.{self.octet}.0.1"

    @property
    def services(self) -> str:
        """CIDR of all services."""
        return f"10.{self.octet}.64.0/18"

    @property
    def api_service(self) -> str:
        """The cluster's own name for its API server."""
        return f"10.{self.octet}.64.1"

    @property
    def dns(self) -> str:
        """The address that pods ask for names."""
        return f"10.{self.octet}.64.10"

    @property
    def host_address(self) -> str:
        """This machine's end of the link to the node."""
        return f"10.{self.octet}.128.1"

    @property
    def node_address(self) -> str:
        """The node's end of that link; the control plane listens there."""
        return f"10.{self.octet}.128.2"

    @property
    def cloud_gateway(self) -> str:
        """The node's end of the link to the services outside the cluster."""
        return f"10.{self.octet}.129.1"

    @property
    def cloud_address(self) -> str:
        """Where secrets server, object store and mail sink answer."""
        return f"10.{self.octet}.129.2"

    @property
    def identity(self) -> str:
        """The address that people sign in at, the base of every issuer's."""
        return f"https://{IDENTITY_HOST}:{self.port}"

    @property
    def whole(self) -> str:
        """The whole range."""
        return f"10.{self.octet}.0.0/16"

    @property
    def node_space(self) -> str:
        """Network namespace of the node."""
        return f"orch-{self.name}"

    @property
    def cloud_space(self) -> str:
        """Network namespace of the services outside the cluster."""
        return f"orch-{self.name}-cloud"

    @property
    def links(self) -> tuple[str, str]:
        """The two interface names of the link between this machine and the node (15 letters)."""
        digest = hashlib.sha256(self.name.encode()).hexdigest()[:6]
        return f"orch{digest}h", f"orch{digest}n"

    @property
    def runtime(self) -> Path:
        """State that must not outlive a reboot, on a short path: sockets have 107 letters."""
        return Path("/run/orchestrator") / self.name

    def path(self, *parts: str) -> Path:
        """A path inside the folder."""
        return self.folder.joinpath(*parts)


def layout_of(name: str, sandboxes: Path) -> Layout:
    """The layout a sandbox was made with, or the one it will be made with."""
    folder = sandboxes / name
    file = folder / _FILE
    if file.exists():
        body = json.loads(file.read_text(encoding="utf-8"))
        return Layout(name, folder, int(body["octet"]), int(body["port"]))
    if name == DEFAULT_NAME:
        return Layout(name, folder, DEFAULT_OCTET, DEFAULT_PORT)
    digest = int(hashlib.sha256(name.encode()).hexdigest(), 16)
    octet = _RESERVED[digest % len(_RESERVED)]
    return Layout(name, folder, octet, 20_000 + octet * 10)


def keep(layout: Layout) -> None:
    """Write the layout down, so that a later version finds the same one."""
    body = {**asdict(layout), "folder": str(layout.folder)}
    written(layout.path(_FILE), json.dumps(body, indent=2) + "\n")


def kept(layout: Layout) -> bool:
    """Whether a sandbox was ever begun there; it may not have come up."""
    return layout.path(_FILE).exists()
