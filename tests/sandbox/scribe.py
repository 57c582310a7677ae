"""Somebody who writes to documents of a workbench, and keeps outside what was acknowledged when."""

from __future__ import annotations

import json
import secrets
import threading
from dataclasses import dataclass, field
from datetime import datetime

from orchestrator.errors.root import OrchestratorError
from orchestrator.model.point import read_time
from tests.sandbox import writing
from tests.sandbox.workbench import Workbench

PUSHED_S = 30
"""How much of a document may be lost: it is pushed every 15 s, and copied within another 15."""
_TABLE = {"tables": [{"id": "Lignes", "columns": [{"id": "Mot", "fields": {"type": "Text"}}]}]}


@dataclass
class Scribe:
    """Adds lines to documents, and keeps outside what was acknowledged when."""

    bench: Workbench
    papers: list[str]
    lines: dict[str, list[writing.Entry]] = field(default_factory=dict)
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> Scribe:
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Begin no other line."""
        self._ended.set()

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._thread.join(60)

    def _loop(self) -> None:
        number = 0
        while not self._ended.is_set():
            paper = self.papers[number % len(self.papers)]
            number += 1
            word = secrets.token_hex(6)
            path = f"/api/docs/{paper}/tables/Lignes/records"
            try:
                asked = now(self.bench)
                self.bench.api("POST", path, {"records": [{"fields": {"Mot": word}}]})
                entry = writing.Entry(word, asked, now(self.bench))
            except (AssertionError, OSError, OrchestratorError):
                continue
            self.lines.setdefault(paper, []).append(entry)
            self._ended.wait(0.3)

    def certain(self, paper: str, moment: datetime) -> set[str]:
        return {one.name for one in self.lines.get(paper, ()) if one.known <= moment}

    def possible(self, paper: str, moment: datetime) -> set[str]:
        return {one.name for one in self.lines.get(paper, ()) if one.asked <= moment}


def now(bench: Workbench) -> datetime:
    """The database's own time."""
    return read_time(json.loads(bench.database("select to_json(clock_timestamp())")))


def paper(bench: Workbench, space: int, name: str) -> str:
    """A new document with one table."""
    made: str = bench.api("POST", f"/api/workspaces/{space}/docs", {"name": name})
    bench.api("POST", f"/api/docs/{made}/tables", _TABLE)
    return made


def lines(bench: Workbench, document: str) -> set[str]:
    """What a document holds."""
    found = bench.api("GET", f"/api/docs/{document}/tables/Lignes/records")
    return {one["fields"]["Mot"] for one in found["records"]}


def papers(bench: Workbench) -> dict[str, str]:
    """Every document by its id."""
    spaces = bench.api("GET", "/api/orgs/current/workspaces")
    return {one["id"]: one["name"] for space in spaces for one in space["docs"]}
