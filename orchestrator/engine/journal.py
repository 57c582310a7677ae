"""The record of a run: a folder with its plan, its events and the logs of its tools.

Lines are masked before they are written and flushed to the disk one by one, so that what is there
after a power cut is true. The journal records; it never decides what is left to do.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestrator.engine.events import FORMAT, Event, Kind, Listener
from orchestrator.model.change import Plan
from orchestrator.model.run import Author, Outcome, Run
from orchestrator.ports import Clock

RUN_FORMAT = "orchestrator/run/v1"
PLAN_FORMAT = "orchestrator/plan/v1"

Mask = Callable[[str], str]


def new_id() -> str:
    """Six hex digits; the folder's existence decides whether it is free."""
    return secrets.token_hex(3)


class Journal:
    """Append-only record of one run, and the voice that tells listeners about it.

    Several threads may record; one line is written and told after the other, in the same order.
    """

    def __init__(self, folder: Path, run: Run, clock: Clock, mask: Mask, tell: Listener) -> None:
        self.folder = folder
        self.run = run
        self._clock = clock
        self._mask = mask
        self._tell = tell
        self._line = threading.RLock()
        self._closed = False

    @classmethod
    def open(cls, folder: Path, run: Run, clock: Clock, mask: Mask, tell: Listener) -> Journal:
        """Make the run's folder, or go on with the one that is there."""
        (folder / "tools").mkdir(parents=True, exist_ok=True, mode=0o700)
        journal = cls(folder, run, clock, mask, tell)
        if not (folder / "events.jsonl").exists():
            journal._append(json.dumps({"type": Kind.VERSION.value, "format": FORMAT}))
        journal._write_run()
        return journal

    def save_plan(self, plan: Plan) -> None:
        """Keep the plan beside the events."""
        write_json(self.folder / "plan.json", plan_document(plan))

    def record(
        self,
        kind: Kind,
        step: str = "",
        place: tuple[int, int] = (0, 0),
        *,
        instance: str = "",
        **data: str | float | Mapping[str, float],
    ) -> None:
        """Write one event and tell whoever listens; nothing once the record is closed."""
        with self._line:
            if not self._closed:
                now = self._clock.now()
                self._emit(Event(kind, now, step, *place, data=data, instance=instance))

    def finish(self, outcome: Outcome, **data: str | float | Mapping[str, str]) -> None:
        """Close the record."""
        with self._line:
            self._closed = True
            self.run = replace(self.run, outcome=outcome, ended=self._clock.now())
            ended = {"outcome": outcome.value, "run": self.run.id, **data}
            self._emit(Event(Kind.RUN_ENDED, self._clock.now(), data=ended))
            self._write_run()
            result = {"format": "orchestrator/result/v1", **run_document(self.run), **data}
            write_json(self.folder / "result.json", result)

    def _emit(self, event: Event) -> None:
        masked = self._mask(event.line())
        self._append(masked)
        self._tell(Event.read(masked) or event)

    def _write_run(self) -> None:
        write_json(self.folder / "run.json", run_document(self.run))

    def _append(self, line: str) -> None:
        with (self.folder / "events.jsonl").open("a", encoding="utf-8") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write a whole document or nothing."""
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    scratch.replace(path)


def plan_document(plan: Plan) -> dict[str, Any]:
    """A plan as its JSON document."""
    return {
        "format": PLAN_FORMAT,
        "digest": plan.digest,
        "risk": plan.risk.name.lower(),
        **asdict(plan),
        "changes": [change.document() for change in plan.changes],
    }


def run_document(run: Run) -> dict[str, Any]:
    """A run as its JSON document."""
    body = asdict(run)
    body["started"] = run.started.isoformat()
    body["ended"] = run.ended.isoformat() if run.ended else None
    return {"format": RUN_FORMAT, **body}


def read_run(folder: Path) -> Run:
    """Read a run back from its folder."""
    body = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    body.pop("format")
    body["author"] = Author(**body["author"])
    body["started"] = datetime.fromisoformat(body["started"])
    body["ended"] = datetime.fromisoformat(body["ended"]) if body["ended"] else None
    body["outcome"] = Outcome(body["outcome"])
    return Run(**body)


def read_runs(runs: Path) -> list[Run]:
    """Every recorded run, the newest first."""
    folders = (path for path in runs.iterdir() if (path / "run.json").exists())
    found = [read_run(folder) for folder in folders] if runs.is_dir() else []
    return sorted(found, key=lambda run: run.started, reverse=True)


def instances_of(events: Iterable[Event]) -> dict[str, str]:
    """How the instances stood when their run ended last; empty for a run of one."""
    ended = [event for event in events if event.kind is Kind.RUN_ENDED]
    return dict((ended[-1].data or {}).get("instances", {})) if ended else {}


def read_events(folder: Path) -> Iterator[Event]:
    """The events of a run, oldest first; a line cut off by a crash is passed over."""
    with (folder / "events.jsonl").open(encoding="utf-8") as file:
        for line in file:
            if not line.endswith("\n") or '"type": "version"' in line:
                continue
            if event := Event.read(line):
                yield event
