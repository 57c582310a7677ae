"""The catalogue and the waivers: files of `policies/`, checked before they judge anybody."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from pathlib import Path

from pydantic import Field

from orchestrator.errors.policy import PolicyFileFaultsError
from orchestrator.model.part import Part
from orchestrator.policy.checks import CHECKS
from orchestrator.policy.finding import Severity
from orchestrator.reading import files
from orchestrator.reading.files import Source
from orchestrator.settings import Settings

WAIVERS = "waivers"
WAIVER_CONTROL = "WAV-01"
_CATALOGUE = "catalogue"
_NO_CHECK = "waivers"


class Words(Part):
    """The same sentence for two readers."""

    fr: str = Field(min_length=3)
    en: str = Field(min_length=3)


class Control(Part):
    """One checkable rule; one file of `policies/catalogue/`, named by its id."""

    id: str = Field(pattern=r"^[A-Z]{2,3}-[0-9]{2}$")
    title: Words
    why: Words
    references: tuple[str, ...] = Field(min_length=1, description="Clauses, as compliance cites")
    severity: Severity
    phase: str = Field(pattern="^(tenant|platform)$", description="Whose file is judged")
    check: str = Field(description="Name of a built-in check, or `waivers`")
    remediation: Words


class Waiver(Part):
    """Who accepted what until when; one file of `policies/waivers/`."""

    control: str = Field(pattern=r"^[A-Z]{2,3}-[0-9]{2}$")
    tenant: str = Field(min_length=3)
    reason: str = Field(min_length=10)
    approver: str = Field(min_length=3, description="Function that accepted, not a private name")
    expires: date


@lru_cache
def catalogue(settings: Settings) -> tuple[Control, ...]:
    """Every control by id; a project's own file replaces the shipped one of that name.

    Raises PolicyFileFaultsError.
    """
    paths: dict[str, Path] = {}
    for folder in reversed(settings.layers("policies")):
        paths.update({path.stem: path for path in sorted((folder / _CATALOGUE).glob("*.yaml"))})
    found = []
    for stem, path in sorted(paths.items()):
        source = files.source(path, files.shown(settings, path))
        control = files.validated(Control, source, PolicyFileFaultsError)
        if control.id != stem:
            message = f"must be `{stem}` as the file is named, not `{control.id}`"
            raise _fault(source, "id", message)
        if control.check not in CHECKS and control.check != _NO_CHECK:
            raise _fault(source, "check", f"there is no check `{control.check}`")
        found.append(control)
    return tuple(found)


def waivers(settings: Settings) -> tuple[Waiver, ...]:
    """The project's waivers. Raises PolicyFileFaultsError, also for a control nobody knows."""
    known = {control.id for control in catalogue(settings)}
    found = []
    for path in sorted((settings.root / "policies" / WAIVERS).glob("*.yaml")):
        source = files.source(path, files.shown(settings, path))
        waiver = files.validated(Waiver, source, PolicyFileFaultsError)
        if waiver.control not in known:
            raise _fault(source, "control", f"there is no control `{waiver.control}`")
        found.append(waiver)
    return tuple(found)


def _fault(source: Source, key: str, message: str) -> PolicyFileFaultsError:
    return PolicyFileFaultsError([source.fault((key,), message)])
