"""Whose an object is, as its managed fields tell.

Every resource applies under a manager name of its own, made from its URN. So a run that was killed
after the server had written the object, but before the engine had written its state, recognises
its own object, and an object of another stack, or of a person, is never taken over by accident.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from orchestrator.kubernetes_plugin import marks

PREFIX = "pulumi-kubernetes"
_HEX_DIGITS = 8
_IDENTITY = frozenset({"apiVersion", "kind", "metadata"})


def manager_for(urn: str, inputs: Mapping[str, Any], state: str = "") -> str:
    """The field manager: what the inputs say, else what the state says, else made from the URN."""
    asked = marks.of(inputs, marks.PATCH_FIELD_MANAGER)
    digits = hashlib.sha256(urn.encode()).hexdigest()[:_HEX_DIGITS]
    return asked or state or f"{PREFIX}-{digits}"


def managers(live: Mapping[str, Any]) -> tuple[str, ...]:
    """Who set fields of an object, in order, without those that only wrote its status."""
    entries = (live.get("metadata") or {}).get("managedFields") or ()
    names = [str(entry.get("manager", "")) for entry in entries if not entry.get("subresource")]
    return tuple(dict.fromkeys(name for name in names if name))


def is_ours(live: Mapping[str, Any], manager: str, wanted: Mapping[str, Any]) -> bool:
    """Whether this manager applied the object, or the cluster itself made it for everyone.

    The server notes no manager for an object that was applied with nothing but a name; such a one
    counts as ours when no more than that is wanted.
    """
    known = managers(live)
    return manager in known or _made_by_cluster(live) or (not known and _is_bare(wanted))


def is_engines(live: Mapping[str, Any]) -> bool:
    """Whether some Pulumi stack made the object."""
    return any(name.startswith(PREFIX) for name in managers(live))


def _is_bare(wanted: Mapping[str, Any]) -> bool:
    return set(wanted) <= _IDENTITY and set(wanted.get("metadata") or {}) <= {"name", "namespace"}


def _made_by_cluster(live: Mapping[str, Any]) -> bool:
    metadata = live.get("metadata") or {}
    return live.get("kind") == "ServiceAccount" and metadata.get("name") == "default"
