"""The one door to foreign programs."""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

import pytest

from orchestrator.engine.stop import StopRequest
from orchestrator.errors.process import ToolFailedError, ToolMissingError, ToolTimedOutError
from orchestrator.model.secret import Secret
from orchestrator.tools import process

PYTHON = sys.executable


def test_both_streams_are_returned() -> None:
    code = "import sys; print('out'); print('err', file=sys.stderr)"
    done = process.run([PYTHON, "-c", code])
    assert (done.stdout, done.stderr, done.status) == ("out\n", "err\n", 0)


def test_a_secret_on_the_way_out_becomes_stars(tmp_path: Path) -> None:
    word = Secret("correct-horse-battery")
    log = tmp_path / "log"
    limits = process.Limits(secrets=(word,), log=log)
    lines: list[str] = []
    code = "print(input())"
    done = process.run([PYTHON, "-c", code], limits, stdin=word, on_line=lines.append)
    assert "horse" not in done.stdout
    assert "horse" not in log.read_text(encoding="utf-8")
    assert "horse" not in "".join(lines)


def test_a_failure_keeps_the_end_of_what_was_said() -> None:
    code = "import sys; [print(n) for n in range(100)]; sys.exit(3)"
    with pytest.raises(ToolFailedError) as caught:
        process.run([PYTHON, "-c", code])
    assert caught.value.context["status"] == 3
    assert caught.value.details[-1] == "99"
    assert len(caught.value.details) == process.TAIL_LINES


def test_an_accepted_status_is_no_failure() -> None:
    assert process.run([PYTHON, "-c", "raise SystemExit(3)"], accept=(0, 3)).status == 3


def test_too_long_is_ended() -> None:
    with pytest.raises(ToolTimedOutError):
        process.run([PYTHON, "-c", "import time; time.sleep(60)"], process.Limits(timeout_s=0.2))


def test_a_missing_program_is_named() -> None:
    with pytest.raises(ToolMissingError, match="no-such-program"):
        process.run(["no-such-program"])


def test_a_governed_thread_ends_its_program_when_told_to() -> None:
    stop = StopRequest()
    pids: list[int] = []
    ended: list[type[BaseException]] = []

    def said(line: str) -> None:
        pids.append(int(line))
        stop.end_threads()

    def work() -> None:
        code = "import os, time; print(os.getpid(), flush=True); time.sleep(600)"
        with stop.governing():
            try:
                process.run([PYTHON, "-c", code], process.Limits(timeout_s=600), on_line=said)
            except KeyboardInterrupt as error:
                ended.append(type(error))

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(30)
    assert ended == [KeyboardInterrupt]
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
