"""The node as the cluster sees it: are its images there, is it ready?"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from orchestrator.errors.process import ToolFailedError
from orchestrator.errors.root import OrchestratorError
from orchestrator.errors.sandbox import PartNotReadyError
from orchestrator.ports import Clock
from orchestrator.sandbox import disk
from orchestrator.sandbox.assembly import Assembly
from orchestrator.sandbox.images import ImageArchive
from orchestrator.sandbox.layout import NODE, Layout
from orchestrator.sandbox.parts.node import runtime_socket
from orchestrator.sandbox.supervise import Supervisor
from orchestrator.tools import process

_NODE_WAIT_S = 90.0
_EVERY_S = 0.5
_IMPORTED = 2  # times its archive: an image lies there as it came and unpacked; measured 1.7


def import_images(
    layout: Layout,
    supervisor: Supervisor,
    images: Mapping[str, ImageArchive],
    progress: Callable[[str], None],
) -> None:
    """Have every image in the container runtime; one that is whole there is not read again.

    Raises DiskFullError.
    """
    control = ("ctr", f"--address={runtime_socket(layout)}", "--namespace=k8s.io", "images")
    # An import that was cut short leaves the image's name behind: only the check tells them apart.
    whole = set(supervisor.inside(*control, "check", "--quiet").split())
    wanted = [image for image in images.values() if image.reference not in whole]
    for number, image in enumerate(wanted):
        needed = _IMPORTED * sum(_mib(one.path) for one in wanted[number:])
        _import(image, control, supervisor, layout.path("containerd"), needed)
        progress(f"image {image.name}: imported")


def _import(
    image: ImageArchive, control: Sequence[str], supervisor: Supervisor, store: Path, needed: int
) -> None:
    disk.refuse_full(store, needed)
    try:
        with disk.full_named(store, needed):
            supervisor.inside(*control, "import", str(image.path))
    except (OrchestratorError, KeyboardInterrupt):
        # The kubelet may already be running, and believes a name; `up` does not, see above.
        with suppress(OrchestratorError):
            supervisor.inside(*control, "remove", "--sync", image.reference, image.tag)
        raise


def _mib(path: Path) -> int:
    return max(path.stat().st_size // 2**20, 1)


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
