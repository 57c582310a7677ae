"""The node as the cluster sees it: are its images there, is it ready?"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orchestrator.errors.process import ToolFailedError
from orchestrator.errors.root import OrchestratorError
from orchestrator.errors.sandbox import PartNotReadyError
from orchestrator.ports import Clock
from orchestrator.sandbox import disk
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
    store = _Store(layout, supervisor)
    whole = {kept.reference for kept in store.kept() if kept.whole}
    wanted = [image for image in images.values() if image.reference not in whole]
    for number, image in enumerate(wanted):
        needed = _IMPORTED * sum(_mib(one.path) for one in wanted[number:])
        store.take(image, needed)
        progress(f"image {image.name}: imported")


@dataclass(frozen=True)
class _Kept:
    """A name in the store. An import that was cut short leaves names that are not `whole`."""

    reference: str
    digest: str
    whole: bool


class _Store:
    """The images of the container runtime."""

    def __init__(self, layout: Layout, supervisor: Supervisor) -> None:
        self._folder = layout.path("containerd")
        self._inside = supervisor.inside
        self._control = ("ctr", f"--address={runtime_socket(layout)}", "--namespace=k8s.io")

    def kept(self) -> list[_Kept]:
        """Every name; the runtime says of each whether it came in full and is unpacked."""
        table = self._inside(*self._control, "images", "check").splitlines()[1:]
        rows = [line.split() for line in table]  # name, kind, digest, `complete (3/3)`, …, `true`
        return [_Kept(row[0], row[2], row[3] == "complete" and row[-1] == "true") for row in rows]

    def take(self, image: ImageArchive, needed_mib: int) -> None:
        """Import one. Raises DiskFullError."""
        disk.refuse_full(self._folder, needed_mib)
        try:
            with disk.full_named(self._folder, needed_mib):
                self._inside(*self._control, "images", "import", str(image.path))
        except (OrchestratorError, KeyboardInterrupt):
            # `up` knows better, but a kubelet that runs already believes what has a name.
            with suppress(OrchestratorError):
                names = [kept.reference for kept in self.kept() if kept.digest == image.digest]
                if names:
                    self._inside(*self._control, "images", "remove", "--sync", *names)
            raise


def _mib(path: Path) -> int:
    return max(path.stat().st_size // 2**20, 1)


def wait_for_node(kubectl: Path, kubeconfig: Path, clock: Clock, since: datetime) -> None:
    """Wait until the node says that it takes pods, and says so after `since`.

    What it said before a crash or a reboot still stands in the cluster. Raises PartNotReadyError.
    """
    argv = [str(kubectl), f"--kubeconfig={kubeconfig}", "get", "node", NODE, "--output=json"]
    until = clock.monotonic() + _NODE_WAIT_S
    while True:
        try:
            conditions = json.loads(process.run(argv).stdout)["status"].get("conditions", [])
        except ToolFailedError as fault:
            conditions, said = [], fault.details
        else:
            said = tuple(f"{one['type']}: {one.get('message', '')}" for one in conditions)
        if any(_takes_pods(one, since) for one in conditions):
            return
        if clock.monotonic() > until:
            log = "see the kubelet's log with `orchestrator sandbox status`"
            raise PartNotReadyError("node", reason="it takes no pods", log=log, tail=said)
        clock.sleep(_EVERY_S)


def _takes_pods(condition: Mapping[str, str], since: datetime) -> bool:
    if condition["type"] != "Ready" or condition["status"] != "True":
        return False
    # The cluster writes whole seconds.
    return datetime.fromisoformat(condition["lastHeartbeatTime"]) >= since.replace(microsecond=0)
