"""What a standing sandbox takes of this machine's memory."""

from __future__ import annotations

import json
import re
import subprocess  # noqa: TID251 - the command line is asked as people ask it
from pathlib import Path
from typing import Any

from orchestrator import config, settings
from orchestrator.sandbox import cgroups
from orchestrator.sandbox.layout import layout_of
from tests.bench.lines import FIRST, PROGRAM, ROOT, figure, left_out
from tests.bench.processes import of_mounts, shared_fairly


def measure() -> None:
    """Print the line of the sandbox's memory."""
    name = sandbox()
    told = asked("sandbox", "status", "--name", name)
    pids = {part["name"]: part["pid"] for part in told.get("parts", []) if part["pid"]}
    if not pids:
        left_out("the sandbox's memory", f"the sandbox {name} is not up; it needs `make demo`")
        return
    layout = layout_of(name, settings.load(ROOT).sandboxes)
    everything = {*pids.values(), *cgroups.processes(layout), *of_mounts(pids.get("containerd", 0))}
    used = shared_fairly(everything)
    share = f"{used / _total():.0%} of this machine, {len(everything)} processes, tenants live: "
    figure("the sandbox's memory", used, "MB", share + (", ".join(live()) or "none"))


def sandbox() -> str:
    """The sandbox that the measured tenants stand on."""
    found = settings.load(ROOT)
    return config.load_platform(found, config.load_tenant(found, FIRST).platform).cluster.name


def live() -> list[str]:
    """Tenants whose instances stand."""
    return [one["tenant"] for one in states() if one["state"] in ("live", "degraded")]


def states() -> list[dict[str, Any]]:
    """How every instance stands."""
    return list(asked("status").get("instances", []))


def asked(*argv: str) -> dict[str, Any]:
    """The JSON that a command answers with; empty when it has none."""
    argv = (PROGRAM, "--root", str(ROOT), *argv, "--json")
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    return dict(json.loads(done.stdout)) if done.stdout.strip() else {}


def events(run: str) -> list[dict[str, Any]]:
    """What happened in a run."""
    argv = (PROGRAM, "--root", str(ROOT), "run", "log", run, "--json")
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _total() -> float:
    text = Path("/proc/meminfo").read_text(encoding="utf-8")
    match = re.search(r"^MemTotal:\s+(\d+) kB", text, re.MULTILINE)
    return int(match[1]) / 1024 if match else float("inf")
