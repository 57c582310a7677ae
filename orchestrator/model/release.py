"""A release of a product, as data: what it needs, serves, schedules and forbids."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from orchestrator.model.ai import AiUse
from orchestrator.model.part import Part


class Variable(Part):
    """One variable of the environment the release reads."""

    name: str = Field(pattern=r"^[A-Z][A-Z0-9_]*$")
    meaning: str
    secret: bool = False
    set_by: Literal["orchestrator", "tenant", "nobody"] = Field(
        description="Who may set it: us, the tenant file's `settings`, or nobody (forbidden)"
    )
    kind: Literal["text", "integer", "boolean"] = "text"
    default: str = ""


class Schedule(Part):
    """One scheduled task; `minute` in cron is derived from the tenant's name."""

    name: str = Field(pattern=r"^[a-z0-9-]{1,40}$")
    task: str = Field(description="What is run, in the words of the product")
    cron: str = Field(description="Cron fields with `M` for the derived minute")
    why: str


class AiVariables(Part):
    """The variables by which a release hands texts to a processor; '' where it has none."""

    switch: str = Field(default="", description="Variable that is true while it does")
    endpoint: str = Field(default="", description="Variable of the processor's address")
    key: str = Field(default="", description="Variable of the key, a secret")


class Probe(Part):
    """How a process says that it is well."""

    readiness: str = Field(description="HTTP path")
    liveness: Literal["tcp", "http"] = "tcp"


class Release(Part):
    """One file of `products/<product>/releases/`; each product adds its own keys."""

    product: str
    release: str
    image: str = Field(description="Name of the image in the platform's table")
    user: int = Field(description="Number of the user that its processes run as")
    port: int = Field(description="TCP port of the site, in the pod")
    probe: Probe
    writable: tuple[str, ...] = Field(description="Folders that its processes write to")
    from_releases: tuple[str, ...] = Field(default=(), description="Allowed predecessors")
    ends: str = Field(default="", description="End of upstream support, as known")
    schedules: tuple[Schedule, ...] = ()
    ai: dict[AiUse, AiVariables] = Field(
        default_factory=dict, description="What it can hand to a processor of the AI kind"
    )
    environment: tuple[Variable, ...]
