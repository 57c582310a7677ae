"""Waiting for data services before a process of the product starts."""

from __future__ import annotations

from orchestrator.model.size import Resources
from stacks import pod

# A cluster takes a moment to let a new pod through its network policies; until then it is refused,
# and products give up at the first refusal.
SCRIPT = "for place; do until (exec 3<>/dev/tcp/$place) 2>/dev/null; do sleep 0.2; done; done"
WITHIN_S = 300


def reachable(image: str, resources: Resources, places: tuple[str, ...]) -> pod.Container:
    """Ends as soon as every `host/port` answers; the image must have bash."""
    return pod.Container(
        name="reachable",
        image=image,
        resources=resources,
        command=("timeout", str(WITHIN_S), "bash", "-c", SCRIPT, "wait"),
        arguments=places,
    )
