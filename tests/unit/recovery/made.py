"""A recovery point with plain values, to be changed where a test wants it other."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from orchestrator.model.point import (
    BucketPoint,
    DatabasePoint,
    InventoryPoint,
    Keys,
    RecoveryPoint,
    point_id,
)

AT = datetime(2026, 11, 26, 1, 59, 0, 123456, tzinfo=UTC)
SEGMENT = "000000010000000000000005"


def point(**given: Any) -> RecoveryPoint:
    """One of saint-martin's Decidim; `at` gives it its name as well."""
    at = given.get("at", AT)
    made = RecoveryPoint(
        id=point_id(at, "3fa2c1"),
        tenant="saint-martin",
        product="decidim",
        release="0.31.5",
        images={"decidim": "images.example/decidim@sha256:" + "d" * 64},
        schema="20260101",
        at=at,
        skew_s=0.4,
        database=DatabasePoint(
            "pgbackrest", "20261126-010000F", "rp_x", 1, "0/5000060", SEGMENT, "7439262600000000001"
        ),
        bucket=BucketPoint("saint-martin-decidim-uploads", at, 60, 3, 42, "0" * 64, 0),
        inventory=InventoryPoint("inventories/x.jsonl.gz", "1" * 64, 9, 4096),
        keys=Keys(
            "vault:v1:wrapped",
            "backup-decidim v1",
            {"decidim/application": 1},
            {"decidim/application#secret_key_base": "0123456789abcdef"},
            "its defaults",
        ),
        counts={"decidim_users": (3, 5), "decidim_votes": (7, 7)},
        stack="2" * 64,
        made_by="orchestrator 0",
        expires=at + timedelta(days=35),
        previous="0" * 64,
        reason="asked",
    )
    return replace(made, **given)
