"""A document as dotted keys and words, and what differs between two of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.model.tenant import Tenant


@dataclass(frozen=True)
class Difference:
    """One key whose value differs; an empty side says nothing there."""

    key: str
    before: str
    after: str


def effective(tenant: Tenant) -> dict[str, str]:
    """All that counts for a tenant, defaults included, by dotted key."""
    return flat(tenant.model_dump(mode="json", by_alias=True))


def flat(body: Any, before: str = "") -> dict[str, str]:
    """Every word of a document by its dotted key."""
    if isinstance(body, Mapping) and body:
        parts = body.items()
    elif isinstance(body, list) and any(isinstance(one, Mapping) for one in body):
        parts = {str(number): one for number, one in enumerate(body)}.items()
    else:
        return {before: body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)}
    found: dict[str, str] = {}
    for key, value in parts:
        found |= flat(value, f"{before}.{key}" if before else str(key))
    return found


def differences(before: Tenant, after: Tenant) -> tuple[Difference, ...]:
    """What counts differently, by key."""
    old, new = effective(before), effective(after)
    return tuple(
        Difference(key, old.get(key, ""), new.get(key, ""))
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    )
