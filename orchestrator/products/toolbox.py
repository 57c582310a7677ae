"""The world that products and flows look at and change: every port, chosen by the wiring."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.model.restoration import Goal, Stage
from orchestrator.model.secret import Secret
from orchestrator.ports import (
    Certificates,
    Clock,
    Cluster,
    HostRunner,
    IdentityProvider,
    Inbox,
    KeyRing,
    ObjectHistory,
    ObjectStore,
    SecretStore,
    StackEngine,
    Web,
)

SecretValues = Mapping[str, Secret]
"""Secrets that exist, by the names of `SecretSpec.name` and by references of the tenant file."""


@dataclass(frozen=True)
class StackFacts:
    """The wanted resources, counted without an engine: (kind, name) and one fingerprint of all.

    `images` are the references of the images they run, by name.
    """

    resources: tuple[tuple[str, str], ...]
    fingerprint: str
    images: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Toolbox:
    """The outside world, as ports; `stack` and `facts` take the secrets that exist so far.

    `staged` is the engine of the same stack as it is at a stage, with what its database is brought
    back to or made anew from, if anything. `origin` keeps the secrets of the instance that
    a copy is of.
    """

    secrets: SecretStore
    certificates: Certificates
    identity: IdentityProvider | None
    objects: ObjectStore
    history: ObjectHistory
    keys: KeyRing
    stack: Callable[[SecretValues], StackEngine]
    staged: Callable[[SecretValues, Stage, Goal | None], StackEngine]
    facts: Callable[[SecretValues], StackFacts]
    hosts: HostRunner
    cluster: Cluster
    web: Web
    inbox: Inbox | None
    clock: Clock
    play_variables: Mapping[str, Any]
    origin: SecretStore | None = None
