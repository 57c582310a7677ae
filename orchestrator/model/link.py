"""A way from one instance of a tenant to another, which is there because the file declares it."""

from __future__ import annotations

from pydantic import Field

from orchestrator.model.part import Part


class Link(Part):
    """One direction of one way; without it two instances do not see each other."""

    from_: str = Field(alias="from", description="Product whose instance asks")
    to: str = Field(description="Product whose instance answers")
    purpose: str = Field(min_length=10, description="What it serves, in a sentence")
