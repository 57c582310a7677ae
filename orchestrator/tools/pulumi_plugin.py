"""Which Kubernetes plugin the engine uses: the official one where installed, else ours."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from orchestrator.errors.process import ToolFailedError
from orchestrator.tools import process

OFFICIAL_VERSION = "4.34.2"
_BINARY = "pulumi-resource-kubernetes"


def official() -> Path | None:
    """Where the official plugin is installed, or None."""
    home = Path(os.environ.get("PULUMI_HOME", Path.home() / ".pulumi"))
    installed = home / "plugins" / f"resource-kubernetes-v{OFFICIAL_VERSION}" / _BINARY
    return installed if installed.exists() else process.found(_BINARY)


@contextmanager
def attached(kubeconfig: Path, log: Path) -> Iterator[dict[str, str]]:
    """The environment by which the engine finds its plugin; ours runs while the block does."""
    if official():
        yield {}
        return
    environment = {**os.environ, "KUBECONFIG": str(kubeconfig), "PYTHONUNBUFFERED": "1"}
    argv = [sys.executable, "-m", "orchestrator.kubernetes_plugin"]
    child = process.attend(argv, log, environment)
    try:
        port = child.stdout.readline().strip() if child.stdout else ""
        if not port.isdigit():
            said = log.read_text(encoding="utf-8", errors="replace")
            tail = tuple(said.splitlines()[-process.TAIL_LINES :])
            raise ToolFailedError(" ".join(argv[1:]), status=child.wait(), tail=tail)
        yield {"PULUMI_DEBUG_PROVIDERS": f"kubernetes:{port}"}
    finally:
        process.end(child)
