"""Every part of a sandbox in the stages it is started in."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors.sandbox import PackagesMissingError
from orchestrator.sandbox.credentials import Credentials
from orchestrator.sandbox.layout import Layout
from orchestrator.sandbox.part import Part
from orchestrator.sandbox.parts import cloud, control_plane, node, services
from orchestrator.tools import process

Stage = tuple[Part, ...]


@dataclass(frozen=True)
class Assembly:
    """The parts, by stage; each stage is waited for before the next begins."""

    control_plane: Stage
    runtime: Stage
    node: Stage
    network: Stage
    cloud: Stage
    entrance: Stage
    kubectl: Path
    pulumi: Path
    kubeconfig: Path
    secrets_address: str
    credentials: Credentials

    @property
    def stages(self) -> tuple[Stage, ...]:
        """In the order they are started."""
        return (
            self.runtime,
            self.cloud,
            self.control_plane,
            self.node,
            self.network,
            self.entrance,
        )

    @property
    def parts(self) -> tuple[Part, ...]:
        """All of them, in that order."""
        return tuple(part for stage in self.stages for part in stage)


def assemble(layout: Layout, tools: Mapping[str, Path], credentials: Credentials) -> Assembly:
    """Describe every part; nothing is started. Writes configuration files that differ."""
    vault = cloud.secrets_server(layout, tools, credentials)
    return Assembly(
        control_plane=control_plane.control_plane(layout, tools, credentials),
        runtime=(node.container_runtime(layout),),
        node=(
            node.kubelet(layout, tools, credentials),
            node.service_proxy(layout, tools, credentials),
        ),
        # It ends at once when the cluster does not know its node yet.
        network=(
            node.network_policies(layout, tools, credentials),
            services.names(layout, tools, credentials),
            services.volumes(layout, tools, credentials),
        ),
        cloud=(vault, cloud.object_store(layout, _weed(), credentials), cloud.mail_sink(layout)),
        entrance=(
            services.entrance(layout, tools, credentials),
            cloud.forwarder(layout),
        ),
        kubectl=tools["kubectl"],
        pulumi=tools["pulumi"],
        kubeconfig=credentials.kubeconfig("admin"),
        secrets_address=vault.address,
        credentials=credentials,
    )


def _weed() -> Path:
    beside = Path(sys.executable).with_name("weed")
    found = beside if beside.exists() else process.found("weed")
    if found is None:
        raise PackagesMissingError(("orchestrator[sandbox]",))
    return found
