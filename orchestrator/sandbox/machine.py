"""What a machine must have for a sandbox: packages are installed, the rest is named."""

from __future__ import annotations

import getpass
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from orchestrator.errors.process import ToolFailedError, ToolTimedOutError
from orchestrator.errors.sandbox import (
    MachineUnsuitableError,
    NotRootError,
    PackagesMissingError,
    PortTakenError,
)
from orchestrator.sandbox import probe
from orchestrator.sandbox.layout import Layout
from orchestrator.tools import process

Progress = Callable[[str], None]

MEMORY_MIB = 3_000
DISK_MIB = 6_000
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


def refuse_not_root() -> None:
    """Raises NotRootError."""
    if os.geteuid() != 0:
        raise NotRootError(getpass.getuser())


def refuse_unsuitable(layout: Layout) -> None:
    """Raises MachineUnsuitableError with everything that is short, PortTakenError."""
    lacks = list(_kernel())
    if (memory := _memory_mib()) < MEMORY_MIB:
        lacks.append(f"memory: {memory} MiB available, {MEMORY_MIB} needed")
    layout.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (disk := shutil.disk_usage(layout.folder).free // 2**20) < DISK_MIB:
        lacks.append(f"disk: {disk} MiB free at {layout.folder}, {DISK_MIB} needed")
    if lacks:
        raise MachineUnsuitableError(tuple(lacks))
    if probe.answers("127.0.0.1", layout.port):
        raise PortTakenError(layout.port)


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


def _kernel() -> list[str]:
    lacks = []
    filesystems = Path("/proc/filesystems").read_text(encoding="utf-8").split()
    if "overlay" not in filesystems:
        lacks.append("kernel: no overlay file system")
    if not Path("/proc/sys/net/bridge/bridge-nf-call-iptables").exists():
        lacks.append("kernel: no netfilter on bridges (module br_netfilter)")
    if not Path("/proc/sys/net/netfilter").exists():
        lacks.append("kernel: no connection tracking (module nf_conntrack)")
    if not Path("/sys/fs/cgroup").is_dir():
        lacks.append("kernel: no control groups at /sys/fs/cgroup")
    return lacks


def _memory_mib() -> int:
    for line in Path("/proc/meminfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) // 1024
    return 0
