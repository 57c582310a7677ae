"""`make bench`: how long commands take, as figures and as ratios to an empty Python here.

No figure here is a test: they are for people to compare before and after a change. What needs a
live tenant is measured when the sandbox has one, and said to be left out otherwise.
"""

from __future__ import annotations

import os
import resource
import subprocess  # noqa: TID251 - commands are timed from outside
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROGRAM = str(Path(sys.executable).with_name("orchestrator"))
TENANT = "saint-martin"
FLEET = 500


def best(argv: Sequence[str], root: Path, times: int) -> float | None:
    """The shortest of some runs in seconds; None when the command fails."""
    environment = {**os.environ, "ORCHESTRATOR_ROOT": str(root)}
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
    (tenants / "_defaults.yaml").write_bytes((ROOT / "tenants" / "_defaults.yaml").read_bytes())
    text = (ROOT / "tenants" / f"{TENANT}.yaml").read_text(encoding="utf-8")
    for number in range(FLEET):
        slug = f"commune-{number}"
        (tenants / f"{slug}.yaml").write_text(text.replace(TENANT, slug), encoding="utf-8")
    return folder


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        many = fleet(Path(folder))
        cases: list[tuple[str, list[str], Path, int]] = [
            ("an empty Python", [sys.executable, "-c", "pass"], ROOT, 5),
            ("--help", [PROGRAM, "--help"], ROOT, 5),
            ("plan --offline", [PROGRAM, "plan", TENANT, "--offline"], ROOT, 3),
            (f"validate {FLEET} files", [PROGRAM, "tenant", "validate"], many, 2),
            (
                "onboard again",
                [PROGRAM, "onboard", TENANT, "--yes", "--expect-no-changes"],
                ROOT,
                2,
            ),
        ]
        baseline = 0.0
        for name, argv, root, times in cases:
            seconds = best(argv, root, times)
            if seconds is None:
                sys.stdout.write(f"{name:24} left out: it needs `make demo` first\n")
                continue
            baseline = baseline or seconds
            sys.stdout.write(f"{name:24} {seconds:8.2f} s {seconds / baseline:8.1f} x\n")
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    sys.stdout.write(f"{'largest process':24} {largest:8.0f} MB\n")


if __name__ == "__main__":
    main()
