"""A way from one instance of a tenant to another, which is there because the file declares it."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field

from orchestrator.model.part import Part


class Link(Part):
    """One direction of one way; without it two instances do not see each other."""

    from_: str = Field(alias="from", description="Product whose instance asks")
    to: str = Field(description="Product whose instance answers")
    purpose: str = Field(min_length=10, description="What it serves, in a sentence")
    together: bool = Field(
        default=False,
        description="Whether both ends are brought back to one instant, or neither is",
    )


def bound(links: Iterable[Link], product: str) -> tuple[str, ...]:
    """Products whose instances have one instant in common with a product's, however far off."""
    ways = [{link.from_, link.to} for link in links if link.together]
    found = {product}
    while reached := {end for way in ways if way & found for end in way} - found:
        found |= reached
    return tuple(sorted(found - {product}))
