"""Defaults below a tenant's own words: mappings are joined, everything else is replaced whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_PER_PRODUCT = (("data_protection", "roles"), ("data_protection", "register"))


def merged(defaults: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """The effective document; what defaults say of a product counts only for who has it."""
    instances = own.get("instances")
    products = set(instances) if isinstance(instances, Mapping) else set()
    return _joined(_for_products(defaults, products), own)


def _joined(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(below)
    for key, value in above.items():
        before = below.get(key)
        if isinstance(before, Mapping) and isinstance(value, Mapping):
            found[key] = _joined(before, value)
        else:
            found[key] = value
    return found


def _for_products(defaults: Mapping[str, Any], products: set[str]) -> dict[str, Any]:
    found = dict(defaults)
    if isinstance(found.get("instances"), Mapping):
        found["instances"] = _kept(found["instances"], products)
    for section, table in _PER_PRODUCT:
        part = found.get(section)
        if isinstance(part, Mapping) and isinstance(part.get(table), Mapping):
            found[section] = {**part, table: _kept(part[table], products)}
    return found


def _kept(table: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in table.items() if name in names}
