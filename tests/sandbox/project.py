"""A project of the tests' own, and the command line in it as a process."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess  # noqa: TID251 - tests run the product from outside
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from orchestrator.model.connection import Connection
from orchestrator.sandbox.sandbox import Sandbox
from orchestrator.tools.web import EntranceWeb

NAME = os.environ.get("ORCHESTRATOR_TESTS_SANDBOX", "tests")
CLONE = Path(__file__).parents[2]
PROGRAM = Path(sys.executable).with_name("orchestrator")
MODEL = "saint-martin"
STEPS = (
    "secrets",
    "bucket",
    "backup-store",
    "certificate",
    "infrastructure",
    "migration",
    "bootstrap",
    "programs",
    "base-backup",
    "acceptance",
    "recovery-point",
)
TENANTS = ("essai-nord", "essai-sud")


@dataclass
class Standing:
    """The sandbox that stands."""

    sandbox: Sandbox
    connection: Connection

    @property
    def web(self) -> EntranceWeb:
        """Its public side, asked through the entrance."""
        entrance = self.connection.entrance
        return EntranceWeb(entrance.address, entrance.port, self.connection.authority)


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


@dataclass(frozen=True)
class Watched:
    """A call in the making, and how much of each run's record was there before it."""

    process: subprocess.Popen[str]
    runs: Path
    before: Mapping[Path, int]

    def says(self, *texts: str) -> bool:
        """Wait until the record of its run holds one of these; False when the call ends first."""
        while self.process.poll() is None:
            if any(text in self._record() for text in texts):
                return True
            time.sleep(0.02)
        return False

    def ended(self, timeout_s: float = 400.0) -> tuple[int, str, str]:
        """Its exit status and what it said, once it has ended."""
        out, err = self.process.communicate(timeout=timeout_s)
        return self.process.returncode, out, err

    def _record(self) -> str:
        return "".join(
            file.read_bytes()[self.before.get(file, 0) :].decode(errors="replace")
            for file in self.runs.glob("*/events.jsonl")
        )


class Project:
    """A project in a folder of its own, and the command line in it."""

    def __init__(self, root: Path, environment: Mapping[str, str] | None = None) -> None:
        self.root = root
        self._environment = dict(environment or {})

    def with_environment(self, **further: str) -> Project:
        """The same project, called in other surroundings."""
        return Project(self.root, {**self._environment, **further})

    @property
    def runs(self) -> Path:
        """Where runs are recorded."""
        return self.root / ".orchestrator" / "runs"

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a call."""
        own = {"ORCHESTRATOR_ROOT": str(self.root), "NO_COLOR": "1"}
        environment = {**os.environ, **own, **self._environment}
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

    @contextlib.contextmanager
    def watched(self, *arguments: str) -> Iterator[Watched]:
        """Begin a call whose run is looked at while it goes on; it is ended when nobody looks."""
        before = {file: file.stat().st_size for file in self.runs.glob("*/events.jsonl")}
        with self.start(*arguments) as process:
            try:
                yield Watched(process, self.runs, before)
            finally:
                if process.poll() is None:
                    process.kill()

    def tenant(self, slug: str, changes: Mapping[str, str] | None = None) -> None:
        """Add a tenant made after the shipped one; `changes` replace words of its file."""
        text = (CLONE / "tenants" / f"{MODEL}.yaml").read_text(encoding="utf-8")
        for old, new in {**(changes or {}), MODEL: slug}.items():
            assert old in text, old
            text = text.replace(old, new)
        (self.root / "tenants" / f"{slug}.yaml").write_text(text, "utf-8")

    def tenant_of(self, slug: str, instances: Mapping[str, Mapping[str, Any]]) -> None:
        """Add a tenant made after the shipped one that has exactly these instances."""
        yaml = YAML()
        path = CLONE / "tenants" / f"{MODEL}.yaml"
        text: Any = yaml.load(path.read_text("utf-8").replace(MODEL, slug))
        protection = text["data_protection"]
        text["instances"] = {product: dict(one) for product, one in instances.items()}
        protection["roles"] = dict.fromkeys(instances, "controller")
        recipients = ["les services", "this-machine"]
        protection["register"] = {
            product: {"recipients": list(recipients)} for product in instances
        }
        with (self.root / "tenants" / f"{slug}.yaml").open("w", encoding="utf-8") as file:
            yaml.dump(text, file)

    def newest_run(self) -> Path:
        """The folder of the newest run."""
        return max(self.runs.glob("*/run.json"), key=lambda path: path.stat().st_mtime).parent
