"""Start, recognise and end the sandbox's processes.

A process id alone says nothing after a crash or a reboot: with its start time and the machine's
boot it names one process for ever. Nothing is ended that was not started here.

All parts of the node share one mount namespace, held open by an anchor process, so that what the
kubelet mounts is seen by the container runtime, and is gone from the machine when the last of them
has ended.
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from orchestrator.errors.sandbox import PartNotReadyError
from orchestrator.ports import Clock
from orchestrator.sandbox.files import written
from orchestrator.sandbox.layout import Layout
from orchestrator.sandbox.part import Part
from orchestrator.tools import process

ANCHOR = "anchor"
State = Literal["up", "down", "unhealthy"]
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_STOP_GRACE_S = 10.0
_HANGING_GRACE_S = 3.0  # for one that does not answer: it hardly hears either
# How long a part may be silent before it is taken for one that hangs: what it needs may just have
# come back, or the machine be busy.
_PATIENCE_S = 10.0
_LOOK_EVERY_S = 0.2
_TAIL_LINES = 15


@dataclass(frozen=True)
class Running:
    """A process that was started here and still runs.

    made_of:  a digest of how it was started
    stopped:  whether somebody halted it, as a debugger or SIGSTOP does
    """

    pid: int
    made_of: str
    stopped: bool = False


class Supervisor:
    """The processes of one sandbox."""

    def __init__(self, layout: Layout, clock: Clock) -> None:
        self._layout = layout
        self._clock = clock
        self._folder = layout.path("run")
        self._folder.mkdir(exist_ok=True, mode=0o700)
        layout.path("log").mkdir(exist_ok=True, mode=0o700)

    def log(self, name: str) -> Path:
        """The log file of a part."""
        return self._layout.path("log", f"{name}.log")

    def running(self, name: str) -> Running | None:
        """The process of that part, or None; a stale file of a dead process counts as none."""
        try:
            body = json.loads((self._folder / f"{name}.json").read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        seen = _seen(body["pid"])
        if seen is None or body["boot"] != _boot() or seen.started != body["started"]:
            return None
        return Running(body["pid"], body["made_of"], seen.stopped)

    def state(self, part: Part) -> State:
        """How a part stands now."""
        present = self.running(part.name)
        if present is None:
            return "down"
        return "up" if not present.stopped and part.ready() else "unhealthy"

    def anchor(self) -> bool:
        """Have the anchor; True when it had to be started."""
        if self.running(ANCHOR):
            return False
        argv = ["nsenter", f"--net=/run/netns/{self._layout.node_space}"]
        argv += ["unshare", "--mount", "--propagation", "private", "sleep", "infinity"]
        self._keep(ANCHOR, process.start(argv, log=self.log(ANCHOR)), "anchor")
        return True

    def start(self, part: Part) -> bool:
        """Start a part that does not run, or runs in an older form; False when it was so already.

        It is not waited for; see `wait`.
        """
        made_of = _made_of(part)
        present = self.running(part.name)
        if present and present.made_of == made_of:
            return False
        if present:
            self.end(part.name)
        argv = [*self._enter(part), *part.argv]
        environment = {**os.environ, **part.environment}
        pid = process.start(argv, log=self.log(part.name), env=environment)
        self._keep(part.name, pid, made_of)
        return True

    def current(self, part: Part) -> bool:
        """Whether a part runs in its present form."""
        present = self.running(part.name)
        return present is not None and present.made_of == _made_of(part)

    def have(self, parts: Sequence[Part], progress: Callable[[str], None]) -> set[str]:
        """Start what does not run, and once anew what runs and does not answer; wait for all.

        The names of what was started. Raises PartNotReadyError.
        """
        begun = {part.name for part in parts if self.start(part)}
        for part in parts:
            if part.name not in begun:
                if self.answers_within(part, _PATIENCE_S):
                    continue
                if self.running(part.name):
                    progress(f"part {part.name}: runs and does not answer, starting it anew")
                self.end(part.name, _HANGING_GRACE_S)
                self.start(part)
                begun.add(part.name)
            self.wait(part)
            progress(f"part {part.name}: ready {part.address}".rstrip())
        return begun

    def wait(self, part: Part) -> None:
        """Wait until a part answers. Raises PartNotReadyError with the end of its log."""
        if self.answers_within(part, part.wait_s):
            return
        ended = self.running(part.name) is None
        log = self.log(part.name)
        said = log.read_text(encoding="utf-8", errors="replace").splitlines()
        reason = "it ended" if ended else f"no answer within {part.wait_s:.0f} s"
        tail = tuple(said[-_TAIL_LINES:])
        raise PartNotReadyError(part.name, reason=reason, log=str(log), tail=tail)

    def answers_within(self, part: Part, seconds: float) -> bool:
        """Wait for a part's answer; False as soon as it ended, or when the time is over.

        It must run itself: somebody else may answer at its place.
        """
        until = self._clock.monotonic() + seconds
        while (state := self.state(part)) == "unhealthy" and self._clock.monotonic() < until:
            self._clock.sleep(_LOOK_EVERY_S)
        return state == "up"

    def end(self, name: str, grace_s: float = _STOP_GRACE_S) -> bool:
        """End a part: politely, then for good. False when it did not run."""
        present = self.running(name)
        if present:
            _end(present.pid, lambda: self.running(name) is None, self._clock, grace_s)
        (self._folder / f"{name}.json").unlink(missing_ok=True)
        return present is not None

    def inside(self, *argv: str) -> str:
        """Run a command where the node's parts live; its standard output."""
        return process.run([*self._node(), *argv], process.Limits(timeout_s=300.0)).stdout

    def _enter(self, part: Part) -> list[str]:
        if part.space == "node":
            return self._node()
        if part.space == "cloud":
            return ["nsenter", f"--net=/run/netns/{self._layout.cloud_space}"]
        return []

    def _node(self) -> list[str]:
        anchor = self.running(ANCHOR)
        if anchor is None:
            raise PartNotReadyError(
                ANCHOR, reason="it does not run", log=str(self.log(ANCHOR)), tail=()
            )
        space = f"--net=/run/netns/{self._layout.node_space}"
        return ["nsenter", space, f"--mount=/proc/{anchor.pid}/ns/mnt"]

    def _keep(self, name: str, pid: int, made_of: str) -> None:
        seen = _seen(pid)
        started = seen.started if seen else 0
        body = {"pid": pid, "started": started, "boot": _boot(), "made_of": made_of}
        try:
            written(self._folder / f"{name}.json", json.dumps(body))
        except OSError:
            _signal(pid, signal.SIGKILL)  # nobody would ever find it again
            raise


def end_group(pids: Callable[[], list[int]], clock: Clock) -> None:
    """End every process of a set that may still change while we look."""
    until = clock.monotonic() + _STOP_GRACE_S
    while found := pids():
        for pid in found:
            _signal(pid, signal.SIGKILL)
        if clock.monotonic() > until:
            return
        clock.sleep(_LOOK_EVERY_S)


def _end(pid: int, gone: Callable[[], bool], clock: Clock, grace_s: float) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        _signal(pid, number)
        _signal(pid, signal.SIGCONT)  # one that was halted hears nothing
        until = clock.monotonic() + grace_s
        while not gone() and clock.monotonic() < until:
            clock.sleep(_LOOK_EVERY_S / 2)
        if gone():
            return


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _made_of(part: Part) -> str:
    total = hashlib.sha256(json.dumps([part.argv, sorted(part.environment.items())]).encode())
    for source in part.sources:
        total.update(source.read_bytes() if source.exists() else b"")
    return total.hexdigest()[:16]


def _boot() -> str:
    return _BOOT_ID.read_text(encoding="utf-8").strip()


@dataclass(frozen=True)
class _Seen:
    started: int  # in clock ticks since boot
    stopped: bool


def _seen(pid: int) -> _Seen | None:
    """A living process; None for one that is not there or only a corpse."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else _Seen(int(fields[19]), stopped=fields[0] in "Tt")
