"""Files in, tenants out: every fault at once, with file and line."""

from __future__ import annotations

from orchestrator.config.library import kits, load_kit, load_platform, load_size, platforms, sizes
from orchestrator.config.load import (
    Survey,
    load_all,
    load_file,
    load_tenant,
    load_text,
    slugs,
    survey,
)

__all__ = [
    "Survey",
    "kits",
    "load_all",
    "load_file",
    "load_kit",
    "load_platform",
    "load_size",
    "load_tenant",
    "load_text",
    "platforms",
    "sizes",
    "slugs",
    "survey",
]
