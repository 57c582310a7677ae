"""The gate before everything else: which version of the tenant file's format this is."""

from __future__ import annotations

from typing import Any

from orchestrator.model.tenant import FORMAT_VERSION

CHANGES = {1: "the first version of the format"}


def refusal(found: Any, *, given: bool) -> str:
    """Why a file of this version is not read, or the empty string; `given`: it has the key."""
    understood = ", ".join(f"{number} ({what})" for number, what in CHANGES.items())
    if not given:
        return f"is missing: write `version: {FORMAT_VERSION}`; understood: {understood}"
    if isinstance(found, bool) or not isinstance(found, int):
        return f"must be a whole number such as {FORMAT_VERSION}; understood: {understood}"
    if found in CHANGES:
        return ""
    if found > max(CHANGES):
        return (
            f"{found} is newer than this orchestrator, which understands: {understood}; install "
            "a newer one, whose changelog says what changed"
        )
    return f"{found} was never published; understood: {understood}"
