"""Records to begin from, and a seal that tells a right signature from a wrong one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestrator.model.drill import Assertion, DrillRecord
from orchestrator.recovery.evidence import Open, Opened, Seal

ROWS = Assertion(
    name="rows-counted",
    promise="As many rows as when it was saved",
    held=True,
    seen="8 420 of 8 420",
    seconds=1.5,
)
LOST = Assertion(
    name="attachments-there",
    promise="Every attachment is there, byte for byte",
    held=False,
    seen="311 of 312; <missing> & gone",
    seconds=20.0,
)
RECORD = DrillRecord(
    id="7f3c91",
    instance="saint-martin/decidim",
    tenant="saint-martin",
    product="decidim",
    release="0.31.5",
    point="20261123T0104Z",
    point_time=datetime(2026, 11, 23, 1, 4, tzinfo=UTC),
    began=datetime(2026, 11, 23, 2, 10, tzinfo=UTC),
    ended=datetime(2026, 11, 23, 2, 16, tzinfo=UTC),
    assertions=(ROWS,),
    rpo_s=240.0,
    rto_s=312.5,
    copy_removed=True,
    orchestrator="0.1.0",
    platform="sandbox",
)


def record(tenant: str = "saint-martin", product: str = "decidim", **changes: Any) -> DrillRecord:
    """A green record of 2026-11-23, of another instance and with changes."""
    named = {"tenant": tenant, "product": product, "instance": f"{tenant}/{product}"}
    return replace(RECORD, **{**named, **changes})


def later(days: int, **changes: Any) -> DrillRecord:
    """The same instance, days after."""
    shift = timedelta(days=days)
    times = {name: getattr(RECORD, name) + shift for name in ("point_time", "began", "ended")}
    return record(**{"id": f"7f3c{days + 500}", **times, **changes})


def seal(tenant: str) -> Seal:
    """A stand-in for a tenant's key: the signature is the tenant's name."""

    def sealed(content: bytes) -> bytes:
        body = {"content": content.decode(), "key": "points-1", "signature": tenant}
        return json.dumps(body).encode()

    return sealed


def opener(tenant: str) -> Open:
    """Opens what `seal` made; only that tenant's own signature holds."""

    def opened(envelope: bytes) -> Opened:
        body = json.loads(envelope)
        if not isinstance(body, dict) or "signature" not in body:
            raise ValueError
        return Opened(body["content"].encode(), body["key"], body["signature"] == tenant)

    return opened
