"""Inputs made complete before anything is compared: name, namespace, and what cannot be served."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.kubernetes_plugin import marks
from orchestrator.kubernetes_plugin.kinds import Kind
from orchestrator.kubernetes_plugin.properties import UNKNOWN, Hidden, plain

_HEX_DIGITS = 8


@dataclass(frozen=True)
class Naming:
    """How a nameless object gets its name.

    `seed` is the engine's, so that a plan and its carrying out agree. `proposed` is a name from
    the stack's own naming rule; `forbidden` says that names must be written down.
    """

    resource: str
    seed: bytes
    proposed: str = ""
    forbidden: bool = False


@dataclass(frozen=True)
class Failure:
    """One thing that is wrong with the inputs."""

    path: str
    reason: str


@dataclass(frozen=True)
class Surroundings:
    """The default namespace, and who knows whether a kind lives in namespaces (None: not yet)."""

    namespace: str
    namespaced: Callable[[Kind], bool | None]


def checked(
    news: Mapping[str, Any], olds: Mapping[str, Any], naming: Naming, around: Surroundings
) -> tuple[dict[str, Any], list[Failure]]:
    """The completed inputs, and the faults found."""
    inputs = dict(news)
    failures = list(_unservable(inputs))
    metadata = _opened(inputs.get("metadata"))
    if failures or metadata is None:
        return inputs, failures
    inputs["metadata"] = metadata
    version = plain(inputs["apiVersion"])
    if isinstance(version, str) and version.startswith("core/"):
        inputs["apiVersion"] = version.removeprefix("core/")
    failures += _name(metadata, _opened(olds.get("metadata")) or {}, naming)
    kind = Kind.of(plain(inputs))
    namespaced = around.namespaced(kind)
    if namespaced is True and not metadata.get("namespace"):
        metadata["namespace"] = around.namespace
    elif namespaced is False:
        metadata.pop("namespace", None)
    return inputs, failures


def identifier(manifest: Mapping[str, Any]) -> str:
    """The engine's id of an object: `namespace/name`, or `name`."""
    metadata = manifest.get("metadata") or {}
    namespace = metadata.get("namespace")
    return f"{namespace}/{metadata['name']}" if namespace else str(metadata["name"])


def parsed_identifier(text: str) -> tuple[str, str]:
    """Namespace ('' for none) and name of an id."""
    namespace, _, name = text.rpartition("/")
    return namespace, name


def _unservable(inputs: Mapping[str, Any]) -> list[Failure]:
    failures = [
        Failure(key, "must be there") for key in ("apiVersion", "kind") if not inputs.get(key)
    ]
    kind = plain(inputs.get("kind"))
    if isinstance(kind, str) and kind.endswith("List") and "items" in inputs:
        failures.append(Failure("kind", "lists are not served; declare each object by itself"))
    metadata = plain(inputs.get("metadata"))
    if metadata is not None and metadata is not UNKNOWN and not isinstance(metadata, dict):
        failures.append(Failure("metadata", "must be an object"))
    elif isinstance(metadata, dict) and "generateName" in metadata:
        reason = "cannot be applied; leave the name out, and one is made"
        failures.append(Failure("metadata.generateName", reason))
    return failures


def _opened(metadata: Any) -> dict[str, Any] | None:
    """The metadata as an object that may be changed; None when it is not known yet."""
    if metadata is UNKNOWN:
        return None
    if isinstance(metadata, Hidden):
        metadata = metadata.value
    return dict(metadata) if isinstance(metadata, dict) else {}


def _name(metadata: dict[str, Any], olds: Mapping[str, Any], naming: Naming) -> list[Failure]:
    if metadata.get("name"):
        return []
    old = plain(olds.get("name"))
    if isinstance(old, str) and marks.is_set({"metadata": plain(olds)}, marks.AUTONAMED):
        metadata["name"] = old
    elif naming.forbidden:
        return [Failure("metadata.name", "must be there, since the stack forbids made-up names")]
    else:
        digits = hashlib.sha256(naming.seed).hexdigest()[:_HEX_DIGITS]
        metadata["name"] = naming.proposed or f"{naming.resource}-{digits}"
    noted = metadata.get("annotations")
    if noted is UNKNOWN or isinstance(noted, Hidden):
        return []
    metadata["annotations"] = {**(noted or {}), marks.AUTONAMED: "true"}
    return []
