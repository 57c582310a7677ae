"""When a Pod works, and what keeps the pods of a workload from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from orchestrator.kubernetes_plugin.readiness.verdict import (
    READY,
    Document,
    Verdict,
    View,
    condition,
    failed,
    namespace_of,
    waiting,
)

_ON_THE_WAY = frozenset({"ContainerCreating", "PodInitializing", ""})
_MOST = 5
_OFTEN = 3


def pod(document: Document, _view: View) -> Verdict:
    """Ready or finished; failed when its phase says so."""
    status = document.get("status") or {}
    phase = status.get("phase")
    if phase == "Succeeded" or condition(document, "Ready").get("status") == "True":
        return READY
    reasons = tuple(_troubles(document))
    if phase == "Failed":
        said = str(status.get("message") or status.get("reason") or "its phase is Failed")
        return failed(*(reasons or (said,)))
    return waiting(*(reasons or (f"its phase is {phase or 'not known yet'}",)))


def troubles(document: Document, view: View) -> tuple[str, ...]:
    """What the pods selected by a workload complain of."""
    found = _selected(document, view)
    return tuple(dict.fromkeys(text for one in found for text in _troubles(one)))[:_MOST]


def unplaced(document: Document, view: View) -> str:
    """The first pod that no node takes, with the scheduler's words; empty when there is none.

    `document` is a workload or a pod; of other kinds there is nothing to say.
    """
    pods = (document,) if document.get("kind") == "Pod" else _selected(document, view)
    return next((text for one in pods if (text := _unplaced(one))), "")


def crashing(document: Document, view: View) -> str:
    """The first container that ends again and again, with its last words; empty when none does.

    `document` is a workload or a pod; of other kinds there is nothing to say.
    """
    pods = (document,) if document.get("kind") == "Pod" else _selected(document, view)
    return next((text for one in pods if (text := _crashing(one))), "")


def _crashing(document: Document) -> str:
    name = (document.get("metadata") or {}).get("name", "?")
    status = document.get("status") or {}
    for one in [
        *(status.get("initContainerStatuses") or ()),
        *(status.get("containerStatuses") or ()),
    ]:
        last = (one.get("lastState") or {}).get("terminated") or {}
        if int(one.get("restartCount", 0)) >= _OFTEN and last and not one.get("ready", False):
            return f"pod {name}, container {one.get('name', '?')}: {_ended(last)}"
    return ""


def _selected(document: Document, view: View) -> Sequence[Document]:
    selector = (document.get("spec") or {}).get("selector") or {}
    labels = selector.get("matchLabels") or {}
    return view.select("v1", "Pod", namespace_of(document), labels) if labels else ()


def _unplaced(document: Document) -> str:
    scheduled = condition(document, "PodScheduled")
    if scheduled.get("status") != "False" or scheduled.get("reason") != "Unschedulable":
        return ""
    name = (document.get("metadata") or {}).get("name", "?")
    said = str(scheduled.get("message") or "the scheduler does not say why").strip()
    # What follows its first sentence is why no other pod is driven out for it.
    return f"no node takes pod {name}: {said.partition('. ')[0].rstrip('.')}"


def _troubles(document: Document) -> Iterator[str]:
    name = (document.get("metadata") or {}).get("name", "?")
    if text := _unplaced(document):
        yield text
    status = document.get("status") or {}
    for one in [
        *(status.get("initContainerStatuses") or ()),
        *(status.get("containerStatuses") or ()),
    ]:
        if text := _trouble(one):
            yield f"pod {name}, container {one.get('name', '?')}: {text}"


def _trouble(status: dict[str, Any]) -> str:
    state = status.get("state") or {}
    held = state.get("waiting") or {}
    ended = state.get("terminated") or {}
    last = (status.get("lastState") or {}).get("terminated") or {}
    text = ""
    if held.get("reason", "") not in _ON_THE_WAY:
        text = f"{held['reason']} {held.get('message', '')}".strip()
    elif ended and ended.get("exitCode"):
        text = _ended(ended)
    elif state.get("running") and not status.get("ready", False):
        text = "is running, but its readiness probe does not pass"
    if last and text and not ended:
        text += f" (before that it {_ended(last)})"
    return text


def _ended(terminated: dict[str, Any]) -> str:
    said = str(terminated.get("message") or "").strip()
    reason = str(terminated.get("reason") or "").strip()
    tail = ": ".join(part for part in (reason, said) if part)
    return f"ended with status {terminated.get('exitCode', '?')}" + (f", {tail}" if tail else "")
