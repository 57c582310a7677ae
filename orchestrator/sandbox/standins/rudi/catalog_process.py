"""The catalog's process: settings, a database that has to be there in time, then service."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from orchestrator.sandbox.standins.rudi import settings
from orchestrator.sandbox.standins.rudi.catalog import LOGS, Catalog
from orchestrator.sandbox.standins.rudi.log import say
from orchestrator.sandbox.standins.rudi.portal import NoCredentialsError, Portal
from orchestrator.sandbox.standins.rudi.profiles import Profiles
from orchestrator.sandbox.standins.rudi.publication import METADATA
from orchestrator.sandbox.standins.rudi.release import version_line
from orchestrator.sandbox.standins.rudi.store import Store, UnreachableError
from orchestrator.sandbox.standins.rudi.web import serve

_ATTEMPTS = 5
_PAUSE_S = 5.0
_DAY_S = 24 * 3600


def main(arguments: Sequence[str]) -> int:
    """Serve until told to stop. Returns an exit status."""
    given = _parsed(arguments)
    try:
        conf = settings.read(Path(given.conf))
        profiles = Profiles(settings.read(Path(given.profiles)))
        portal = Portal(settings.read(Path(given.portal_conf)))
    except (OSError, settings.UnreadableError, NoCredentialsError) as fault:
        print(f"catalog: {type(fault).__name__}: {fault}", file=sys.stderr)
        return 1
    store = opened(given.db_uri)
    if store is None:
        return 1
    section = conf.get("server", {})
    port = int(given.port or section.get("listening_port", 3030))
    prefix = str(section.get("server_prefix", "catalog"))
    site = Catalog(store, profiles, portal, prefix)
    return serve(site, str(section.get("listening_address", "0.0.0.0")), port)


def opened(
    uri: str, *, store: Callable[[str], Store] = Store, sleep: Callable[[float], None] = time.sleep
) -> Store | None:
    """The database with its indexes, or None after as many attempts as the product makes."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            found = store(uri)
            found.ping()
            found.index(METADATA, [("resource_title", "text")])
            found.index(LOGS, "time", expireAfterSeconds=7 * _DAY_S)
        except UnreachableError as fault:
            say("catalog", "MongoDB connection failed", attempt=attempt, reason=str(fault))
            if attempt < _ATTEMPTS:
                sleep(_PAUSE_S)
        else:
            say("catalog", "MongoDB connected", database=found.name)
            return found
    return None


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    variables = os.environ
    parser = argparse.ArgumentParser("rudi-catalog")
    parser.add_argument("--version", action="version", version=version_line("rudi-catalog"))
    parser.add_argument("--conf", default=variables.get("RUDI_CATALOG_USER_CONF", ""))
    parser.add_argument("--db_uri", default=variables.get("RUDI_CATALOG_DB_URI", ""))
    parser.add_argument("--profiles", default=variables.get("RUDI_CATALOG_PROFILES_CONF", ""))
    parser.add_argument("--portal_conf", default=variables.get("RUDI_CATALOG_PORTAL_CONF", ""))
    parser.add_argument("--url", default=variables.get("CATALOG_PUBLIC_URL", ""))
    parser.add_argument("--port", default=variables.get("RUDI_CATALOG_PORT", ""))
    for name in ("--node_env", "--app_env", "--hash"):
        parser.add_argument(name, default="")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
