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


class ProductSize(Part):
    """What an instance of one product gets; each product adds its own parts."""

    job: Resources = Field(description="What runs once: migrations, tasks, preparations")
    quota: Quota

    def parts(self) -> list[tuple[int, Resources]]:
        """Copies and share of every container that runs at once, one job among them."""
        return [(1, self.job)]

    def volumes(self) -> list[str]:
        """Every volume."""
        return []

    def demands(self) -> list[tuple[str, float, str]]:
        """What all parts ask for together, beside the quota's words: key, cores or bytes, words."""
        cpu = sum(count * amount(part.cpu_request) for count, part in self.parts())
        memory = sum(count * amount(part.memory_request) for count, part in self.parts())
        limits = sum(count * amount(part.memory_limit) for count, part in self.parts())
        return [
            ("cpu", round(cpu, 3), self.quota.cpu),
            # The namespace's quota holds for what is asked for and for what is allowed at most.
            ("memory", max(memory, limits), self.quota.memory),
            ("storage", sum(amount(volume) for volume in self.volumes()), self.quota.storage),
            ("pods", sum(count for count, _ in self.parts()), str(self.quota.pods)),
        ]


class Size(Part):
    """One named size, a key for each product; `products.registry` adds the keys."""

    version: int = Field(default=1, ge=1, le=1)
    name: str
    description: str

    def of(self, product: str) -> ProductSize | None:
        """What an instance of the product gets, or None when the size says nothing of it."""
        found: ProductSize | None = getattr(self, product, None)
        return found

    def products(self) -> tuple[str, ...]:
        """Products that the size says something of."""
        names = (name for name in type(self).model_fields if name not in Size.model_fields)
        return tuple(name for name in names if self.of(name))


_FACTORS = {"m": 0.001, "Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}


def amount(quantity: str) -> float:
    """A Kubernetes quantity as a number: cores or bytes."""
    for suffix, factor in _FACTORS.items():
        if quantity.endswith(suffix):
            return float(quantity.removesuffix(suffix)) * factor
    return float(quantity)
