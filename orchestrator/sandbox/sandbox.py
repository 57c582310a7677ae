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
from pathlib import Path

from orchestrator.errors.sandbox import SandboxMissingError
from orchestrator.model.part_status import PartStatus
from orchestrator.ports import Clock
from orchestrator.sandbox import cgroups, cluster, firewall, machine, network, vault
from orchestrator.sandbox.assembly import Assembly, assemble
from orchestrator.sandbox.connection import connection_path, describe
from orchestrator.sandbox.credentials import Credentials
from orchestrator.sandbox.images import ImageArchive, build_all
from orchestrator.sandbox.layout import Layout, keep
from orchestrator.sandbox.node_state import import_images, wait_for_node
from orchestrator.sandbox.supervise import ANCHOR, Supervisor, end_group
from orchestrator.sandbox.toolchain.ensure import ensure, present

Progress = Callable[[str], None]

# What starts containers goes first; the store of the control plane after those that write to it,
# and last the anchor, which holds the mounts of the containers.
_LEAVE_FIRST = "kubelet"
_LEAVE_LAST = ("etcd", "containerd", ANCHOR)


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
        with self._alone(progress):
            if self._stands():
                return False
            self._raise(progress)
        return True

    def down(self, progress: Progress) -> bool:
        """End everything, keep the data; False when nothing ran."""
        machine.refuse_not_root()
        if not self._layout.folder.exists():
            return False
        with self._alone(progress):
            supervisor = Supervisor(self._layout, self._clock)
            names = sorted(path.stem for path in self._layout.path("run").glob("*.json"))
            ended = False
            for turn in range(len(_LEAVE_LAST) + 2):
                group = [name for name in names if _turn(name) == turn]
                if ANCHOR in group:
                    end_group(lambda: cgroups.processes(self._layout), self._clock)
                with ThreadPoolExecutor(max(len(group), 1)) as workers:
                    ended |= any(list(workers.map(supervisor.end, group)))
                for name in group:
                    progress(f"part {name}: ended")
            end_group(lambda: cgroups.processes(self._layout), self._clock)
            cgroups.remove(self._layout)
            network.down(self._layout)
            shutil.rmtree(self._layout.runtime, ignore_errors=True)
        return ended

    def reset(self, progress: Progress) -> None:
        """End everything and throw all data away; tools and images stay in the cache."""
        self.down(progress)
        if self._layout.folder.exists():
            shutil.rmtree(self._layout.folder)
        progress(f"data of sandbox {self._layout.name} removed")

    def status(self) -> list[PartStatus]:
        """Every part, in the order it is started. Raises SandboxMissingError."""
        if not self.connection_path.exists():
            raise SandboxMissingError(
                self._layout.name, why=f"there is nothing at {self._layout.folder}"
            )
        supervisor = Supervisor(self._layout, self._clock)
        assembly = self._assembly()
        found = []
        for part in assembly.parts:
            running = supervisor.running(part.name)
            state = "down" if running is None else "up" if part.ready() else "unhealthy"
            found.append(
                PartStatus(
                    part.name,
                    state,
                    part.address,
                    running.pid if running else 0,
                    str(supervisor.log(part.name)),
                )
            )
        return found

    def _stands(self) -> bool:
        if not self.connection_path.exists() or not network.standing(self._layout):
            return False
        tools = present(self._cache)
        if any(tool is None for tool in tools.values()):
            return False
        supervisor = Supervisor(self._layout, self._clock)
        if supervisor.running(ANCHOR) is None:
            return False
        assembly = self._assembly()
        if not all(supervisor.current(part) and part.ready() for part in assembly.parts):
            return False
        return not vault.sealed(self._layout, assembly.credentials)

    def _raise(self, progress: Progress) -> None:
        layout = self._layout
        supervisor = Supervisor(layout, self._clock)
        if supervisor.running(ANCHOR) is None:
            machine.refuse_unsuitable(layout)
            network.refuse_taken(layout)
        keep(layout)
        machine.install_packages(progress, layout.path("log", "packages.log"))
        images = self._have(progress)
        network.up(layout)
        firewall.close(layout)
        cgroups.make(layout)
        if supervisor.anchor():
            shutil.rmtree(layout.runtime, ignore_errors=True)
        layout.runtime.mkdir(parents=True, exist_ok=True, mode=0o700)
        assembly = self._assembly()
        self._start(assembly, supervisor, images, progress)
        connection = describe(layout, assembly, images)
        self.connection_path.write_text(connection.model_dump_json(indent=2), encoding="utf-8")
        self.connection_path.chmod(0o600)

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
            begun = [part for part in stage if supervisor.start(part)]
            for part in stage:
                supervisor.wait(part)
            for part in begun:
                progress(f"part {part.name}: ready {part.address}".rstrip())
            if stage is assembly.runtime:
                import_images(self._layout, supervisor, images, progress)
            if stage is assembly.control_plane:
                cluster.prepare(self._layout, assembly.kubectl, assembly.kubeconfig)
            if stage is assembly.cloud:
                vault.prepare(self._layout, assembly.credentials, assembly.secrets_address)
            if stage is assembly.node:
                wait_for_node(assembly, self._clock)

    def _assembly(self) -> Assembly:
        tools = {name: tool.path for name, tool in ensure(self._cache, lambda _text: None).items()}
        return assemble(self._layout, tools, Credentials(self._layout, self._clock))

    @contextlib.contextmanager
    def _alone(self, progress: Progress) -> Iterator[None]:
        self._layout.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = self._layout.folder.parent / f".{self._layout.name}.lock"
        with lock.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                progress("waiting for another process that works on this sandbox")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _turn(name: str) -> int:
    if name == _LEAVE_FIRST:
        return 0
    return 2 + _LEAVE_LAST.index(name) if name in _LEAVE_LAST else 1
