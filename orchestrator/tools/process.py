"""The only door to foreign programs.

Every program is started from a list of arguments, never through a shell, with an explicit
environment, a time limit, its output masked line by line and kept in a log. A secret never stands
in the arguments: it goes through standard input, a file or the environment.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from orchestrator.engine import stop
from orchestrator.errors.process import ToolFailedError, ToolMissingError, ToolTimedOutError
from orchestrator.model.secret import Secret
from orchestrator.tools.masking import mask

TAIL_LINES = 20
_STOP_GRACE_S = 5.0
_LOOK_EVERY_S = 0.2


@dataclass(frozen=True)
class Finished:
    """A program that has ended: what it was given, what it said, how long it took."""

    argv: tuple[str, ...]
    status: int
    stdout: str
    stderr: str
    seconds: float


@dataclass(frozen=True)
class Limits:
    """How a program is run: time, directory, environment, where its output is kept.

    `env` is the whole environment of the program when given; else it inherits ours.
    """

    timeout_s: float = 60.0
    cwd: Path | None = None
    env: Mapping[str, str] | None = None
    log: Path | None = None
    secrets: tuple[Secret, ...] = ()


DEFAULT_LIMITS = Limits()

_STARTED: list[subprocess.Popen[bytes]] = []  # kept, so that one that ends while we live is reaped


def run(
    argv: Sequence[str],
    limits: Limits = DEFAULT_LIMITS,
    *,
    stdin: str | Secret | None = None,
    on_line: Callable[[str], None] | None = None,
    accept: Iterable[int] = (0,),
) -> Finished:
    """Run a program to its end and return what it said, masked.

    Raises ToolMissingError, ToolFailedError for a status outside `accept`, ToolTimedOutError. What
    ends this thread, by a signal or by the request that governs it, ends the program first.
    """
    started = time.monotonic()
    command = mask(shlex.join(argv), limits.secrets)
    child = _open(argv, limits, stdin=stdin)
    tail: deque[str] = deque(maxlen=TAIL_LINES)
    streams: dict[str, list[str]] = {"stdout": [], "stderr": []}
    log = limits.log.open("a", encoding="utf-8") if limits.log else None
    lock = threading.Lock()

    def drain(name: str, stream: IO[str]) -> None:
        for raw in stream:
            line = mask(raw, limits.secrets)
            with lock:
                streams[name].append(line)
                tail.append(line.rstrip("\n"))
                if log:
                    log.write(line)
                    log.flush()
            if on_line:
                on_line(line.rstrip("\n"))

    readers = [
        threading.Thread(target=drain, args=(name, getattr(child, name)), daemon=True)
        for name in streams
    ]
    try:
        for reader in readers:
            reader.start()
        _feed(child, stdin)
        status = _awaited(child, limits.timeout_s)
    except subprocess.TimeoutExpired as expired:
        end(child)
        raise ToolTimedOutError(command, seconds=limits.timeout_s, tail=tuple(tail)) from expired
    except BaseException:
        end(child)
        raise
    finally:
        for reader in readers:
            reader.join(_STOP_GRACE_S)
        _close(child)
        if log:
            log.close()
    if status not in accept:
        raise ToolFailedError(command, status=status, tail=tuple(tail))
    seconds = time.monotonic() - started
    return Finished(
        tuple(argv), status, "".join(streams["stdout"]), "".join(streams["stderr"]), seconds
    )


def start(
    argv: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> int:
    """Start a program that outlives us, in a session of its own; return its process id."""
    _require(argv[0])
    with log.open("ab") as output:
        child = subprocess.Popen(
            list(argv),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd=cwd,
            start_new_session=True,
        )
    _STARTED.append(child)
    return child.pid


def attend(argv: Sequence[str], log: Path, env: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start a program that we talk to over its pipes; what it complains of goes to the log.

    It is told to end by the end of its standard input, which comes with our own; see `end`.
    """
    _require(argv[0])
    with log.open("ab") as complaints:
        return subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env=dict(env),
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )


def end(child: subprocess.Popen[str], grace_s: float = _STOP_GRACE_S) -> None:
    """Stop a child and its group: first politely, then for good."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(child.pid, number)
        except ProcessLookupError:
            break
        try:
            child.wait(grace_s)
        except subprocess.TimeoutExpired:
            continue
        break
    child.wait()
    _close(child)


def found(program: str) -> Path | None:
    """Where a program is on the PATH, or None."""
    path = shutil.which(program)
    return Path(path) if path else None


def _open(
    argv: Sequence[str], limits: Limits, *, stdin: str | Secret | None
) -> subprocess.Popen[str]:
    _require(argv[0])
    return subprocess.Popen(
        list(argv),
        stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=None if limits.env is None else dict(limits.env),
        cwd=limits.cwd,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )


def _close(child: subprocess.Popen[str]) -> None:
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream is not None:
            with contextlib.suppress(BrokenPipeError):
                stream.close()


def _feed(child: subprocess.Popen[str], stdin: str | Secret | None) -> None:
    if child.stdin is None:
        return
    text = stdin.reveal() if isinstance(stdin, Secret) else (stdin or "")
    try:
        child.stdin.write(text)
        child.stdin.close()
    except BrokenPipeError:
        pass  # the program did not want its input; its status says whether that matters


def _awaited(child: subprocess.Popen[str], timeout_s: float) -> int:
    """Wait in short pieces, between which a thread is told to end: no signal reaches it."""
    until = time.monotonic() + timeout_s
    while True:
        stop.pause(0)
        left_s = max(until - time.monotonic(), 0)
        try:
            return child.wait(min(left_s, _LOOK_EVERY_S))
        except subprocess.TimeoutExpired:
            if left_s <= _LOOK_EVERY_S:
                raise


def _require(program: str) -> None:
    if shutil.which(program) is None:
        raise ToolMissingError(program)
