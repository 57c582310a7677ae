"""Durations and moments as people read them."""

from __future__ import annotations

from datetime import datetime

MINUTE_S = 60
HOUR_S = 3600
DAY_S = 86_400


def spoken(seconds: float) -> str:
    """`0.4 s`, `42 s`, `3 min 12 s`, `2 h 5 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < MINUTE_S:
        return f"{whole} s"
    if whole < HOUR_S:
        return f"{whole // MINUTE_S} min {whole % MINUTE_S} s"
    return f"{whole // HOUR_S} h {whole % HOUR_S // MINUTE_S} min"


def age(seconds: float) -> str:
    """`42 s`, `7 min`, `3 h 5 min`, `11 d`: how old something is, no finer than anybody asks."""
    whole = max(round(seconds), 0)
    if whole < MINUTE_S:
        return f"{whole} s"
    if whole < HOUR_S:
        return f"{whole // MINUTE_S} min"
    if whole < 2 * DAY_S:
        return f"{whole // HOUR_S} h {whole % HOUR_S // MINUTE_S} min"
    return f"{whole // DAY_S} d"


def moment(at: datetime | None) -> str:
    """`2026-11-23 02:04 UTC`, or a dash for none."""
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else "-"
