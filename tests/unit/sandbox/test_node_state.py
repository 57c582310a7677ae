"""A node is taken at its word only when it said so since it was started."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestrator.errors.sandbox import PartNotReadyError
from orchestrator.sandbox.node_state import wait_for_node

STARTED = datetime(2030, 1, 1, 12, 0, 0, 900_000, tzinfo=UTC)


class SteppingClock:
    """Sleeping is what makes its time pass; what comes next is said then."""

    def __init__(self, kubectl: Path, *later: str) -> None:
        self._seconds = 0.0
        self._kubectl = kubectl
        self._later = list(later)

    def now(self) -> datetime:
        return STARTED

    def monotonic(self) -> float:
        return self._seconds

    def sleep(self, _seconds: float) -> None:
        self._seconds += 30
        if self._later:
            answers(self._kubectl, self._later.pop(0))


def ready(at: str, status: str = "True") -> str:
    condition = {
        "type": "Ready",
        "status": status,
        "lastHeartbeatTime": at,
        "message": "the runtime is away",
    }
    return json.dumps({"status": {"conditions": [condition]}})


def answers(kubectl: Path, said: str) -> None:
    body = f"cat <<'END'\n{said}\nEND\n" if said else "echo no such node >&2\nexit 1\n"
    kubectl.write_text(f"#!/bin/sh\n{body}", encoding="utf-8")
    kubectl.chmod(0o755)


@pytest.fixture
def kubectl(tmp_path: Path) -> Path:
    return tmp_path / "kubectl"


def test_a_node_that_said_so_since_is_believed(kubectl: Path) -> None:
    answers(kubectl, ready("2030-01-01T12:00:00Z"))
    clock = SteppingClock(kubectl)
    wait_for_node(kubectl, Path("k"), clock, STARTED)
    assert clock.monotonic() == 0


@pytest.mark.parametrize(
    "first",
    ["", '{"status": {}}', ready("2030-01-01T11:59:59Z"), ready("2030-01-01T12:00:01Z", "False")],
    ids=["unknown", "silent", "before", "not yet"],
)
def test_what_it_said_before_is_waited_out(kubectl: Path, first: str) -> None:
    answers(kubectl, first)
    clock = SteppingClock(kubectl, ready("2030-01-01T12:00:02Z"))
    wait_for_node(kubectl, Path("k"), clock, STARTED)
    assert clock.monotonic() > 0


def test_one_that_never_says_so_is_told_with_its_words(kubectl: Path) -> None:
    answers(kubectl, ready("2030-01-01T12:00:01Z", "False"))
    with pytest.raises(PartNotReadyError, match="it takes no pods") as told:
        wait_for_node(kubectl, Path("k"), SteppingClock(kubectl), STARTED)
    assert told.value.details == ("Ready: the runtime is away",)
