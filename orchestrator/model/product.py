"""What is known of a product whatever its release: one file `products/<product>/product.yaml`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from orchestrator.model.part import Part


class RunningPart(Part):
    """A workload that must be ready before an instance counts as live."""

    kind: Literal["Deployment", "StatefulSet"]
    name: str


class Interface(Part):
    """An interface that other programs may use, tried in acceptance and listed by `status`."""

    name: str = Field(description="What the standard or the product calls it")
    path: str = Field(description="Path below the public address")
    access: Literal["public", "key", "token"] = Field(
        description="Who may ask: anybody, holders of a long-lived key, or of a signed short one"
    )
    since: str = Field(
        default="0.0.0",
        pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$",
        description="First release that has it",
    )

    def offered(self, release: str) -> bool:
        """Whether a release has it."""
        return _numbers(self.since) <= _numbers(release)


def _numbers(release: str) -> tuple[int, ...]:
    return tuple(int(part) for part in release.split("."))


class LinkedPort(Part):
    """Where an instance answers another one of its tenant that a link leads from."""

    workload: str
    port: int = Field(ge=1, le=65535, description="TCP port of the pod")


class BackupItem(Part):
    """One thing without which an instance cannot be brought back."""

    what: str
    lies_in: str = Field(description="Workload, bucket or secrets path that holds it")
    how: str = Field(description="How it is saved so that it can be read back")


class Hazard(Part):
    """A default of the product that is not safe, and what is done about it."""

    id: str = Field(pattern=r"^[a-z]+-[a-z0-9-]+$", description="Name that tests cite")
    what: str
    instead: str = Field(description="What an instance of ours does")


class ProductFacts(Part):
    """The whole file."""

    name: str = Field(pattern=r"^[a-z][a-z0-9]*$")
    title: str = Field(description="Name as its people write it")
    serves: str = Field(description="What it is for, in two or three words")
    licence: str = Field(description="SPDX identifier")
    workloads: tuple[RunningPart, ...]
    interfaces: tuple[Interface, ...] = ()
    linked: tuple[LinkedPort, ...] = Field(
        default=(), description="What a link may lead to; nothing can be linked to when empty"
    )
    backup: tuple[BackupItem, ...]
    hazards: tuple[Hazard, ...] = ()
