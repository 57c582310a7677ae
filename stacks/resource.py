"""A resource as a value: what shall be, before any engine has heard of it.

Policies, fingerprints, previews and tests read this list; `stacks.program` hands it to Pulumi. A
secret inside a body is a `Secret` and stays one until `manifest` is told how to show it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from orchestrator.model.secret import STARS, Secret
from stacks.kind import Kind

Body = Mapping[str, Any]
Show = Callable[[Secret], Any]

_NAME_DIGITS = 10


@dataclass(frozen=True)
class Resource:
    """One object of the cluster.

    key:        name within the stack, `deployment/web`; stays when `name` follows its content
    name:       `metadata.name`
    namespace:  None for what has none
    body:       everything beside apiVersion, kind and metadata
    depends_on: keys of the resources that must stand before this one
    protected:  the engine refuses to delete it: data would be lost
    """

    kind: Kind
    key: str
    name: str
    namespace: str | None
    labels: Mapping[str, str]
    body: Body
    annotations: Mapping[str, str] = field(default_factory=dict)
    depends_on: tuple[str, ...] = ()
    protected: bool = False

    @property
    def secret(self) -> bool:
        """Whether any value of it must stay hidden."""
        return _holds_secret(self.body)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the canonical JSON, secrets counted by their own fingerprints."""
        return _digest(self.manifest(_fingerprint))

    @property
    def metadata(self) -> dict[str, Any]:
        """The `metadata` of the object; empty parts are left out."""
        parts = {
            "name": self.name,
            "namespace": self.namespace,
            "labels": dict(self.labels),
            "annotations": dict(self.annotations),
        }
        return {key: value for key, value in parts.items() if value}

    def manifest(self, show: Show = lambda _secret: STARS) -> dict[str, Any]:
        """The object as Kubernetes knows it, each secret as `show` says; stars unless told."""
        return {
            "apiVersion": self.kind.api_version,
            "kind": self.kind.name,
            "metadata": self.metadata,
            **shown(self.body, show),
        }


def shown(value: Any, show: Show) -> Any:
    """A copy of plain data in which every secret is what `show` makes of it."""
    if isinstance(value, Secret):
        return show(value)
    if isinstance(value, Mapping):
        return {key: shown(item, show) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [shown(item, show) for item in value]
    return value


def content_name(name: str, content: Any) -> str:
    """`name-<10 hex digits>` that follow the content.

    ConfigMaps, Secrets and Jobs get such names: what uses them names them, so a change of content
    rolls exactly the pods that read it, the old object serves the old pods until they are gone,
    and an engine that replaces instead of updating never meets its own name.
    """
    return f"{name}-{_digest(shown(content, _fingerprint))[:_NAME_DIGITS]}"


def layered(layers: Iterable[Sequence[Resource]]) -> tuple[Resource, ...]:
    """All resources in order, each depending on every resource of the layer before its own."""
    ordered: list[Resource] = []
    before: tuple[str, ...] = ()
    for layer in layers:
        if not layer:
            continue
        ordered += [replace(item, depends_on=before) for item in layer]
        before = tuple(item.key for item in layer)
    return tuple(ordered)


def find(resources: Iterable[Resource], key: str) -> Resource:
    """The resource of that key. Raises KeyError."""
    for resource in resources:
        if resource.key == key:
            return resource
    raise KeyError(key)


def of_kind(resources: Iterable[Resource], kind: Kind) -> tuple[Resource, ...]:
    """All resources of a kind, in order."""
    return tuple(resource for resource in resources if resource.kind == kind)


def fingerprint(resources: Iterable[Resource]) -> str:
    """SHA-256 over the fingerprints of all resources: one value that says whether two are alike."""
    return _digest([[resource.key, resource.fingerprint] for resource in resources])


def _fingerprint(secret: Secret) -> dict[str, str]:
    return {"secret": secret.fingerprint}


def _digest(content: Any) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _holds_secret(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_secret(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_holds_secret(item) for item in value)
    return isinstance(value, Secret)
