"""When a Deployment, a StatefulSet, a DaemonSet or a Job works."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from orchestrator.kubernetes_plugin.readiness.pods import troubles
from orchestrator.kubernetes_plugin.readiness.verdict import (
    READY,
    Document,
    Verdict,
    View,
    condition,
    failed,
    outdated,
    waiting,
)

_UNSEEN = "its controller has not seen the change yet"


def deployment(document: Document, view: View) -> Verdict:
    """Every replica is of the newest template and available, and no old one is left."""
    spec, status = _parts(document)
    if outdated(document):
        return waiting(_UNSEEN)
    if spec.get("paused"):
        return READY
    progress = condition(document, "Progressing")
    # Where the old copy goes first, the verdict on it stands until the new one is there.
    begun = (spec.get("strategy") or {}).get("type") != "Recreate" or status.get("updatedReplicas")
    if begun and progress.get("reason") == "ProgressDeadlineExceeded":
        said = str(progress.get("message") or "it makes no progress")
        return failed(said, *troubles(document, view))
    wanted = int(spec.get("replicas", 1))
    updated = int(status.get("updatedReplicas", 0))
    available = int(status.get("availableReplicas", 0))
    old = int(status.get("replicas", 0)) - updated
    missing = ""
    if updated < wanted:
        missing = f"{updated} of {wanted} replicas are updated"
    elif old > 0:
        missing = f"{old} old replicas are still there"
    elif available < updated:
        missing = f"{available} of {wanted} replicas are available"
    return waiting(missing, *troubles(document, view)) if missing else READY


def stateful_set(document: Document, view: View) -> Verdict:
    """Every replica is ready and, unless pods are updated by hand, of the newest template."""
    spec, status = _parts(document)
    if outdated(document):
        return waiting(_UNSEEN)
    wanted = int(spec.get("replicas", 1))
    key = "availableReplicas" if spec.get("minReadySeconds") else "readyReplicas"
    ready = int(status.get(key, 0))
    if ready < wanted:
        return waiting(f"{ready} of {wanted} replicas are ready", *troubles(document, view))
    strategy = spec.get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete":
        return READY
    kept = int((strategy.get("rollingUpdate") or {}).get("partition") or 0)
    updated = int(status.get("updatedReplicas", 0))
    due = max(wanted - kept, 0)
    same = status.get("currentRevision") == status.get("updateRevision")
    if updated < due and not same:
        return waiting(f"{updated} of {due} replicas are updated", *troubles(document, view))
    return READY


def daemon_set(document: Document, view: View) -> Verdict:
    """Every node that should run it runs the newest template."""
    spec, status = _parts(document)
    if outdated(document):
        return waiting(_UNSEEN)
    wanted = int(status.get("desiredNumberScheduled", 0))
    updated = int(status.get("updatedNumberScheduled", 0))
    available = int(status.get("numberAvailable", 0))
    by_hand = (spec.get("updateStrategy") or {}).get("type") == "OnDelete"
    if (updated < wanted and not by_hand) or available < wanted:
        said = f"{min(updated, available)} of {wanted} nodes run it"
        return waiting(said, *troubles(document, view))
    return READY


def replica_set(document: Document, view: View) -> Verdict:
    """Every replica is available."""
    spec, status = _parts(document)
    wanted = int(spec.get("replicas", 1))
    available = int(status.get("availableReplicas", 0))
    if outdated(document) or available < wanted:
        said = f"{available} of {wanted} replicas are available"
        return waiting(said, *troubles(document, view))
    return READY


def job(document: Document, view: View) -> Verdict:
    """It has run to its end; a suspended one has nothing to do."""
    spec, status = _parts(document)
    if condition(document, "Complete").get("status") == "True" or spec.get("suspend"):
        return READY
    end = condition(document, "Failed")
    if end.get("status") == "True":
        said = f"{end.get('reason', 'Failed')}: {end.get('message', 'the job failed')}"
        return failed(said, *troubles(document, view))
    done, wanted = int(status.get("succeeded", 0)), int(spec.get("completions") or 1)
    tries = int(status.get("failed", 0))
    said = f"{done} of {wanted} runs are complete" + (f", {tries} failed" if tries else "")
    return waiting(said, *troubles(document, view))


def _parts(document: Document) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return document.get("spec") or {}, document.get("status") or {}
