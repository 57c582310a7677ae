"""Which release of Grist this is a stand-in for, and what it says of itself."""

from __future__ import annotations

NUMBER = "1.7.17"
FLAVOUR = "grist-oss"
MIGRATIONS = 52
SCHEMA_VERSION = 45
NOTICE = f"Stand-in for Grist {NUMBER} ({FLAVOUR}): nothing here is the real product."


def version_line() -> str:
    """The answer to `--version` and to `cli version`."""
    return f"Grist version {NUMBER} ({NOTICE})"
