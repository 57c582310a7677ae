"""The JSON Schema of tenant files, for editors; made from the models and from nothing else.

What defaults may supply is not required here: an editor sees one file and not its defaults.
"""

from __future__ import annotations

import json
from typing import Any

from orchestrator.products import registry

FILE = ".schema/tenant.schema.json"
_ALWAYS = ("version", "slug", "platform", "organisation", "instances")


def schema() -> dict[str, Any]:
    """The schema as data."""
    found = registry.tenant_model().model_json_schema(by_alias=True)
    found["required"] = [name for name in _ALWAYS if name in found["required"]]
    found.get("$defs", {}).get("DataProtection", {}).pop("required", None)
    found.get("$defs", {}).get("Processing", {}).pop("required", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **found,
        "title": "Tenant of the orchestrator, version 1",
    }


def text() -> str:
    """The schema as the file that is shipped."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
