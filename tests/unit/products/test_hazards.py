"""Whoever writes a hazard into a `product.yaml` writes the test that shows it as well."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import pytest

from orchestrator.products import registry

TESTS = Path(__file__).parents[2]


def hazards() -> Iterator[str]:
    for product in registry.folders():
        for hazard in registry.facts(product).hazards:
            yield hazard.id


@lru_cache
def named() -> frozenset[str]:
    """Every text that stands by itself in the source of a test."""
    found: set[str] = set()
    for path in TESTS.rglob("test_*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return frozenset(found)


@pytest.mark.parametrize("hazard", list(hazards()))
def test_every_hazard_is_shown_by_a_test(hazard: str) -> None:
    assert hazard in named(), "no test names it, by a marker or as its parameter"


def test_every_hazard_is_of_one_product() -> None:
    every = list(hazards())
    assert len(set(every)) == len(every)


@pytest.mark.parametrize("product", list(registry.folders()))
def test_no_product_is_without_hazards(product: str) -> None:
    assert registry.facts(product).hazards
