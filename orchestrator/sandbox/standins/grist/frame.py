"""What every answer is made with: the instance, and one visit of somebody."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any

from orchestrator.sandbox.standins.grist import accounts, sites
from orchestrator.sandbox.standins.grist.accounts import User
from orchestrator.sandbox.standins.grist.database import Database, Home
from orchestrator.sandbox.standins.grist.environment import Environment
from orchestrator.sandbox.standins.grist.exchange import RefusedError, Request
from orchestrator.sandbox.standins.grist.library import Library
from orchestrator.sandbox.standins.grist.log import Log
from orchestrator.sandbox.standins.grist.logins import Logins
from orchestrator.sandbox.standins.grist.sessions import Sessions
from orchestrator.sandbox.standins.grist.settings import Settings

FLAVOR = "GRIST_SANDBOX_FLAVOR"


@dataclass
class Instance:
    """One running server."""

    environment: Environment
    log: Log
    home: Home
    settings: Settings
    sessions: Sessions
    library: Library
    logins: Logins
    ready: threading.Event = field(default_factory=threading.Event)

    @property
    def sandbox(self) -> str:
        return self.settings.text(FLAVOR, "unsandboxed")


@dataclass
class Visit:
    """One request, with who made it and the session it came with."""

    instance: Instance
    database: Database
    request: Request
    user: User
    site: str
    has_key: bool = False

    @property
    def is_anonymous(self) -> bool:
        return accounts.is_anonymous(self.user)

    @property
    def is_admin(self) -> bool:
        """Whether it is the administrator of the installation."""
        return self.user.get("email") == self.instance.settings.admin_email

    def demand_admin(self) -> None:
        """Only the administrator may go on. Raises RefusedError."""
        if not self.is_admin:
            raise RefusedError(403, "Access denied")

    def demand_user(self) -> User:
        """Only who signed in may go on. Raises RefusedError."""
        if self.is_anonymous:
            raise RefusedError(401, "user not known")
        return self.user

    def org(self, name: str) -> dict[str, Any]:
        """A site; `current` is the one of the address. Raises RefusedError."""
        wanted = self.site if name.lower() == "current" else name
        return sites.org(self.database, wanted, self.user)
