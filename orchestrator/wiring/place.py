"""The platform a tenant stands on: its file, and the connection by which it is reached."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.errors.sandbox import SandboxMissingError
from orchestrator.model.connection import Connection
from orchestrator.model.platform import Platform
from orchestrator.sandbox.layout import layout_of
from orchestrator.settings import Settings

if TYPE_CHECKING:
    from orchestrator.sandbox.sandbox import Sandbox


def sandbox_of(settings: Settings, name: str) -> Sandbox:
    """The sandbox of that name; nothing is started by making the object."""
    from orchestrator.sandbox.sandbox import Sandbox  # slow, and no plan needs it
    from orchestrator.tools.clock import SystemClock

    return Sandbox(layout_of(name, settings.sandboxes), settings.cache, SystemClock())


def connection_file(settings: Settings, name: str) -> Path:
    """Where a sandbox says how it is reached."""
    return layout_of(name, settings.sandboxes).path("connection.json")


def connection_of(settings: Settings, platform: Platform) -> Connection | None:
    """How the platform is reached, or None while its sandbox was never brought up."""
    file = connection_file(settings, platform.cluster.name)
    try:
        return Connection.model_validate_json(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except PermissionError as error:
        raise SandboxMissingError(platform.cluster.name, why=f"{file} cannot be read") from error


def connected(settings: Settings, platform: Platform) -> Connection:
    """How the platform is reached. Raises SandboxMissingError."""
    found = connection_of(settings, platform)
    if found is None:
        file = connection_file(settings, platform.cluster.name)
        raise SandboxMissingError(platform.cluster.name, why=f"there is no {file}")
    return found
