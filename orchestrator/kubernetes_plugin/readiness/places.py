"""When a Namespace, a quota or a definition of a kind is in force."""

from __future__ import annotations

from orchestrator.kubernetes_plugin.readiness.verdict import (
    READY,
    Document,
    Verdict,
    View,
    condition,
    failed,
    waiting,
)


def namespace(document: Document, _view: View) -> Verdict:
    """Active."""
    phase = (document.get("status") or {}).get("phase")
    return READY if phase == "Active" else waiting(f"its phase is {phase or 'not known yet'}")


def quota(document: Document, _view: View) -> Verdict:
    """Its controller counts every resource that it limits."""
    wanted = set((document.get("spec") or {}).get("hard") or {})
    counted = set((document.get("status") or {}).get("hard") or {})
    missing = sorted(wanted - counted)
    return waiting(f"not counted yet: {', '.join(missing)}") if missing else READY


def definition(document: Document, _view: View) -> Verdict:
    """Its names are accepted and it is served."""
    names = condition(document, "NamesAccepted")
    if names.get("status") == "False":
        return failed(str(names.get("message") or "its names are taken"))
    if condition(document, "Established").get("status") == "True":
        return READY
    return waiting("it is not served yet")
