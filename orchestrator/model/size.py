"""How much an instance gets; one file of `_sizes/`."""

from __future__ import annotations

from pydantic import Field

from orchestrator.model.part import Part

Quantity = Field(pattern=r"^[0-9]+(\.[0-9]+)?(m|Ki|Mi|Gi|Ti)?$")


class Resources(Part):
    """Requests and limits of one container, in Kubernetes' own notation."""

    cpu_request: str = Quantity
    cpu_limit: str = Quantity
    memory_request: str = Quantity
    memory_limit: str = Quantity


class Workload(Part):
    """Copies of one process and what each gets."""

    replicas: int = Field(ge=1, le=32)
    resources: Resources


class Storage(Part):
    """A stateful part and its volume."""

    volume: str = Quantity
    resources: Resources


class Quota(Part):
    """What the whole namespace may ask for."""

    cpu: str = Quantity
    memory: str = Quantity
    storage: str = Quantity
    pods: int = Field(ge=1)


class Size(Part):
    """One named size."""

    version: int = Field(default=1, ge=1, le=1)
    name: str
    description: str
    web: Workload
    worker: Workload
    job: Resources = Field(description="Migration and scheduled tasks")
    database: Storage
    queue: Storage
    cache: Resources
    quota: Quota


_FACTORS = {"m": 0.001, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


def amount(quantity: str) -> float:
    """A Kubernetes quantity as a number: cores or bytes."""
    for suffix, factor in _FACTORS.items():
        if quantity.endswith(suffix):
            return float(quantity.removesuffix(suffix)) * factor
    return float(quantity)
