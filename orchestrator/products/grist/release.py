"""What a release of Grist says beside what every release says."""

from __future__ import annotations

from pydantic import Field

from orchestrator.model.release import Release


class GristRelease(Release):
    """One file of `products/grist/releases/`."""

    probes: tuple[str, ...] = Field(description="What the server tells an administrator of itself")
