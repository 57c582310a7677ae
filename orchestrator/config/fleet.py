"""What tenants must not share: public names, and the names that are derived from their slugs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from orchestrator.errors.config import Fault
from orchestrator.model.names import InstanceNames
from orchestrator.products import registry
from orchestrator.reading.files import Source
from orchestrator.reading.places import Path


def domains(data: Any) -> dict[str, Path]:
    """Public names of a tenant's data with their places, valid or not."""
    instances = data.get("instances") if isinstance(data, Mapping) else None
    found: dict[str, Path] = {}
    for product, instance in instances.items() if isinstance(instances, Mapping) else ():
        if isinstance(instance, Mapping):
            found |= _of_one(instance, ("instances", product))
    return found


def _of_one(instance: Mapping[str, Any], path: Path) -> dict[str, Path]:
    further = instance.get("further_domains")
    found: dict[str, Path] = {}
    for number, name in enumerate(further if isinstance(further, list) else []):
        if isinstance(name, str):
            found[name] = (*path, "further_domains", number)
    if isinstance(instance.get("domain"), str):
        found[instance["domain"]] = (*path, "domain")
    return found


def same_domains(sources: Iterable[Source]) -> Iterator[Fault]:
    """A fault in each of two files that claim one name, naming the other's line."""
    first: dict[str, tuple[Source, Path]] = {}
    for source in sources:
        for name, path in domains(source.data).items():
            if name not in first:
                first[name] = (source, path)
                continue
            other, there = first[name]
            yield _shared(source, path, name, other, there)
            yield _shared(other, there, name, source, path)


def _shared(here: Source, path: Path, name: str, other: Source, there: Path) -> Fault:
    line = other.tree.mark(there).line
    return here.fault(path, f"`{name}` is claimed by {other.name}:{line} too")


def colliding(slugs: Iterable[str]) -> dict[str, str]:
    """Slugs whose derived names are another's: the slug, and the one it collides with."""
    owners: dict[str, str] = {}
    found: dict[str, str] = {}
    for slug in slugs:
        for product in registry.names():
            names = InstanceNames(slug, product)
            for name in (names.namespace, names.bucket):
                owner = owners.setdefault(name, slug)
                if owner != slug:
                    found[slug], found[owner] = owner, slug
    return found
