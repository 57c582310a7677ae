"""What the kernel must be able to do, and how one sees that it can."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_CONTROLLERS = ("cpu", "memory", "pids")
# number of the right in the kernel's bit field -> its name
_RIGHTS = {12: "CAP_NET_ADMIN", 21: "CAP_SYS_ADMIN"}


@dataclass(frozen=True)
class _Feature:
    """Seen by a file, and by a word in it where one is given; `module` may bring it."""

    name: str
    file: str
    word: str = ""
    module: str = ""

    def there(self, root: Path) -> bool:
        file = root / self.file
        if not self.word:
            return file.exists()
        return file.exists() and self.word in file.read_text(encoding="utf-8").split()

    def missing(self) -> str:
        return f"no {self.name}" + (f": try `modprobe {self.module}`" if self.module else "")


# The bridges' filter is not loaded by us: it changes what the machine's other bridges do.
_FEATURES = (
    _Feature("overlay file system", "proc/filesystems", word="overlay", module="overlay"),
    _Feature(
        "netfilter on bridges",
        "proc/sys/net/bridge/bridge-nf-call-iptables",
        module="br_netfilter",
    ),
    _Feature("connection tracking", "proc/sys/net/netfilter", module="nf_conntrack"),
    _Feature("network namespaces", "proc/self/ns/net"),
    _Feature("mount namespaces", "proc/self/ns/mnt"),
)


def missing_features(root: Path = Path("/")) -> tuple[str, ...]:
    """What is not there, in words; /proc and /sys are looked for below `root`."""
    found = [feature.missing() for feature in _FEATURES if not feature.there(root)]
    return (*found, *_control_groups(root), *_rights(root / "proc" / "self" / "status"))


def _control_groups(root: Path) -> list[str]:
    """Of either version; a machine may have switched off single controllers."""
    place = root / "sys" / "fs" / "cgroup"
    unified = place / "cgroup.controllers"
    if unified.exists():
        there = set(unified.read_text(encoding="utf-8").split())
    else:
        there = {file.parent.name for file in place.glob("*/cgroup.procs")}
    return [
        f"no control groups for {controller} at /sys/fs/cgroup"
        for controller in _CONTROLLERS
        if controller not in there
    ]


def _rights(status: Path) -> list[str]:
    """Root in a container may lack what root has."""
    for line in status.read_text(encoding="utf-8").splitlines():
        name, _, value = line.partition(":")
        if name == "CapEff":
            held = int(value, 16)
            lacking = [right for bit, right in _RIGHTS.items() if not held >> bit & 1]
            return [f"root has not the right {right} here" for right in lacking]
    return []
