"""The scripts that run inside the product, by the name under which a pod finds them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from types import MappingProxyType

SUFFIX = ".rb"


@lru_cache
def runners() -> Mapping[str, str]:
    """File name, such as `organization.rb`, to its text; read once."""
    folder = resources.files(__package__) / "runners"
    texts = {
        entry.name: entry.read_text("utf-8")
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(SUFFIX)
    }
    return MappingProxyType(texts)
