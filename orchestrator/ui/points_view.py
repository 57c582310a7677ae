"""Recovery points and what was found when they were read, for eyes and for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from orchestrator.model.point import RecoveryPoint, written
from orchestrator.recovery.points import Listed
from orchestrator.recovery.proof import Proof
from orchestrator.recovery.retention import Item
from orchestrator.ui.console import Console
from orchestrator.ui.durations import moment, spoken
from orchestrator.ui.tables import details as pairs_of
from orchestrator.ui.tables import table

FORMAT = "orchestrator/recovery-points/v1"
RETENTION = "orchestrator/retention/v1"
PROOFS = "orchestrator/backup-proofs/v1"


def show(console: Console, found: Mapping[str, Sequence[Listed]]) -> None:
    """A line a point."""
    rows = [_row(instance, one) for instance, points in found.items() for one in points]
    if not rows:
        names = ", ".join(found)
        console.say(f"No recovery point of {names} yet: `orchestrator backup run {names}`.")
        return
    table(console, ("instance", "point", "as of", "release", "objects", "reason", "state"), rows)


def document(found: Mapping[str, Sequence[Listed]]) -> dict[str, Any]:
    """The same for programs: the manifests themselves, or what is wrong with them."""
    points = [
        {"id": one.id, "fault": one.fault, **(one.point.document() if one.point else {})}
        for listed in found.values()
        for one in listed
    ]
    return {"format": FORMAT, "points": [{**one, "format": FORMAT} for one in points]}


def details(console: Console, point: RecoveryPoint) -> None:
    """Everything that a point names, a line each."""
    log, bucket, kept = point.database, point.bucket, point.inventory
    rows = [
        ("point", point.id),
        ("instance", point.instance),
        ("as of", written(point.at)),
        ("reason", point.reason),
        ("release", point.release),
        ("schema", point.schema),
        ("rows", str(sum(high for _, high in point.counts.values()))),
        ("needs", f"{kept.count} objects, {kept.bytes} bytes"),
        ("key", point.keys.wrapping),
        ("secrets", ", ".join(f"{path} v{n}" for path, n in sorted(point.keys.versions.items()))),
        ("clocks", f"{point.skew_s:g} s apart"),
        ("kept until", written(point.expires)),
        ("made by", point.made_by),
    ]
    parts = []
    if log:
        where = f"base {log.base}, timeline {log.timeline}, {log.lsn} in {log.segment}"
        parts.append(("database", where))
    if files := point.files:
        found = f"{files.count} of {files.bytes} bytes, snapshot {files.snapshot[:8]}"
        parts.append(("files", found))
    if bucket:
        objects = f"{bucket.count} of {bucket.bytes} bytes, {bucket.missing} missing even then"
        parts.append(("objects", objects))
    rows[6:6] = parts
    pairs_of(console, rows)


def proofs(console: Console, found: Sequence[Proof]) -> None:
    """A line an instance."""
    rows = [
        (
            one.instance,
            one.point,
            f"{one.objects} objects",
            f"{one.bytes} bytes",
            spoken(one.seconds),
            "fault" if one.faults else "ok",
        )
        for one in found
    ]
    table(console, ("instance", "point", "read", "size", "took", "state"), rows)


def proofs_document(found: Sequence[Proof]) -> dict[str, Any]:
    """The same for programs."""
    return {"format": PROOFS, "proofs": [asdict(one) for one in found]}


def retention(console: Console, found: Mapping[str, Sequence[Item]]) -> None:
    """A line for each thing that is kept."""
    rows = [
        (instance, one.what, one.promised, one.found, one.fit.value)
        for instance, items in found.items()
        for one in items
    ]
    table(console, ("instance", "what", "promised", "found", "fits"), rows)


def retention_document(found: Mapping[str, Sequence[Item]]) -> dict[str, Any]:
    """The same for programs."""
    instances = {name: [asdict(one) for one in items] for name, items in found.items()}
    return {"format": RETENTION, "instances": instances}


def _row(instance: str, one: Listed) -> tuple[str, ...]:
    if one.point is None:
        return (instance, one.id, "-", "-", "-", one.fault, "fault")
    point = one.point
    count = str(point.bucket.count) if point.bucket else "-"
    return (instance, point.id, moment(point.at), point.release, count, point.reason, "ok")
