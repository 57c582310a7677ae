"""Settings: the environment before the home database, the home database before the default."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from orchestrator.sandbox.standins.grist.database import Database, Home, now
from orchestrator.sandbox.standins.grist.environment import Environment, switched
from orchestrator.sandbox.standins.grist.exchange import RefusedError

BOOT_KEY = "GRIST_BOOT_KEY"
IN_SERVICE = "GRIST_IN_SERVICE"
ADMIN_EMAIL = "GRIST_ADMIN_EMAIL"
_LIVE = frozenset({ADMIN_EMAIL, "GRIST_ANON_PLAYGROUND", BOOT_KEY, IN_SERVICE})
_ON_RESTART = frozenset(
    {
        *("APP_HOME_URL", "GRIST_FORCE_LOGIN", "GRIST_GETGRISTCOM_SECRET"),
        *("GRIST_LOGIN_SYSTEM_TYPE", "GRIST_ORG_CREATION_ANYONE", "GRIST_PERSONAL_ORGS"),
        *("GRIST_SANDBOX_FLAVOR", "GRIST_SERVER_EDITION"),
    }
)
EDITABLE = _LIVE | _ON_RESTART


class Settings:
    """What the server goes by. Whatever the environment says, nobody can change in the panel."""

    def __init__(self, environment: Environment, home: Home) -> None:
        self._environment = environment
        self._home = home
        self._at_start: Mapping[str, str] = {}

    def begin(self, database: Database, *, fresh: bool) -> str:
        """Read what is stored; a fresh database gets its first values. Returns a new boot key."""
        key = ""
        if fresh:
            first: dict[str, str] = {}
            if not self._environment.text(IN_SERVICE):
                first[IN_SERVICE] = "false"
            if not self._environment.text(BOOT_KEY):
                first[BOOT_KEY] = key = secrets.token_hex(12)
            prefs = json.dumps({"envVars": first})
            values = (str(uuid.uuid4()), prefs, now(), now())
            statement = (
                "INSERT INTO activations (id, prefs, created_at, updated_at)"
                " VALUES (%s, %s, %s, %s)"
            )
            database.run(statement, *values)
        self._at_start = self._stored()
        return key

    def text(self, name: str, default: str = "") -> str:
        """The value of a setting."""
        if given := self._environment.text(name):
            return given
        if name not in EDITABLE:
            return default
        stored = self._stored() if name in _LIVE else self._at_start
        return stored.get(name, "") or default

    def enabled(self, name: str, *, default: bool = False) -> bool:
        """A switch."""
        return switched(self.text(name), default=default)

    @property
    def in_service(self) -> bool:
        return self.enabled(IN_SERVICE, default=True)

    @property
    def boot_key(self) -> str:
        return self.text(BOOT_KEY)

    @property
    def admin_email(self) -> str:
        names = (ADMIN_EMAIL, "GRIST_DEFAULT_EMAIL", "GRIST_SUPPORT_EMAIL")
        found = (self.text(name) for name in names)
        return next(filter(None, found), "you@example.com").lower()

    @property
    def anyone_creates_orgs(self) -> bool:
        return self.enabled("GRIST_ORG_CREATION_ANYONE", default=True)

    @property
    def personal_orgs(self) -> bool:
        return self.enabled("GRIST_PERSONAL_ORGS", default=self.anyone_creates_orgs)

    def prefs(self) -> dict[str, Any]:
        """All that is stored."""
        with self._home.opened() as database:
            return dict(json.loads(database.value("SELECT prefs FROM activations") or "{}"))

    def patch(self, changes: Mapping[str, Any]) -> None:
        """Store values, or remove those that are null. Raises RefusedError."""
        variables = changes.get("envVars") or {}
        if unknown := sorted(set(variables) - EDITABLE):
            raise RefusedError(400, f"Cannot set {', '.join(unknown)}")
        prefs = self.prefs()
        merged = {**prefs.get("envVars", {}), **variables}
        kept = {name: str(value) for name, value in merged.items() if value is not None}
        others = {name: value for name, value in changes.items() if name != "envVars"}
        text = json.dumps({**prefs, **others, "envVars": kept})
        with self._home.opened() as database:
            database.run("UPDATE activations SET prefs = %s, updated_at = %s", text, now())

    def _stored(self) -> Mapping[str, str]:
        found = self.prefs().get("envVars", {})
        return {name: str(value) for name, value in found.items()}
