"""The world that products and flows look at and change: every port, chosen by the wiring."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.model.secret import Secret
from orchestrator.ports import (
    Certificates,
    Clock,
    Cluster,
    HostRunner,
    IdentityProvider,
    Inbox,
    ObjectStore,
    SecretStore,
    StackEngine,
    Web,
)

SecretValues = Mapping[str, Secret]
"""Secrets that exist, by the names of `SecretSpec.name` and by references of the tenant file."""


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
    identity: IdentityProvider | None
    objects: ObjectStore
    stack: Callable[[SecretValues], StackEngine]
    facts: Callable[[SecretValues], StackFacts]
    hosts: HostRunner
    cluster: Cluster
    web: Web
    inbox: Inbox | None
    clock: Clock
    play_variables: Mapping[str, Any]
