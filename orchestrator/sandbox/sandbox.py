"""A sandbox as a whole: up, down, reset, status.

`up` looks before it starts anything, so it is a no-op on a standing sandbox and a repair on one
that crashed or was rebooted. `down` ends exactly what `up` started and keeps the data; `reset`
also throws the data away.
"""

from __future__ import annotations

import contextlib
import fcntl
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from orchestrator.errors.sandbox import SandboxMissingError
from orchestrator.model.connection import Connection
from orchestrator.model.part_status import PartStatus
from orchestrator.ports import Clock
from orchestrator.sandbox import cgroups, cluster, disk, firewall, machine, network, vault
from orchestrator.sandbox.assembly import Assembly, assemble
from orchestrator.sandbox.connection import connection_path, describe
from orchestrator.sandbox.credentials import Credentials
from orchestrator.sandbox.ending import end_all
from orchestrator.sandbox.files import written
from orchestrator.sandbox.images import ImageArchive, build_all, built_all
from orchestrator.sandbox.layout import Layout, keep, kept
from orchestrator.sandbox.node_state import import_images, wait_for_node
from orchestrator.sandbox.part import Part
from orchestrator.sandbox.parts.cloud import ENTRANCE, VAULT
from orchestrator.sandbox.parts.node import KUBELET
from orchestrator.sandbox.supervise import ANCHOR, Supervisor
from orchestrator.sandbox.toolchain.ensure import ensure, places, present

Progress = Callable[[str], None]

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_ANCHOR_PART = Part(ANCHOR, (), "node")  # started by the supervisor itself; here to be looked at


class Sandbox:
    """One sandbox on this machine."""

    def __init__(self, layout: Layout, cache: Path, clock: Clock) -> None:
        self._layout = layout
        self._cache = cache
        self._clock = clock

    @property
    def connection_path(self) -> Path:
        """Where the rest of the product reads how to reach it."""
        return connection_path(self._layout)

    def up(self, progress: Progress) -> bool:
        """Have it standing; False when it was. Raises the errors of `errors.sandbox`."""
        machine.refuse_not_root()
        with disk.full_named(self._layout.folder, self._disk_mib()), self._alone(progress):
            self._layout.folder.mkdir(exist_ok=True, mode=0o700)
            if self._stands():
                return False
            self._raise(progress)
        return True

    def prepare(self, progress: Progress) -> None:
        """Have all that `up` needs of this machine: packages, tools and images; start nothing.

        Raises the errors of `errors.sandbox` and `errors.toolchain`.
        """
        machine.refuse_not_root()
        self._cache.mkdir(parents=True, exist_ok=True)
        with disk.full_named(self._cache, machine.DISK_MIB):
            machine.refuse_unsuitable(self._cache, disk_needed_mib=machine.DISK_MIB)
            machine.install_packages(progress, self._cache / "packages.log")
            self._have(progress)

    def down(self, progress: Progress) -> bool:
        """End everything, keep the data; False when nothing ran."""
        machine.refuse_not_root()
        if not self._layout.folder.exists():
            return False
        with self._alone(progress):
            return self._layout.folder.exists() and self._end(progress)

    def reset(self, progress: Progress) -> None:
        """End everything and throw all data away; tools and images stay in the cache."""
        machine.refuse_not_root()
        folder = self._layout.folder
        aside = folder.with_name(f".{folder.name}.removed")
        if folder.exists() or aside.exists():
            with self._alone(progress):
                shutil.rmtree(aside, ignore_errors=True)  # of a removal that was stopped
                if folder.exists():
                    self._end(progress)
                    folder.rename(aside)  # at once, for those who look at it meanwhile
                    shutil.rmtree(aside)
        progress(f"data of sandbox {self._layout.name} removed")

    def status(self) -> list[PartStatus]:
        """Every part, in the order it is started. Raises NotRootError, SandboxMissingError."""
        machine.refuse_not_root()
        if not kept(self._layout):
            raise SandboxMissingError(
                self._layout.name, why=f"there is nothing at {self._layout.folder}"
            )
        try:
            supervisor = Supervisor(self._layout, self._clock)
            parts = (_ANCHOR_PART, *self._assembly().parts)
        except FileNotFoundError as error:
            if kept(self._layout):
                raise
            raise SandboxMissingError(self._layout.name, why="it was just removed") from error
        with ThreadPoolExecutor(len(parts)) as workers:  # one that hangs makes nobody else wait
            return list(workers.map(lambda part: _status(supervisor, part), parts))

    def _stands(self) -> bool:
        if not self._described() or not network.standing(self._layout):
            return False
        tools = present(self._cache)
        if any(tool is None for tool in tools.values()):
            return False
        supervisor = Supervisor(self._layout, self._clock)
        if supervisor.state(_ANCHOR_PART) != "up":
            return False
        assembly = self._assembly()
        for part in assembly.parts:
            if not supervisor.current(part) or supervisor.state(part) != "up":
                return False
        if vault.token_due(self._layout, self._clock.now()):
            return False
        return not vault.sealed(self._layout, assembly.credentials)

    def _described(self) -> bool:
        """Whether the others are told of this sandbox, and of the images that are wanted now."""
        try:
            told = Connection.model_validate_json(self.connection_path.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return False
        images = built_all(self._cache)
        if images is None or told.identity is None or not told.objects.secure:
            return False
        return dict(told.images) == {name: image.reference for name, image in images.items()}

    def _raise(self, progress: Progress) -> None:
        layout = self._layout
        supervisor = Supervisor(layout, self._clock)
        self._find_ground(supervisor, progress)
        keep(layout)
        images = self._have(progress)
        network.up(layout)
        firewall.close(layout)
        cgroups.make(layout)
        supervisor.anchor()
        layout.runtime.mkdir(parents=True, exist_ok=True, mode=0o700)
        assembly = self._assembly()
        self._start(assembly, supervisor, images, progress)
        connection = describe(layout, assembly, images)
        written(self.connection_path, connection.model_dump_json(indent=2))

    def _find_ground(self, supervisor: Supervisor, progress: Progress) -> None:
        """See that there is a place to stand on, or that one can be made.

        Without its anchor or its network whatever else still runs is out of reach: a mount made
        by the one is not seen by the other. So it ends, and all begins anew on the same data.
        """
        layout = self._layout
        stands = supervisor.state(_ANCHOR_PART) == "up" and network.standing(layout)
        if not stands:
            self._end(progress)
            machine.refuse_unsuitable(layout.folder, disk_needed_mib=self._disk_mib())
        if supervisor.running(ENTRANCE) is None:
            machine.refuse_port_taken(layout.port)
        machine.install_packages(progress, layout.path("log", "packages.log"))
        if not stands:
            network.refuse_taken(layout)

    def _end(self, progress: Progress) -> bool:
        supervisor = Supervisor(self._layout, self._clock)
        return end_all(self._layout, supervisor, self._clock, progress)

    def _disk_mib(self) -> int:
        stood = self.connection_path.exists()
        return machine.DISK_AGAIN_MIB if stood else machine.DISK_MIB

    def _have(self, progress: Progress) -> Mapping[str, ImageArchive]:
        """Tools and images, at the same time: one needs the cores, the other the disk."""
        with ThreadPoolExecutor(1) as aside:
            images = aside.submit(build_all, self._cache, progress)
            ensure(self._cache, progress)
            return images.result()

    def _start(
        self,
        assembly: Assembly,
        supervisor: Supervisor,
        images: Mapping[str, ImageArchive],
        progress: Progress,
    ) -> None:
        for stage in assembly.stages:
            if stage is assembly.cloud and vault.abandoned(self._layout):
                supervisor.end(VAULT)
                vault.discard(self._layout)
            before = self._clock.now()
            begun = supervisor.have(stage, progress)
            if stage is assembly.runtime:
                import_images(self._layout, supervisor, images, progress)
            if stage is assembly.control_plane:
                cluster.prepare(self._layout, assembly.kubectl, assembly.kubeconfig)
            if stage is assembly.cloud:
                vault.prepare(
                    self._layout,
                    assembly.credentials,
                    assembly.secrets_address,
                    self._clock.now(),
                )
            if stage is assembly.node:
                since = before if KUBELET in begun else _LONG_AGO
                wait_for_node(assembly.kubectl, assembly.kubeconfig, self._clock, since)

    def _assembly(self) -> Assembly:
        """Every part; names and addresses are right even where a tool is not there yet."""
        credentials = Credentials(self._layout, self._clock)
        return assemble(self._layout, places(self._cache), credentials)

    @contextlib.contextmanager
    def _alone(self, progress: Progress) -> Iterator[None]:
        folder = self._layout.folder
        folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = folder.with_name(f".{folder.name}.lock")
        with lock.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                progress("waiting for another process that works on this sandbox")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _status(supervisor: Supervisor, part: Part) -> PartStatus:
    running = supervisor.running(part.name)
    state = supervisor.state(part)
    return PartStatus(
        part.name,
        state,
        part.address,
        running.pid if running and state != "down" else 0,
        str(supervisor.log(part.name)),
        "runs and does not answer" if state == "unhealthy" else "",
    )
