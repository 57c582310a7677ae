"""The copier counts as ready while its rounds come to their ends."""

from __future__ import annotations

import os
import subprocess  # noqa: TID251 - the script runs as the cluster runs it
import time
from pathlib import Path

import pytest

from orchestrator.sandbox import images

SCRIPT = Path(images.__file__).parent / "files" / "copier" / "usr" / "local" / "bin"


@pytest.mark.parametrize(("age_s", "ready"), [(0, True), (20, True), (40, False), (None, False)])
def test_a_round_that_ended_lately(tmp_path: Path, age_s: float | None, *, ready: bool) -> None:
    if age_s is not None:
        mark = tmp_path / "round"
        mark.touch()
        then = time.time() - age_s
        os.utime(mark, (then, then))
    environment = {"PATH": os.environ["PATH"], "SCRATCH": str(tmp_path), "EVERY_S": "5"}
    done = subprocess.run([SCRIPT / "copier-ready"], env=environment, check=False)
    assert (done.returncode == 0) is ready
