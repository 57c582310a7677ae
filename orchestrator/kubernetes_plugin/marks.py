"""The annotations by which a resource tells the plugin how to treat it; the official names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

AUTONAMED = "pulumi.com/autonamed"
PATCH_FORCE = "pulumi.com/patchForce"
PATCH_FIELD_MANAGER = "pulumi.com/patchFieldManager"
SKIP_AWAIT = "pulumi.com/skipAwait"
TIMEOUT_SECONDS = "pulumi.com/timeoutSeconds"
REPLACE_UNREADY = "pulumi.com/replaceUnready"
DELETION_PROPAGATION = "pulumi.com/deletionPropagationPolicy"


def of(manifest: Mapping[str, Any], name: str) -> str:
    """The annotation's text, or ''."""
    annotations = (manifest.get("metadata") or {}).get("annotations") or {}
    value = annotations.get(name, "")
    return value if isinstance(value, str) else ""


def is_set(manifest: Mapping[str, Any], name: str) -> bool:
    """Whether the annotation says "true"."""
    return of(manifest, name).lower() == "true"


def seconds(manifest: Mapping[str, Any], otherwise: float) -> float:
    """How long to wait for the object: its annotation, else `otherwise`."""
    text = of(manifest, TIMEOUT_SECONDS)
    return float(text) if text.isdigit() and int(text) else otherwise
