"""What a flow works on and what it works with: one instance, and the tools chosen for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.model.instance import Decidim
from orchestrator.model.names import InstanceNames
from orchestrator.model.release import Release
from orchestrator.model.secret import Secret
from orchestrator.model.tenant import Tenant
from orchestrator.ports import (
    Certificates,
    Clock,
    Cluster,
    HostRunner,
    Inbox,
    ObjectStore,
    SecretStore,
    StackEngine,
    Web,
)

SecretValues = Mapping[str, Secret]


@dataclass(frozen=True)
class Subject:
    """One instance as it is wanted."""

    tenant: Tenant
    instance: Decidim
    release: Release
    names: InstanceNames
    public_url: str

    @property
    def title(self) -> str:
        """The site's name as visitors read it."""
        return self.instance.title or self.tenant.organisation.legal_name


@dataclass(frozen=True)
class StackFacts:
    """The wanted resources, counted without an engine: (kind, name) and one fingerprint of all."""

    resources: tuple[tuple[str, str], ...]
    fingerprint: str


@dataclass(frozen=True)
class Toolbox:
    """The outside world, as ports; `stack` and `facts` take the secrets that exist so far."""

    secrets: SecretStore
    certificates: Certificates
    objects: ObjectStore
    stack: Callable[[SecretValues], StackEngine]
    facts: Callable[[SecretValues], StackFacts]
    hosts: HostRunner
    cluster: Cluster
    web: Web
    inbox: Inbox | None
    clock: Clock
    play_variables: Mapping[str, Any]
