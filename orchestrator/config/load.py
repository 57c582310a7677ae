"""Tenant files in, tenants out, or every fault of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from orchestrator.config import checks, fleet, version
from orchestrator.config.merge import merged
from orchestrator.errors.config import Fault, TenantFileFaultsError, TenantNotFoundError
from orchestrator.model.tenant import Tenant
from orchestrator.products import registry
from orchestrator.reading import files, suggest, words
from orchestrator.reading.files import Source
from orchestrator.settings import Settings

DEFAULTS = "_defaults.yaml"
SUFFIX = ".yaml"


@dataclass(frozen=True)
class Survey:
    """All tenant files: the tenants of those that are right, the faults of the others."""

    tenants: tuple[Tenant, ...]
    faults: tuple[Fault, ...]
    files: int


def slugs(settings: Settings) -> tuple[str, ...]:
    """Names of the tenant files, sorted; opens none."""
    return tuple(path.stem for path in _paths(settings))


def load_tenant(settings: Settings, slug: str) -> Tenant:
    """One tenant, its file checked against all it refers to and against the other tenants.

    Raises TenantNotFoundError, TenantFileFaultsError.
    """
    known = slugs(settings)
    if slug not in known:
        near = suggest.nearest(slug, known)
        raise TenantNotFoundError(slug, folder=str(settings.tenants), nearest=near)
    found = _source(settings, settings.tenants / f"{slug}{SUFFIX}")
    tenant, faults = _tenant(settings, found, _defaults(settings))
    rivals = _rivals(settings, found)
    faults += [one for one in fleet.same_domains([found, *rivals]) if one.file == found.name]
    faults += _collisions([found], known)
    if tenant is None or faults:
        raise TenantFileFaultsError(faults)
    return tenant


def load_file(settings: Settings, path: Path) -> Tenant:
    """The tenant of any one file, checked against all but other tenants: for comparing.

    Raises TenantFileFaultsError.
    """
    return _alone(settings, _source(settings, path))


def load_text(settings: Settings, name: str, body: str) -> Tenant:
    """The same of a text that is at hand; `name` is what people see. Raises as `load_file`."""
    return _alone(settings, files.source_of(Path(name), name, body))


def check_text(settings: Settings, slug: str, body: str) -> None:
    """Check a tenant's file before it is written. Raises TenantFileFaultsError."""
    path = settings.tenants / f"{slug}{SUFFIX}"
    found = files.source_of(path, files.shown(settings, path), body)
    tenant, faults = _tenant(settings, found, _defaults(settings))
    rivals = _rivals(settings, found)
    faults += [one for one in fleet.same_domains([*rivals, found]) if one.file == found.name]
    faults += _collisions([found], (*slugs(settings), slug))
    if tenant is None or faults:
        raise TenantFileFaultsError(faults)


def load_all(settings: Settings) -> tuple[Tenant, ...]:
    """Every tenant, by slug. Raises TenantFileFaultsError with the faults of all files."""
    found = survey(settings)
    if found.faults:
        raise TenantFileFaultsError(found.faults)
    return found.tenants


def survey(settings: Settings) -> Survey:
    """Every tenant file, right or wrong. Raises TenantFileFaultsError for the defaults alone."""
    defaults = _defaults(settings)
    sources = [_source(settings, path) for path in _paths(settings)]
    read = {one.name: _tenant(settings, one, defaults) for one in sources}
    faults = [fault for _, found in read.values() for fault in found]
    faults += fleet.same_domains(sources)
    faults += _collisions(sources, slugs(settings))
    faults += [
        Fault(files.shown(settings, path), 0, "", "is not read: name it `.yaml`")
        for path in sorted(settings.tenants.glob("[!_.]*.yml"))
    ]
    bad = {fault.file for fault in faults}
    tenants = (tenant for name, (tenant, _) in read.items() if tenant and name not in bad)
    return Survey(tuple(tenants), tuple(sorted(set(faults))), len(sources))


def _alone(settings: Settings, found: Source) -> Tenant:
    tenant, faults = _tenant(settings, found, _defaults(settings), named=False)
    if tenant is None or faults:
        raise TenantFileFaultsError(faults)
    return tenant


def _paths(settings: Settings) -> list[Path]:
    return sorted(settings.tenants.glob(f"[!_.]*{SUFFIX}"))


def _source(settings: Settings, path: Path) -> Source:
    return files.source(path, files.shown(settings, path))


def _defaults(settings: Settings) -> Source:
    for folder in settings.layers("tenants"):
        if (folder / DEFAULTS).is_file():
            found = _source(settings, folder / DEFAULTS)
            if found.faults:
                raise TenantFileFaultsError(found.faults)
            return found
    return Source(settings.tenants / DEFAULTS, DEFAULTS, data={})


def _tenant(
    settings: Settings, source: Source, defaults: Source, *, named: bool = True
) -> tuple[Tenant | None, list[Fault]]:
    """The tenant, when the file can be understood, and all that is wrong with it."""
    faults = list(source.faults)
    if not isinstance(source.data, Mapping):
        return None, faults
    given = "version" in source.data
    if reason := version.refusal(source.data.get("version"), given=given):
        return None, [*faults, source.fault(("version",), reason)]
    data = merged(defaults.data, source.data)
    model = registry.tenant_model()
    try:
        tenant = model.model_validate(data)
    except ValidationError as error:
        found = words.findings(model, data, error)
        return None, files.without_repeats(
            faults, [_placed(source, defaults, *one) for one in found]
        )
    stem = source.path.stem if named else tenant.slug
    disagreements = checks.faults(settings, tenant, stem)
    return tenant, faults + [_placed(source, defaults, *one) for one in disagreements]


def _placed(
    source: Source, defaults: Source, path: tuple[Any, ...], message: str, nearest: str
) -> Fault:
    """In the defaults when only they say it, else in the tenant's own file."""
    # What defaults say below `instances` is dropped for a tenant that has no instance.
    theirs = path != ("instances",) and not source.holds(path) and defaults.holds(path)
    return (defaults if theirs else source).fault(path, message, nearest)


def _rivals(settings: Settings, source: Source) -> list[Source]:
    """Other files in which a public name of this one occurs; only those are read."""
    names = [name.encode() for name in fleet.domains(source.data)]
    others = (path for path in _paths(settings) if path != source.path)
    return [
        _source(settings, path)
        for path in others
        if any(name in path.read_bytes() for name in names)
    ]


def _collisions(sources: list[Source], known: tuple[str, ...]) -> list[Fault]:
    collisions = fleet.colliding(known)
    return [
        source.fault(("slug",), f"derived names are those of `{collisions[source.path.stem]}` too")
        for source in sources
        if source.path.stem in collisions
    ]
