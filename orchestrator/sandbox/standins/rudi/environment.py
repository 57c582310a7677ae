"""The environment as the product's start script reads it: names, defaults, and what follows."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MODULES = ("catalog", "storage", "manager")
_PORTS = ("CATALOG", "STORAGE", "MANAGER", "JWTAUTH")
_ENABLED = {"DB": "true", "CATALOG": "true", "STORAGE": "true", "MANAGER": "true"}
_FOLDERS = {
    "INI_DIR": "/app/config/ini",
    "SAFE_DIR": "/app/config/safe",
    "MEDIA_DIR": "/data/media",
    "LOG_DIR": "/data/log",
    "DB_DIR": "/data/db",
    "PUBKEY_DIR": "/data/keys",
    "BACKUP_DIR": "/data/backups",
}
_PLAIN = {
    **_FOLDERS,
    "NODE_PUBLIC_URL": "http://127.0.0.1",
    "PORTAL_URL": "0",
    "PORTAL_USER": "0",
    "PORTAL_PASS": "0",
    "PORTAL_REQ_TIMEOUT": "5000",
    "PORTAL_MAX_RETRIES": "3",
    "PORTAL_INITIAL_DELAY": "500",
    "DB_PREFIX": "",
    "NODE_BASE_PORT": "3030",
    "MONGODB_PORT": "27017",
    "CATALOG_MIGRATION_ACTIVE": "false",
    "LOCAL_INTERFACE": "0.0.0.0",
    "LOCAL_URL": "http://localhost",
    "TRUSTED_DOMAINS": "",
    "ENV": "production",
    "TAG": "RUDI-node-2.8.1",
    "DB_WAIT_MAX": "60",
}
TEMPLATE_NAMES = (
    *("INI_DIR", "SAFE_DIR", "MEDIA_DIR", "LOG_DIR", "BACKUP_DIR", "MONGODB", "DB_PREFIX"),
    *("PUBKEY_DIR", "PORTAL_URL", "PORTAL_USER", "PORTAL_PASS", "PORTAL_REQ_TIMEOUT"),
    *("PORTAL_MAX_RETRIES", "PORTAL_INITIAL_DELAY", "LOCAL_INTERFACE", "LOCAL_URL"),
    *("TRUSTED_DOMAINS", "CATALOG_PORT", "CATALOG_LOCAL_URL", "CATALOG_PREFIX"),
    *("CATALOG_PUBLIC_URL", "CATALOG_MIGRATION_ACTIVE", "STORAGE_PORT", "STORAGE_LOCAL_URL"),
    *("STORAGE_PREFIX", "STORAGE_PUBLIC_URL", "STORAGE_DB_NAME", "MANAGER_PORT"),
    *("MANAGER_LOCAL_URL", "MANAGER_PREFIX", "MANAGER_PUBLIC_URL"),
)
"""What is replaced in templates: all of it in each of them."""


@dataclass(frozen=True)
class Environment:
    """The variables of a container with the script's defaults; the rest is ignored silently."""

    values: Mapping[str, str]

    def text(self, name: str) -> str:
        """The value; an empty one counts as none, except for the prefixes of paths."""
        if name.endswith("_PREFIX") and name in self.values:
            return self.values[name]
        return self.values.get(name, "") or self._default(name)

    def folder(self, name: str) -> Path:
        """One of the folders."""
        return Path(self.text(name))

    def enabled(self, name: str) -> bool:
        """Whether a part runs here. The script runs the word as a command: only `true` is yes."""
        word = self.values.get(f"ENABLE_{name}", "") or _ENABLED.get(name, "false")
        return word == "true"

    @property
    def modules(self) -> tuple[str, ...]:
        """The modules that run in this container."""
        return tuple(each for each in MODULES if self.enabled(each.upper()))

    @property
    def super_user(self) -> str | None:
        """Base64url of `name:hashed password`, when given."""
        return self.values.get("SU")

    def _default(self, name: str) -> str:
        if name in _PLAIN:
            return _PLAIN[name]
        module, _, what = name.partition("_")
        if module in _PORTS:
            return self._of_module(module, what)
        return f"mongodb://localhost:{self.text('MONGODB_PORT')}" if name == "MONGODB" else ""

    def _of_module(self, module: str, what: str) -> str:
        port = int(self.text("NODE_BASE_PORT")) + _PORTS.index(module)
        local = f"{self.text('LOCAL_URL')}:{self.values.get(f'{module}_PORT') or port}"
        public = f"{self.text('NODE_PUBLIC_URL')}:{self.values.get(f'{module}_PORT') or port}"
        database = f"{self.text('DB_PREFIX')}rudi_{module.lower()}"
        found = {
            "PORT": str(port),
            "PREFIX": module.lower(),
            "LOCAL_URL": local,
            "PUBLIC_URL": public,
            "DB_NAME": database,
            "CONF": f"{self.text('INI_DIR')}/rudi-{module.lower()}-conf.ini",
            "EXTERNAL_PROFILES": f"{self.text('INI_DIR')}/rudi-catalog-profiles.ini",
            "PROFILES": f"{self.text('SAFE_DIR')}/rudi-catalog-profiles.ini",
            "PORTAL_CONF": f"{self.text('INI_DIR')}/rudi-catalog-portal.ini",
            "DB_PATH": f"{self.text('DB_DIR')}/rudi_manager.db",
        }
        if what == "DB_URI":
            # A name is appended, whatever the base ends with: options in it break the address.
            return f"{self.text('MONGODB')}/{self.text(f'{module}_DB_NAME')}"
        return found.get(what, "")


def current() -> Environment:
    """The environment of this process."""
    return Environment(dict(os.environ))
