"""The program of the copier's pod: rounds without an end, patient while a store is away.

Reads its environment: SOURCE_ENDPOINT, SOURCE_BUCKET, TARGET_ENDPOINT, TARGET_BUCKET, REGION,
EVERY_S, KEYS (folder of the files `source_access_key`, `source_secret_key`, `target_access_key` and
`target_secret_key`), SCRATCH (a folder of its own) and AUTHORITY (a file, or nothing).
The file `round` in SCRATCH is as old as the last round that came to its end.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from orchestrator.copier.rounds import Rounds
from orchestrator.copier.side import Side, client

_MARK = "round"
_PATIENCE_S = 5.0


def main() -> int:
    """Run until told to end."""
    scratch, every_s = Path(os.environ["SCRATCH"]), float(os.environ["EVERY_S"])
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    rounds: Rounds | None = None
    while not stop.is_set():
        began = time.monotonic()
        try:
            rounds = rounds or _begun(scratch)
            if made := rounds.round():
                _say(f"{made} copied in {time.monotonic() - began:.1f} s")
            (scratch / _MARK).touch()
        except Exception as fault:  # noqa: BLE001 - whatever it is, the next round may go well
            _say(f"this round failed, there will be another: {type(fault).__name__}: {fault}")
            stop.wait(_PATIENCE_S)
        stop.wait(max(every_s - (time.monotonic() - began), 0.1))
    return 0


def _begun(scratch: Path) -> Rounds:
    given, keys = os.environ, Path(os.environ["KEYS"])
    authority = Path(given["AUTHORITY"]) if given.get("AUTHORITY") else None

    def side(name: str) -> Side:
        files = (keys / f"{name}_access_key", keys / f"{name}_secret_key")
        place = given[f"{name.upper()}_ENDPOINT"]
        s3 = client(place, given["REGION"], files, authority, _say)
        return Side(s3, given[f"{name.upper()}_BUCKET"])

    return Rounds(side("source"), side("target"), scratch, _say)


def _say(text: str) -> None:
    sys.stderr.write(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ} copier: {text}\n")


if __name__ == "__main__":
    sys.exit(main())
