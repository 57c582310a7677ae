"""The storage's process. It serves whether or not its database is there."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from orchestrator.sandbox.standins.rudi import settings
from orchestrator.sandbox.standins.rudi.access import Access
from orchestrator.sandbox.standins.rudi.log import say
from orchestrator.sandbox.standins.rudi.release import version_line
from orchestrator.sandbox.standins.rudi.storage import Storage
from orchestrator.sandbox.standins.rudi.store import Store, UnreachableError
from orchestrator.sandbox.standins.rudi.web import serve
from orchestrator.sandbox.standins.rudi.zone import Zone

_FALLBACK_USERS: dict[str, list[Any]] = {
    "admin": [4, "$1$4002550d4872db1ef7b56f1dc21d7ded$", ["admin", "delegate"], ""]
}
"""Built in, as in the product: settings without users bring this one back."""


def main(arguments: Sequence[str]) -> int:
    """Serve until told to stop. Returns an exit status."""
    given = _parsed(arguments)
    try:
        conf = settings.read(Path(given.conf))
    except (OSError, settings.UnreadableError) as fault:
        print(f"storage: {type(fault).__name__}: {fault}", file=sys.stderr)
        return 1
    server, files = conf.get("server", {}), conf.get("storage", {})
    users = conf.get("auth", {}).get("system_users", _FALLBACK_USERS)
    zones = files.get("zones") or [{"name": "zone1", "staging_time": 15}]
    root = Path(str(files.get("media_dir", "/data/media")))
    zone = Zone(root, str(zones[0]["name"]), int(zones[0].get("staging_time", 15)))
    database = Database(str(conf.get("database", {}).get("db_url", "")))
    database.look()
    access = Access(users, int(files.get("acc_timeout", 20)) * 60)
    site = Storage(database, access, zone, str(server.get("server_prefix", "storage")))
    port = int(given.port or server.get("listening_port", 3031))
    return serve(site, str(server.get("listening_address", "0.0.0.0")), port)


class Database:
    """The database, opened when it is first needed."""

    def __init__(self, uri: str) -> None:
        self._uri = uri
        self._store: Store | None = None

    def __call__(self) -> Store:
        """The open database. Raises UnreachableError."""
        if self._store is None:
            self._store = Store(self._uri)
        return self._store

    def look(self) -> None:
        """Say whether it is there, and nothing more."""
        try:
            self().ping()
            say("storage", "database connected", database=self().name)
        except UnreachableError as fault:
            say("storage", "no database", reason=str(fault))


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("rudi-storage")
    parser.add_argument("--version", action="version", version=version_line("rudi-storage"))
    parser.add_argument("--conf", "--ini", default=os.environ.get("RUDI_STORAGE_USER_CONF", ""))
    parser.add_argument("-p", "--port", default="")
    for name in ("--url", "--hash", "-l"):
        parser.add_argument(name, default="")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
