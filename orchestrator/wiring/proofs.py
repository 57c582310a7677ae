"""Records of drills as they are kept, each tried with the keys of the tenant in its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

from orchestrator.errors.config import TenantNotFoundError
from orchestrator.errors.drills import RecordsUnreadableError
from orchestrator.recovery import evidence
from orchestrator.recovery.evidence import Evidence, FileName
from orchestrator.recovery.opening import KeysOf, opener
from orchestrator.tools.records import Records
from orchestrator.wiring import backups
from orchestrator.wiring import case as cases

if TYPE_CHECKING:
    from orchestrator.settings import Settings


def kept(settings: Settings) -> list[tuple[str, bytes]]:
    """Name and content of every file where records lie. Raises RecordsUnreadableError."""
    try:
        return list(Records(settings.drills).all())
    except OSError as fault:
        place, reason = str(fault.filename or settings.drills), fault.strerror or str(fault)
        raise RecordsUnreadableError(place, reason=reason) from fault


def public_keys(settings: Settings, slug: str) -> Mapping[str, str]:
    """The public keys of a tenant by name, asked from its secrets server.

    Raises the faults of its file, SandboxMissingError, and what `KeyRing.public_keys` raises.
    """
    return backups.looking(cases.read(settings, slug)[0]).keys.public_keys()


def keys_of(settings: Settings) -> KeysOf:
    """Asks for the keys of each tenant once; there are none of a tenant that has no file."""

    @cache
    def asked(slug: str) -> Mapping[str, str]:
        try:
            return public_keys(settings, slug)
        except TenantNotFoundError:
            return {}

    return asked


def gathered(settings: Settings, wanted: Callable[[FileName], bool]) -> Evidence:
    """Every record whose file's name is wanted, and what lies there and is none of ours."""
    files = [
        (name, content)
        for name, content in kept(settings)
        if (told := evidence.parsed(name)) is None or wanted(told)
    ]
    asked = keys_of(settings)
    return evidence.gathered(files, lambda tenant: opener(asked(tenant)))
