"""Platforms, sizes, kits: files that many tenants share, the project's own before those shipped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from orchestrator.errors.config import (
    Fault,
    FileFaultsError,
    KitFileFaultsError,
    KitNotFoundError,
    PlatformFileFaultsError,
    PlatformNotFoundError,
    SharedFileNotFoundError,
    SizeFileFaultsError,
    SizeNotFoundError,
)
from orchestrator.model.kit import Kit
from orchestrator.model.platform import Platform
from orchestrator.model.size import Size, amount
from orchestrator.products import registry
from orchestrator.reading import files, suggest
from orchestrator.settings import Settings

Shared = TypeVar("Shared", Platform, Size, Kit)


@dataclass(frozen=True)
class _Kind(Generic[Shared]):
    """What is read from one folder of shared files, and how its faults are called."""

    model: Callable[[], type[Shared]]
    missing: type[SharedFileNotFoundError]
    faulty: type[FileFaultsError]

    @property
    def folder(self) -> str:
        return f"_{self.missing.kind}s"


_PLATFORMS = _Kind(lambda: Platform, PlatformNotFoundError, PlatformFileFaultsError)
_SIZES = _Kind(registry.size_model, SizeNotFoundError, SizeFileFaultsError)
_KITS = _Kind(lambda: Kit, KitNotFoundError, KitFileFaultsError)


def platforms(settings: Settings) -> tuple[str, ...]:
    """Names of all platforms."""
    return _names(settings, _PLATFORMS.folder)


def sizes(settings: Settings) -> tuple[str, ...]:
    """Names of all sizes."""
    return _names(settings, _SIZES.folder)


@lru_cache
def load_platform(settings: Settings, name: str) -> Platform:
    """One platform. Raises PlatformNotFoundError, PlatformFileFaultsError."""
    return _load(settings, _PLATFORMS, name)[0]


def kits(settings: Settings) -> tuple[str, ...]:
    """Names of all kits."""
    return _names(settings, _KITS.folder)


def load_kit(settings: Settings, name: str) -> Kit:
    """One kit. Raises KitNotFoundError, KitFileFaultsError."""
    return _load(settings, _KITS, name)[0]


def sizes_for(settings: Settings, product: str) -> tuple[str, ...]:
    """Names of the sizes that say something of a product."""
    return tuple(name for name in sizes(settings) if load_size(settings, name).of(product))


@lru_cache
def load_size(settings: Settings, name: str) -> Size:
    """One size, whose requests fit its own quota. Raises SizeNotFoundError, SizeFileFaultsError."""
    size, found = _load(settings, _SIZES, name)
    faults: list[Fault] = []
    for product in size.products():
        share = size.of(product)
        for key, asked, allowed in share.demands() if share else ():
            if asked > amount(allowed):
                message = f"is {allowed}, but the parts ask for {_quantity(key, asked)} together"
                faults.append(found.fault((product, "quota", key), message))
    if faults:
        raise SizeFileFaultsError(faults)
    return size


def _load(settings: Settings, kind: _Kind[Shared], name: str) -> tuple[Shared, files.Source]:
    found = _source(settings, kind.folder, name)
    if found is None:
        known = _names(settings, kind.folder)
        raise kind.missing(name, known=known, nearest=suggest.nearest(name, known))
    model = files.validated(kind.model(), found, kind.faulty)
    if model.name != name:
        message = f"must be `{name}` as the file is named, not `{model.name}`"
        raise kind.faulty([found.fault(("name",), message)])
    return model, found


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
