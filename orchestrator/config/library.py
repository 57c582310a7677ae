"""Platforms and sizes: files that many tenants share, the project's own before the shipped ones."""

from __future__ import annotations

from functools import lru_cache

from orchestrator.errors.config import (
    Fault,
    PlatformFileFaultsError,
    PlatformNotFoundError,
    SizeFileFaultsError,
    SizeNotFoundError,
)
from orchestrator.model.platform import Platform
from orchestrator.model.size import Size, amount
from orchestrator.reading import files, suggest
from orchestrator.settings import Settings

_PLATFORMS = "_platforms"
_SIZES = "_sizes"


def platforms(settings: Settings) -> tuple[str, ...]:
    """Names of all platforms."""
    return _names(settings, _PLATFORMS)


def sizes(settings: Settings) -> tuple[str, ...]:
    """Names of all sizes."""
    return _names(settings, _SIZES)


@lru_cache
def load_platform(settings: Settings, name: str) -> Platform:
    """One platform. Raises PlatformNotFoundError, PlatformFileFaultsError."""
    found = _source(settings, _PLATFORMS, name)
    if found is None:
        known = platforms(settings)
        raise PlatformNotFoundError(name, known=known, nearest=suggest.nearest(name, known))
    platform = files.validated(Platform, found, PlatformFileFaultsError)
    if platform.name != name:
        message = f"must be `{name}` as the file is named, not `{platform.name}`"
        raise PlatformFileFaultsError([found.fault(("name",), message)])
    return platform


@lru_cache
def load_size(settings: Settings, name: str) -> Size:
    """One size, whose requests fit its own quota. Raises SizeNotFoundError, SizeFileFaultsError."""
    found = _source(settings, _SIZES, name)
    if found is None:
        known = sizes(settings)
        raise SizeNotFoundError(name, known=known, nearest=suggest.nearest(name, known))
    size = files.validated(Size, found, SizeFileFaultsError)
    faults: list[Fault] = []
    if size.name != name:
        message = f"must be `{name}` as the file is named, not `{size.name}`"
        faults.append(found.fault(("name",), message))
    for key, asked, allowed in _demands(size):
        if asked > amount(allowed):
            message = f"is {allowed}, but the parts ask for {_quantity(key, asked)} together"
            faults.append(found.fault(("quota", key), message))
    if faults:
        raise SizeFileFaultsError(faults)
    return size


def _demands(size: Size) -> list[tuple[str, float, str]]:
    """What web, worker, one job, database, queue and cache ask for, beside the quota's words."""
    parts = [
        (size.web.replicas, size.web.resources),
        (size.worker.replicas, size.worker.resources),
        (1, size.job),
        (1, size.database.resources),
        (1, size.queue.resources),
        (1, size.cache),
    ]
    cpu = sum(count * amount(part.cpu_request) for count, part in parts)
    memory = sum(count * amount(part.memory_request) for count, part in parts)
    limits = sum(count * amount(part.memory_limit) for count, part in parts)
    volumes = amount(size.database.volume) + amount(size.queue.volume)
    return [
        ("cpu", round(cpu, 3), size.quota.cpu),
        # The namespace's quota holds for what is asked for and for what is allowed at most.
        ("memory", max(memory, limits), size.quota.memory),
        ("storage", volumes, size.quota.storage),
        ("pods", sum(count for count, _ in parts), str(size.quota.pods)),
    ]


def _quantity(key: str, asked: float) -> str:
    if key in ("memory", "storage"):
        return f"{asked / 2**20:.0f}Mi"
    return f"{asked * 1000:.0f}m" if key == "cpu" else f"{asked:.0f}"


def _source(settings: Settings, kind: str, name: str) -> files.Source | None:
    for folder in settings.layers("tenants"):
        path = folder / kind / f"{name}.yaml"
        if path.is_file() and path.stem == name:
            return files.source(path, files.shown(settings, path))
    return None


def _names(settings: Settings, kind: str) -> tuple[str, ...]:
    folders = (folder / kind for folder in settings.layers("tenants"))
    return tuple(sorted({path.stem for folder in folders for path in folder.glob("*.yaml")}))
