"""What keeps formulas from the server: gVisor, or nothing."""

from __future__ import annotations

import shutil
import subprocess

GVISOR, UNSANDBOXED = "gvisor", "unsandboxed"
FLAVOURS = (GVISOR, "pyodide", "macSandboxExec", UNSANDBOXED)
_TIMEOUT_S = 20


class NoSandboxError(Exception):
    """The sandbox that was asked for does not work here."""


def check(flavour: str) -> None:
    """Make sure that the sandbox works. Raises NoSandboxError."""
    if flavour == UNSANDBOXED:
        return
    if flavour != GVISOR:
        raise NoSandboxError(f"The stand-in has no sandbox {flavour!r}")  # noqa: EM102
    runner = shutil.which("runsc")
    if runner is None or not _runs(runner):
        raise NoSandboxError("gVisor was asked for, and runsc does not work here")


def _runs(runner: str) -> bool:
    try:
        told = subprocess.run(
            [runner, "do", "true"], capture_output=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return told.returncode == 0
