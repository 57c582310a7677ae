"""Folders for what others must be given in a file: private, in memory where there is such a place.

A run that is killed cannot tidy up, so whoever makes the next folder does it for all that are dead.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - private folders of 0700 are made in it
_PREFIX = "orchestrator-"


def private_folder(purpose: str) -> tempfile.TemporaryDirectory[str]:
    """A folder of mode 0700 that goes with its object, or with the process at the latest."""
    base = _MEMORY if os.access(_MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    for left in base.glob(f"{_PREFIX}*-*"):
        pid = left.name.removeprefix(_PREFIX).split("-")[1]
        if pid.isdigit() and not Path("/proc", pid).exists() and _is_ours(left):
            shutil.rmtree(left, ignore_errors=True)
    return tempfile.TemporaryDirectory(
        prefix=f"{_PREFIX}{purpose}-{os.getpid()}-", dir=base, ignore_cleanup_errors=True
    )


def _is_ours(folder: Path) -> bool:
    """Whether we made it; what somebody else cleared a moment ago is nobody's."""
    try:
        return folder.stat().st_uid == os.getuid()
    except FileNotFoundError:
        return False
