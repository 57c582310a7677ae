"""What the start script does before any module runs: folders, settings, keys, profiles."""

from __future__ import annotations

import os
from pathlib import Path

from orchestrator.sandbox.standins.rudi import keys, templates
from orchestrator.sandbox.standins.rudi.environment import Environment
from orchestrator.sandbox.standins.rudi.profiles import MANAGER

_FOLDERS = (*("INI_DIR", "SAFE_DIR", "LOG_DIR", "MEDIA_DIR", "DB_DIR", "PUBKEY_DIR", "BACKUP_DIR"),)


class NotPreparedError(Exception):
    """The script gives up, and the container ends."""


def prepare(environment: Environment) -> None:
    """Prepare the modules of this container. Raises NotPreparedError."""
    for name in _FOLDERS:
        _usable(environment.folder(name))
    try:
        if "catalog" in environment.modules:
            _catalog(environment)
        if "storage" in environment.modules:
            _expanded(Path(environment.text("STORAGE_CONF")), environment)
        if "manager" in environment.modules:
            _expanded(Path(environment.text("MANAGER_CONF")), environment)
            # Made where the manager runs, and nowhere else: apart from it, the other two only
            # know its keys when they see the same folder of public keys.
            for name in keys.PAIRS:
                keys.ensure(name, environment.folder("SAFE_DIR"), environment.folder("PUBKEY_DIR"))
    except templates.BrokenValueError as fault:
        raise NotPreparedError(str(fault)) from fault
    except OSError as fault:
        message = f"{fault.strerror}: {fault.filename}"
        raise NotPreparedError(message) from fault


def _catalog(environment: Environment) -> None:
    external = Path(environment.text("CATALOG_EXTERNAL_PROFILES"))
    for path in (
        Path(environment.text("CATALOG_CONF")),
        external,
        Path(environment.text("CATALOG_PORTAL_CONF")),
    ):
        _expanded(path, environment)
    own = f"[{MANAGER}]\npub_key = {environment.text('PUBKEY_DIR')}/catalog_mngr.pub\n"
    text = f'{own}routes[] = "all"\n\n{external.read_text(encoding="utf-8")}'
    Path(environment.text("CATALOG_PROFILES")).write_text(text, encoding="utf-8")


def _expanded(path: Path, environment: Environment) -> None:
    """Fill in a template. A folder mounted over the image's hides it, and then all ends here."""
    templates.expand(path, environment)
    if not os.access(path, os.R_OK):
        message = f"Could not find {path}"
        raise NotPreparedError(message)


def _usable(folder: Path) -> None:
    message = f"Could not access or create {folder}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise NotPreparedError(message) from fault
    probe = folder / f".{os.getpid()}"  # the superuser is told yes by access() on any file system
    try:
        probe.touch()
        probe.unlink()
    except OSError as fault:
        raise NotPreparedError(message) from fault
