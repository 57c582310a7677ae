"""The node as the cluster sees it: are its images there, is it ready?"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from orchestrator.errors.process import ToolFailedError
from orchestrator.errors.sandbox import PartNotReadyError
from orchestrator.ports import Clock
from orchestrator.sandbox.assembly import Assembly
from orchestrator.sandbox.images import ImageArchive
from orchestrator.sandbox.layout import NODE, Layout
from orchestrator.sandbox.parts.node import runtime_socket
from orchestrator.sandbox.supervise import Supervisor
from orchestrator.tools import process

_NODE_WAIT_S = 90.0
_EVERY_S = 0.5


def import_images(
    layout: Layout,
    supervisor: Supervisor,
    images: Mapping[str, ImageArchive],
    progress: Callable[[str], None],
) -> None:
    """Have every image in the container runtime; one that is there is not read again."""
    control = ("ctr", f"--address={runtime_socket(layout)}", "--namespace=k8s.io", "images")
    present = set(supervisor.inside(*control, "list", "--quiet").split())
    for image in images.values():
        if image.reference not in present:
            supervisor.inside(*control, "import", str(image.path))
            progress(f"image {image.name}: imported")


def wait_for_node(assembly: Assembly, clock: Clock) -> None:
    """Wait until the node takes pods. Raises PartNotReadyError."""
    argv = [str(assembly.kubectl), f"--kubeconfig={assembly.kubeconfig}"]
    argv += ["get", "node", NODE, "--output=json"]
    until = clock.monotonic() + _NODE_WAIT_S
    while True:
        try:
            conditions = json.loads(process.run(argv).stdout)["status"].get("conditions", [])
        except ToolFailedError as fault:
            conditions, said = [], fault.details
        else:
            said = tuple(f"{one['type']}: {one.get('message', '')}" for one in conditions)
        if any(one["type"] == "Ready" and one["status"] == "True" for one in conditions):
            return
        if clock.monotonic() > until:
            log = "see the kubelet's log with `orchestrator sandbox status`"
            raise PartNotReadyError("node", reason="it takes no pods", log=log, tail=said)
        clock.sleep(_EVERY_S)
