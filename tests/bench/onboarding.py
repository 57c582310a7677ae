"""A second tenant beside the first: how long it takes, how much of that is ours, and our memory.

What is not ours is counted where it is waited for: the engine (which brings the parts about and
waits for them), the play, and the pods (commands in them, and their answers). All else is ours:
the start of the program, files, policies, the look before the plan, secrets and bucket.
"""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

from tests.bench.lines import FIRST, PROGRAM, ROOT, SECOND, figure, left_out
from tests.bench.machine import asked, events, states
from tests.bench.processes import Watched, watch

NOT_OURS = ("engine", "play", "pods")
TARGET_MB = 220
LIMITS_S = {"onboard all three products": 150.0, "  nothing to do for three": 12.0}
EACH_S = {"grist": 60.0, "rudi": 90.0}
NAMES = ("onboard a second tenant", "  our own part of it", "  our own memory, at its peak")


def measure() -> None:
    """Print the three lines; the tenant stays afterwards."""
    if reason := _unfit():
        for name in NAMES:
            left_out(name, reason)
        return
    with tempfile.TemporaryDirectory() as folder:
        argv = [PROGRAM, "--root", str(ROOT), "onboard", SECOND, "--yes"]
        seen = watch(argv, Path(folder) / "log")
    if seen.status:
        for name in NAMES:
            left_out(name, f"it failed: {_first_error(seen.said)}")
        return
    _show(seen)


def measure_three() -> None:
    """Print what the demo's organisation with all three products took, and takes again."""
    first, again = LIMITS_S
    runs = asked("run", "list", FIRST).get("runs", [])
    whole = [one for one in runs if one["outcome"] == "done" and one["subject"] == FIRST]
    if not whole:
        for name in LIMITS_S:
            left_out(name, f"{FIRST} was not onboarded here; it needs `make demo` first")
        return
    one = min(whole, key=lambda run: str(run["started"]))
    begun, ended = (datetime.fromisoformat(str(one[key])) for key in ("started", "ended"))
    spent = (ended - begun).total_seconds()
    figure(first, spent, "s", f"{spent / LIMITS_S[first]:.0%} of {LIMITS_S[first]:.0f} s")
    _parts_of(str(one["id"]), spent)
    with tempfile.TemporaryDirectory() as folder:
        argv = [PROGRAM, "--root", str(ROOT), "onboard", FIRST, "--yes", "--expect-no-changes"]
        seen = watch(argv, Path(folder) / "log")
    if seen.status:
        left_out(again, f"it failed: {_first_error(seen.said)}")
        return
    figure(again, seen.wall_s, "s", f"{seen.wall_s / LIMITS_S[again]:.0%} of 12 s")


def _parts_of(run: str, spent_s: float) -> None:
    """What each instance took of a run, and what of all that was not waiting for others."""
    seconds: dict[str, float] = {}
    waited: dict[str, float] = {}
    for event in events(run):
        if event["type"] == "step_done":
            name = event["instance"].partition("/")[2]
            seconds[name] = seconds.get(name, 0.0) + float(event["seconds"])
            for whom, lasted in event.get("waited_s", {}).items():
                waited[whom] = waited.get(whom, 0.0) + float(lasted)
    for name, limit in EACH_S.items():
        if name in seconds:
            lasted = seconds[name]
            figure(f"  {name} of them", lasted, "s", f"{lasted / limit:.0%} of {limit:.0f} s")
    theirs = sum(waited.values())
    spent = ", ".join(f"{whom} {lasted:.1f} s" for whom, lasted in waited.items())
    ours = max(0.0, spent_s - theirs)
    figure("  our own part of it", ours, "s", f"{ours / spent_s:.0%} of the whole; {spent}")


def _show(seen: Watched) -> None:
    last = asked("run", "list", SECOND)["runs"][0]["id"]
    waited = asked("run", "show", last)["waited_s"]
    theirs = sum(waited.get(whom, 0.0) for whom in NOT_OURS)
    spent = ", ".join(f"{whom} {waited.get(whom, 0.0):.1f} s" for whom in NOT_OURS)
    figure(NAMES[0], seen.wall_s, "s", f"run {last}; {spent}")
    ours = seen.wall_s - theirs
    cpu = f"{seen.cpu_s:.1f} s of processor in our own process"
    figure(NAMES[1], ours, "s", f"{ours / seen.wall_s:.0%} of the whole: all but those; {cpu}")
    figure(NAMES[2], seen.peak_mb, "MB", f"{seen.peak_mb / TARGET_MB:.0%} of {TARGET_MB} MB")


def _unfit() -> str:
    """Why it cannot be measured here, or the empty string."""
    found = {one["tenant"]: one["state"] for one in states()}
    if found.get(FIRST) != "live":
        return f"{FIRST} is not live here; it needs `make demo` first"
    ended = {one["outcome"] for one in asked("run", "list", FIRST).get("runs", [])}
    if not ended & {"done", "already so"}:
        return f"{FIRST} was onboarded by another project than {ROOT}; it is left alone"
    if SECOND not in found:
        return f"this project has no tenant {SECOND}"
    if found[SECOND] != "not onboarded":
        return f"{SECOND} is {found[SECOND]} already; `orchestrator sandbox reset`, `make demo`"
    return ""


def _first_error(said: str) -> str:
    lines = (line for line in said.splitlines() if line.startswith("error["))
    return next(lines, "without a word")
