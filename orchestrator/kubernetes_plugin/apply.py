"""Writing an object: look whose it is, apply it, wait until it works."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from orchestrator.errors.cluster_objects import (
    ClusterAccessError,
    ClusterUnreachableError,
    KindUnknownError,
    ObjectNotOursError,
    RequestRefusedError,
    WaitCancelledError,
)
from orchestrator.kubernetes_plugin import marks, ownership, waiting
from orchestrator.kubernetes_plugin.cluster import Cluster, Manner
from orchestrator.kubernetes_plugin.kinds import Kind
from orchestrator.kubernetes_plugin.readiness import pods
from orchestrator.kubernetes_plugin.readiness.judges import judge_of
from orchestrator.kubernetes_plugin.rest import Document, target_of

DEFAULT_TIMEOUT_S = 600.0
_NEW_KIND_S = 15.0
_PAUSE_S = 0.5
_MISSING = 404
_FORBIDDEN = 403
_CONFLICT = 409
_TRIES = 5


def _silent(_text: str) -> None:
    pass


@dataclass(frozen=True)
class Wish:
    """An object as it shall be, as whom it is written, and how long it may take to work.

    `fresh` says that the engine thinks there is none yet.
    """

    manifest: Document = field(repr=False)
    manager: str
    fresh: bool
    timeout_s: float = DEFAULT_TIMEOUT_S
    tell: Callable[[str], None] = field(default=_silent)

    @property
    def kind(self) -> Kind:
        """Its kind."""
        return Kind.of(self.manifest)

    @property
    def place(self) -> tuple[str, str]:
        """Namespace ('' for none) and name."""
        metadata = self.manifest["metadata"]
        return str(metadata.get("namespace", "")), str(metadata["name"])

    @property
    def manner(self) -> Manner:
        """How it is applied."""
        force = marks.is_set(self.manifest, marks.PATCH_FORCE)
        return Manner(self.manager, force=force)

    def wait(self, cluster: Cluster) -> waiting.Wait:
        """How it is waited for."""
        seconds = marks.seconds(self.manifest, self.timeout_s or DEFAULT_TIMEOUT_S)
        return waiting.Wait(
            target_of(self.manifest),
            seconds,
            cluster.stop,
            self.tell,
            unplaced=lambda seen: pods.unplaced(seen, cluster),
            crashing=lambda seen: pods.crashing(seen, cluster),
        )


def rehearse(cluster: Cluster, wish: Wish) -> Document | None:
    """What the server would make of it; None when that cannot be known beforehand.

    Raises ObjectNotOursError, FieldConflictError, RequestRefusedError for what would fail for sure.
    """
    try:
        hurried = cluster.hurried()
        live = hurried.find(wish.kind, *wish.place)
        if wish.fresh and live is not None:
            # Maybe the old one of a replacement, which will be gone by then.
            if not ownership.is_engines(live):
                _refuse_foreign(live, wish)
            return None
        return hurried.apply(wish.manifest, Manner(wish.manager, wish.manner.force, dry=True))
    except ClusterUnreachableError:
        cluster.away = True
    except (ClusterAccessError, KindUnknownError):
        pass  # there is no cluster yet, or the kind is defined by the same plan
    except RequestRefusedError as refused:
        # Its namespace is not there yet, or a dry run is not allowed to us.
        if refused.status not in (_MISSING, _FORBIDDEN):
            raise
    return None


def write(cluster: Cluster, wish: Wish) -> Document:
    """Apply it. Raises ObjectNotOursError and what `Cluster.apply` raises."""
    _await_kind(cluster, wish)
    live = cluster.find(wish.kind, *wish.place)
    if live is not None and (live.get("metadata") or {}).get("deletionTimestamp"):
        uid = str(live["metadata"]["uid"])
        waiting.until_gone(lambda: cluster.find(wish.kind, *wish.place), uid, wish.wait(cluster))
        live = None
    if wish.fresh and live is not None:
        _refuse_foreign(live, wish)
    for _ in range(_TRIES - 1):
        try:
            return cluster.apply(wish.manifest, wish.manner)
        except RequestRefusedError as refused:
            if refused.status != _CONFLICT:
                raise
            cluster.stop.wait(_PAUSE_S)  # somebody wrote it in the same moment
    return cluster.apply(wish.manifest, wish.manner)


def settle(cluster: Cluster, wish: Wish, written: Document) -> Document:
    """The object once it works. Raises ObjectNotReadyError, WaitCancelledError."""
    if wish.kind.name == "CustomResourceDefinition":
        cluster.forget_kinds()
    if marks.is_set(wish.manifest, marks.SKIP_AWAIT):
        return written
    judge = judge_of(wish.kind)
    first = [written]

    def look() -> Document | None:
        return first.pop() if first else cluster.find(wish.kind, *wish.place)

    seen = waiting.until_ready(look, lambda one: judge(one, cluster), wish.wait(cluster))
    return dict(seen)


def _refuse_foreign(live: Document, wish: Wish) -> None:
    if not wish.manner.force and not ownership.is_ours(live, wish.manager, wish.manifest):
        raise ObjectNotOursError(target_of(wish.manifest), managers=ownership.managers(live))


def _await_kind(cluster: Cluster, wish: Wish) -> None:
    """A kind that was defined a moment ago takes the server some seconds to serve."""
    deadline = time.monotonic() + (_NEW_KIND_S if not wish.kind.built_in else 0)
    while True:
        try:
            cluster.served(wish.kind)
        except KindUnknownError:
            if time.monotonic() >= deadline:
                raise
            if cluster.stop.wait(_PAUSE_S):
                raise WaitCancelledError(target_of(wish.manifest), doing="looking up") from None
        else:
            return
