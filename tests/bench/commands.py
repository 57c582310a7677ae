"""How long commands take, beside an empty Python on the same machine."""

from __future__ import annotations

import os
import subprocess  # noqa: TID251 - commands are timed from outside
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests.bench.lines import CLONE, FIRST, PROGRAM, ROOT, figure, left_out

FLEET = 500


def measure() -> None:
    """Print a line for each command."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        empty = best([sys.executable, "-c", "pass"], ROOT, 10, scratch) or 1.0
        figure("an empty Python", empty, "s", "1.0 x")
        many = fleet(scratch)
        again = [PROGRAM, "onboard", FIRST, "--yes", "--expect-no-changes"]
        cases: list[tuple[str, list[str], Path, int]] = [
            ("--help", [PROGRAM, "--help"], CLONE, 10),
            ("plan --offline", [PROGRAM, "plan", FIRST, "--offline"], CLONE, 10),
            (f"validate {FLEET} files", [PROGRAM, "tenant", "validate"], many, 2),
            ("onboard again", again, ROOT, 2),
        ]
        for name, argv, root, times in cases:
            seconds = best(argv, root, times, scratch)
            if seconds is None:
                left_out(name, f"{FIRST} is not live here; it needs `make demo` first")
            else:
                figure(name, seconds, "s", f"{seconds / empty:.1f} x")


def best(argv: Sequence[str], root: Path, times: int, scratch: Path) -> float | None:
    """The shortest of some runs in seconds; None when the command fails."""
    environment = {**os.environ, "ORCHESTRATOR_ROOT": str(root)}
    # An installed program is compiled beforehand; the folder of a clone is left as it is.
    environment |= {"PYTHONPYCACHEPREFIX": str(scratch / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}
    found = []
    for _ in range(times):
        started = time.perf_counter()
        done = subprocess.run(argv, env=environment, capture_output=True, check=False)
        if done.returncode:
            return None
        found.append(time.perf_counter() - started)
    return min(found)


def fleet(folder: Path) -> Path:
    """A project with many tenants."""
    tenants = folder / "tenants"
    tenants.mkdir()
    (tenants / "_defaults.yaml").write_bytes((CLONE / "tenants/_defaults.yaml").read_bytes())
    text = (CLONE / "tenants" / f"{FIRST}.yaml").read_text(encoding="utf-8")
    for number in range(FLEET):
        slug = f"commune-{number}"
        (tenants / f"{slug}.yaml").write_text(text.replace(FIRST, slug), encoding="utf-8")
    return folder
