"""When a volume, or a claim for one, works."""

from __future__ import annotations

from orchestrator.kubernetes_plugin.readiness.verdict import (
    READY,
    Document,
    Verdict,
    View,
    failed,
    waiting,
)

_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


def claim(document: Document, view: View) -> Verdict:
    """Bound, or of a class that binds only when a pod wants the volume."""
    phase = (document.get("status") or {}).get("phase")
    if phase == "Bound":
        return READY
    if phase == "Lost":
        return failed("its volume is lost")
    storage_class = _class_of(document, view)
    if storage_class.get("volumeBindingMode") == "WaitForFirstConsumer":
        return READY
    return waiting(f"its phase is {phase or 'not known yet'}")


def volume(document: Document, _view: View) -> Verdict:
    """Free to be claimed, or claimed."""
    status = document.get("status") or {}
    if status.get("phase") in ("Available", "Bound"):
        return READY
    if status.get("phase") == "Failed":
        return failed(str(status.get("message") or "its phase is Failed"))
    return waiting(f"its phase is {status.get('phase', 'not known yet')}")


def _class_of(document: Document, view: View) -> Document:
    name = (document.get("spec") or {}).get("storageClassName")
    if name == "":
        return {}
    if name:
        return view.get("storage.k8s.io/v1", "StorageClass", str(name)) or {}
    for one in view.select("storage.k8s.io/v1", "StorageClass", "", {}):
        annotations = (one.get("metadata") or {}).get("annotations") or {}
        if annotations.get(_DEFAULT_CLASS) == "true":
            return one
    return {}
