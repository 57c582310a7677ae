"""What a machine must have for a sandbox: packages are installed, the rest is named.

First everything is measured, then compared, so that all that is short is said at once.
"""

from __future__ import annotations

import errno
import os
import pwd
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors.process import ToolFailedError, ToolTimedOutError
from orchestrator.errors.sandbox import (
    MachineUnsuitableError,
    NotRootError,
    PackagesMissingError,
    PortTakenError,
)
from orchestrator.sandbox import disk
from orchestrator.sandbox.kernel import missing_features
from orchestrator.tools import process

Progress = Callable[[str], None]

MEMORY_MIB = 3_000
DISK_MIB = 6_000
DISK_AGAIN_MIB = 1_000  # for one that has its images and only comes up again
# program that shows the package is there -> package
_PACKAGES = {
    "containerd": "containerd",
    "runc": "runc",
    "iptables": "iptables",
    "ipset": "ipset",
    "nft": "nftables",
    "ip": "iproute2",
    "nsenter": "util-linux",
    "sysctl": "procps",
    "mmdebstrap": "mmdebstrap",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
}


@dataclass(frozen=True)
class Machine:
    """What a machine has, as far as a sandbox asks for it.

    `missing` says in words what the kernel cannot do; `folder` is where `disk_mib` are free.
    """

    missing: tuple[str, ...]
    memory_mib: int
    folder: Path
    disk_mib: int


def measure(folder: Path, root: Path = Path("/")) -> Machine:
    """Look at the machine whose /proc and /sys lie below `root`; nothing is changed."""
    return Machine(
        missing=missing_features(root),
        memory_mib=_memory_mib(root / "proc" / "meminfo"),
        folder=folder,
        disk_mib=disk.room(folder).mib,
    )


def shortages(machine: Machine, *, disk_needed_mib: int) -> tuple[str, ...]:
    """Everything that is short, in words; empty when a sandbox can stand there."""
    found = [f"kernel: {feature}" for feature in machine.missing]
    if machine.memory_mib < MEMORY_MIB:
        found.append(f"memory: {machine.memory_mib} MiB available, {MEMORY_MIB} needed")
    if machine.disk_mib < disk_needed_mib:
        free = f"{machine.disk_mib} MiB free at {machine.folder}"
        found.append(f"disk: {free}, {disk_needed_mib} needed")
    return tuple(found)


def refuse_not_root(user: int | None = None) -> None:
    """Raises NotRootError; `user` is a user's number, ours when None."""
    number = os.geteuid() if user is None else user
    if number != 0:
        raise NotRootError(_user_name(number))


def refuse_unsuitable(folder: Path, *, disk_needed_mib: int) -> None:
    """Raises MachineUnsuitableError with everything that is short."""
    if lacks := shortages(measure(folder), disk_needed_mib=disk_needed_mib):
        raise MachineUnsuitableError(lacks)


def refuse_port_taken(port: int) -> None:
    """Raises PortTakenError when nobody else could listen there on the loopback."""
    with socket.socket() as trial:
        # As the entrance itself does, which a connection that is just ending does not hinder.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError as fault:
            if fault.errno != errno.EADDRINUSE:
                raise
            raise PortTakenError(port) from fault


def install_packages(progress: Progress, log: Path) -> None:
    """Install what is missing by apt. Raises PackagesMissingError."""
    missing = tuple(sorted(package for program, package in _PACKAGES.items() if _lacks(program)))
    if not missing:
        return
    if process.found("apt-get") is None:
        raise PackagesMissingError(missing)
    progress(f"packages: installing {', '.join(missing)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    limits = process.Limits(timeout_s=900.0, env=environment, log=log)
    try:
        process.run(["apt-get", "update", "-qq"], limits)
        argv = ["apt-get", "install", "-qq", "--yes", "--no-install-recommends", *missing]
        process.run(argv, limits)
    except (ToolFailedError, ToolTimedOutError) as fault:
        raise PackagesMissingError(missing, tail=fault.details) from fault


def _lacks(program: str) -> bool:
    return not Path(program).exists() if program.startswith("/") else process.found(program) is None


def _memory_mib(meminfo: Path) -> int:
    for line in meminfo.read_text(encoding="utf-8").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) // 1024
    return 0


def _user_name(number: int) -> str:
    """Who that is; not what the environment says, which `su` and `setpriv` leave as it was."""
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"user {number}"
