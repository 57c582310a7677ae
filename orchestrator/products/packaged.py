"""Texts that come with a product's package, such as scripts and templates, by file name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from types import MappingProxyType


@lru_cache
def texts(package: str, folder: str) -> Mapping[str, str]:
    """Every file of a folder of the package, by its name; read once."""
    place = resources.files(package).joinpath(*folder.split("/"))
    entries = sorted(place.iterdir(), key=lambda entry: entry.name)
    return MappingProxyType(
        {entry.name: entry.read_text("utf-8") for entry in entries if entry.is_file()}
    )
