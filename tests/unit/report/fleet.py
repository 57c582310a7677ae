"""A fleet in every standing, as the reports are made from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from orchestrator.recovery import evidence
from orchestrator.recovery.calendar import Candidate
from orchestrator.report.drills import DrillReport
from tests.unit.recovery.drilled import LOST, RECORD, ROWS, later, opener, record, seal

MADE = datetime(2026, 12, 4, 6, 0, tzinfo=UTC)
GREEN = RECORD
RED = later(
    3,
    product="grist",
    instance="saint-martin/grist",
    assertions=(ROWS, LOST),
    rpo_s=None,
    copy_removed=False,
    older_point="20261125T0104Z",
)
OLD = record("val-des-ormes", "grist", id="00ab12", rpo_s=183_600.0)
FORGED = record("val-des-ormes", "rudi", id="0bad00")
KNOWN = [
    Candidate("saint-martin/decidim"),
    Candidate("saint-martin/grist"),
    Candidate("val-des-ormes/grist", 10),
    Candidate("val-des-ormes/rudi", since=date(2026, 12, 1)),
]


def report() -> DrillReport:
    """One green, one red, one overdue, one never proven; one forged file and one stranger."""
    signers = {drill.id: drill.tenant for drill in (GREEN, RED, OLD)} | {FORGED.id: "nobody"}
    files = [
        (evidence.file_name(drill), evidence.sealed(drill, seal(signers[drill.id])))
        for drill in (GREEN, RED, OLD, FORGED)
    ]
    found = evidence.gathered([*files, ("<notes>.txt", b"")], opener)
    lines = evidence.lines(KNOWN, found.records, MADE.date())
    return DrillReport(MADE, "0.1.0", lines, found)


def empty() -> DrillReport:
    """Nobody to drill, nothing drilled."""
    return DrillReport(MADE, "0.1.0", (), evidence.Evidence(()))


def proven() -> DrillReport:
    """One instance, proven."""
    whole = report()
    kept = tuple(one for one in whole.evidence.records if one.record == GREEN)
    return replace(whole, lines=whole.lines[:1], evidence=evidence.Evidence(kept))
