"""A project of the tests' own, and the command line in it as a process."""

from __future__ import annotations

import json
import os
import subprocess  # noqa: TID251 - tests run the product from outside
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestrator.model.connection import Connection
from orchestrator.sandbox.sandbox import Sandbox

NAME = os.environ.get("ORCHESTRATOR_TESTS_SANDBOX", "tests")
CLONE = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).with_name("orchestrator")
MODEL = "saint-martin"
TENANTS = ("essai-nord", "essai-sud")


@dataclass
class Standing:
    """The sandbox that stands."""

    sandbox: Sandbox
    connection: Connection


@dataclass(frozen=True)
class Done:
    """How one call of the command line ended."""

    status: int
    out: str
    err: str
    seconds: float

    @property
    def document(self) -> dict[str, Any]:
        """What it said with --json."""
        body: dict[str, Any] = json.loads(self.out)
        return body


class Project:
    """A project in a folder of its own, and the command line in it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def runs(self) -> Path:
        """Where runs are recorded."""
        return self.root / ".orchestrator" / "runs"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a call."""
        environment = {**os.environ, "ORCHESTRATOR_ROOT": str(self.root), "NO_COLOR": "1"}
        return subprocess.Popen(
            [str(PROGRAM), *arguments],
            cwd=self.root,
            env=environment,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def call(self, *arguments: str, timeout_s: float = 3000.0) -> Done:
        """Make a call and wait for its end."""
        started = time.monotonic()
        with self.start(*arguments) as process:
            try:
                out, err = process.communicate(timeout=timeout_s)
            except subprocess.TimeoutExpired:
                process.kill()
                raise
        return Done(process.returncode, out, err, time.monotonic() - started)

    def succeed(self, *arguments: str) -> Done:
        """Make a call that must succeed."""
        done = self.call(*arguments)
        assert done.status == 0, f"{arguments}: {done.status}\n{done.out}\n{done.err}"
        return done

    def tenant(self, slug: str) -> None:
        """Add a tenant made after the shipped one."""
        text = (CLONE / "tenants" / f"{MODEL}.yaml").read_text(encoding="utf-8")
        (self.root / "tenants" / f"{slug}.yaml").write_text(text.replace(MODEL, slug), "utf-8")

    def newest_run(self) -> Path:
        """The folder of the newest run."""
        return max(self.runs.glob("*/run.json"), key=lambda path: path.stat().st_mtime).parent
