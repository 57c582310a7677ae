"""The report on drills for programs: one JSON document, with a published schema."""

from __future__ import annotations

import json
from datetime import UTC
from pathlib import Path
from typing import Any

from orchestrator.recovery.evidence import Kept, Line
from orchestrator.report.drills import DrillReport, actions, tenant_of

FORMAT = "orchestrator/drill-report/v1"
_SCHEMA = Path(__file__).parent / "schemas" / "drill-report.schema.json"


def document(report: DrillReport) -> dict[str, Any]:
    """The report as data; times in UTC, durations in seconds unless a key says days."""
    return {
        "format": FORMAT,
        "made": report.made.astimezone(UTC).isoformat(),
        "orchestrator": report.orchestrator,
        "summary": {
            "instances": len(report.lines),
            "covered": report.covered,
            "covered_percent": report.percent,
            **{state.value: count for state, count in report.counts.items()},
            "doubtful": len(report.doubtful),
        },
        "instances": [_instance(line, report) for line in report.lines],
        "drills": [_drill(one) for one in report.evidence.records],
        "foreign": list(report.evidence.foreign),
    }


def text(report: DrillReport) -> str:
    """The report as the file that is written."""
    return json.dumps(document(report), indent=2, ensure_ascii=False) + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema of the document."""
    found: dict[str, Any] = json.loads(_SCHEMA.read_text(encoding="utf-8"))
    return found


def _instance(line: Line, report: DrillReport) -> dict[str, Any]:
    return {
        "instance": line.candidate.instance,
        "tenant": tenant_of(line),
        "period_days": line.candidate.period_days,
        "standing": line.standing.state.value,
        "days": line.standing.days,
        "days_left": line.standing.left,
        "covered": line.covered,
        "last_green": line.green.file if line.green else None,
        "newest": line.newest.file if line.newest else None,
        "actions": [{"act": one.act.value, **one.values} for one in actions(line, report)],
    }


def _drill(kept: Kept) -> dict[str, Any]:
    return {
        "file": kept.file,
        "key": kept.key,
        "verified": kept.verified,
        "record": kept.record.document(),
    }
