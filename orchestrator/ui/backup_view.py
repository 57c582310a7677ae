"""How the backups of an instance stand, in few words."""

from __future__ import annotations

from typing import Any

from orchestrator.model.standing import BackupStanding, Fact, Told
from orchestrator.ui.durations import age


def ages(found: BackupStanding | None) -> tuple[str, str]:
    """How old the last point and the last green drill are, each a cell; `-` without backups."""
    return ("-", "-") if found is None else (_age(found.point, found), _age(found.drill, found))


def rows(found: BackupStanding) -> list[tuple[str, str, str]]:
    """A line each: what it is, a word, and a phrase."""
    return [
        ("recovery point", found.point.told.value, _newest(found.point, found)),
        ("drill", found.drill.told.value, _newest(found.drill, found)),
        ("log", found.log.told.value, found.log.why),
    ]


def document(found: BackupStanding) -> dict[str, Any]:
    """The same for programs."""
    return {
        "point": _fact(found.point),
        "drill": _fact(found.drill),
        "log": {
            "state": found.log.told.value,
            "why": found.log.why,
            "lag_s": found.lag_s,
            "promised_s": found.promised_s,
        },
        "looked": found.looked.isoformat(),
    }


def _fact(one: Fact) -> dict[str, Any]:
    at = one.at.isoformat() if one.at else None
    return {"state": one.told.value, "id": one.id or None, "at": at, "why": one.why}


def _age(one: Fact, found: BackupStanding) -> str:
    if one.at is None or one.told is not Told.OK:
        return one.told.value
    return age((found.looked - one.at).total_seconds())


def _newest(one: Fact, found: BackupStanding) -> str:
    return one.why if one.at is None else f"{_age(one, found)} old, {one.id}"
