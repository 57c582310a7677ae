"""Removing an object and waiting until it is gone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from orchestrator.errors.cluster_objects import KindUnknownError, RequestRefusedError
from orchestrator.kubernetes_plugin import marks, waiting
from orchestrator.kubernetes_plugin.apply import DEFAULT_TIMEOUT_S
from orchestrator.kubernetes_plugin.cluster import Cluster
from orchestrator.kubernetes_plugin.kinds import Kind
from orchestrator.kubernetes_plugin.rest import Document, target_of

# Their pods must be gone before the next one of that name starts, or two would run at once.
_OWNERS = frozenset({"apps", "batch"})
_CONFLICT = 409


@dataclass(frozen=True)
class Farewell:
    """An object that shall be gone: its last known state, and how long its end may take."""

    state: Mapping[str, Any] = field(repr=False)
    namespace: str
    name: str
    timeout_s: float = DEFAULT_TIMEOUT_S


def remove(cluster: Cluster, farewell: Farewell) -> None:
    """Delete and wait. An object that is not there, or is no longer the same one, is gone.

    Raises ObjectNotGoneError, WaitCancelledError and what `Cluster.delete` raises.
    """
    kind = Kind.of(farewell.state)
    place = (farewell.namespace, farewell.name)
    try:
        live = cluster.find(kind, *place)
    except KindUnknownError:
        return  # its definition is gone, and with it every object of the kind
    uid = str((farewell.state.get("metadata") or {}).get("uid", ""))
    if live is None or (uid and live["metadata"]["uid"] != uid):
        return
    uid = str(live["metadata"]["uid"])
    try:
        if cluster.delete(kind, *place, _options(kind, live, uid)) is None:
            return
    except RequestRefusedError as refused:
        if refused.status != _CONFLICT or refused.reason != "Conflict":
            raise
        if _uid(cluster.find(kind, *place)) == uid:
            raise
        return  # another object took its name meanwhile
    seconds = marks.seconds(live, farewell.timeout_s or DEFAULT_TIMEOUT_S)
    wait = waiting.Wait(target_of(live), seconds, cluster.stop)
    waiting.until_gone(lambda: cluster.find(kind, *place), uid, wait)


def _options(kind: Kind, live: Document, uid: str) -> Document:
    policy = "Foreground" if kind.group in _OWNERS or kind.name == "Namespace" else "Background"
    asked = marks.of(live, marks.DELETION_PROPAGATION).capitalize()
    if asked in ("Foreground", "Background", "Orphan"):
        policy = asked
    return {
        "apiVersion": "v1",
        "kind": "DeleteOptions",
        "propagationPolicy": policy,
        "preconditions": {"uid": uid},
    }


def _uid(document: Document | None) -> str:
    return str(((document or {}).get("metadata") or {}).get("uid", ""))
