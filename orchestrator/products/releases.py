"""The releases of a product that we know: the files of its folder `releases/`.

A release is `<number>.yaml` and beside it `<number>.environment.csv`, the variables it reads. They
are two hundred, a table is how people review them, and YAML would take ten times as long to read.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path
from typing import Any

from orchestrator.model.release import Release
from orchestrator.products import registry
from orchestrator.reading import files

SUFFIX = ".yaml"
ENVIRONMENT_SUFFIX = ".environment.csv"


def releases(product: str) -> dict[str, Release]:
    """Every known release of a product by its number, oldest first; empty for no product of ours.

    Raises:
        pydantic.ValidationError: A packaged file is not what it should be.
    """
    return {number: release(product, number) for number in known(product)}


@lru_cache
def known(product: str) -> tuple[str, ...]:
    """The numbers alone, oldest first: reads no file."""
    if product not in registry.folders():
        return ()
    names = [path.name for path in _folder(product).glob(f"*{SUFFIX}")]
    return tuple(sorted((name.removesuffix(SUFFIX) for name in names), key=_order))


@lru_cache
def release(product: str, number: str) -> Release:
    """One release. Raises KeyError when we do not know it."""
    if number not in known(product):
        raise KeyError(number)
    folder = _folder(product)
    name = f"{number}{SUFFIX}"
    found = files.source_of(folder / name, name, (folder / name).read_text("utf-8"))
    table = (folder / f"{number}{ENVIRONMENT_SUFFIX}").read_text("utf-8")
    body = {**found.data, "environment": _variables(table)}
    return registry.product(product).release.model_validate(body)


def _folder(product: str) -> Path:
    return registry.folders()[product] / "releases"


def _variables(table: str) -> list[dict[str, Any]]:
    return [
        {
            "name": row["name"],
            "set_by": row["set_by"],
            "secret": bool(row["secret"]),
            "kind": row["kind"],
            "default": row["default"],
            "meaning": row["meaning"],
        }
        for row in csv.DictReader(table.splitlines())
    ]


def _order(number: str) -> tuple[int, ...]:
    return tuple(int(part) for part in number.split("."))
