"""Turn a root file system into a layer: all of it, or what differs from the layer below.

The same tree always gives the same bytes: names are sorted, owners are numbers, and what was
written during the build carries one fixed time. Times that come from Debian packages are kept,
because Python checks its compiled files against them.
"""

from __future__ import annotations

import os
import stat
import tarfile
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

_BUILT_AT = 1_577_836_800  # 2020-01-01, the time of everything the build itself wrote
_WHITEOUT = ".wh."
# Left out of every layer: filled in by the runtime, or of no use in a container.
_LEFT_OUT = (
    "dev/*",
    "proc/*",
    "sys/*",
    "run/*",
    "tmp/*",
    "etc/hostname",
    "etc/machine-id",
    "etc/resolv.conf",
    "etc/*-",
    "etc/apt/sources.list*",
    "var/cache/apt/*",
    "var/cache/debconf/*-old",
    "var/cache/ldconfig/*",
    "var/lib/apt/lists/*",
    "var/lib/dpkg/*-old",
    "var/log/*",
    "var/tmp/*",
    "usr/share/doc/*",
    "usr/share/info/*",
    "usr/share/lintian/*",
    "usr/share/locale/*",
    "usr/share/man/*",
    "usr/share/i18n/*",
)


def write_layer(root: Path, target: Path, *, started: float, below: Path | None = None) -> None:
    """Write the layer tar of `root`.

    `started` is when the build began, seconds since 1970: later times are replaced by one fixed
    time. `below` is the plain tar of the layer underneath; only differences from it are written,
    removals as whiteouts.
    """
    known = _members(below) if below else {}
    seen: set[str] = set()
    with tarfile.open(target, "w", format=tarfile.PAX_FORMAT) as layer:
        for name in _walk(root):
            seen.add(name)
            info = layer.gettarinfo(root / name, arcname=name)
            info.mtime = int(info.mtime)  # a fraction would be lost in the layer below
            if not _kept(info) or _same(known.get(name), info):
                continue
            _normalise(info, started)
            if info.isreg():
                with (root / name).open("rb") as content:
                    layer.addfile(info, content)
            else:
                layer.addfile(info)
        for name in _gone(known, seen):
            folder, _, leaf = name.rpartition("/")
            layer.addfile(tarfile.TarInfo(f"{folder}/{_WHITEOUT}{leaf}".lstrip("/")))


def left_out(name: str) -> bool:
    """Whether a path, relative to the root, never stands in a layer."""
    return any(fnmatchcase(name, pattern) for pattern in _LEFT_OUT)


def _walk(root: Path) -> Iterator[str]:
    """Every path below the root in a stable order, folders before what they hold."""
    pending = [""]
    while pending:
        folder = pending.pop()
        names = []
        for entry in sorted(os.scandir(root / folder), key=lambda entry: entry.name):
            name = f"{folder}/{entry.name}".lstrip("/")
            if left_out(name):
                continue
            yield name
            if entry.is_dir(follow_symlinks=False):
                names.append(name)
        pending.extend(reversed(names))


def _kept(info: tarfile.TarInfo) -> bool:
    """Whether it can stand in an image: sockets, pipes and devices cannot."""
    return info.isreg() or info.isdir() or info.issym() or info.islnk()


def _normalise(info: tarfile.TarInfo, started: float) -> None:
    info.uname = info.gname = ""
    info.mode = stat.S_IMODE(info.mode)
    if info.isdir() or info.mtime >= started:
        info.mtime = _BUILT_AT


def _members(layer: Path) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(layer, "r:") as known:
        return {member.name: member for member in known}


def _same(before: tarfile.TarInfo | None, now: tarfile.TarInfo) -> bool:
    """Whether the layer below has it already; whatever the build wrote has a newer time."""
    if before is None or before.mode != stat.S_IMODE(now.mode):
        return False
    if (before.uid, before.gid) != (now.uid, now.gid):
        return False
    if now.isdir() and before.isdir():
        return True
    if now.issym() and before.issym():
        return before.linkname == now.linkname
    plain = (now.isreg() or now.islnk()) and (before.isreg() or before.islnk())
    # the size of a hard link is not kept; which of its names comes first may differ
    sized = before.isreg() and now.isreg()
    return plain and before.mtime == now.mtime and (not sized or before.size == now.size)


def _gone(known: dict[str, tarfile.TarInfo], seen: set[str]) -> list[str]:
    """Removed paths, without what lies in a removed folder."""
    removed = set(known) - seen
    return [
        name
        for name in sorted(removed)
        if not any(str(up) in removed for up in PurePosixPath(name).parents)
    ]
