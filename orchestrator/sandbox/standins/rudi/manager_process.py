"""The manager's process: settings, the superuser made anew, then service."""

from __future__ import annotations

import argparse
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from orchestrator.sandbox.standins.rudi import passwords, settings
from orchestrator.sandbox.standins.rudi.accounts import Accounts
from orchestrator.sandbox.standins.rudi.log import say
from orchestrator.sandbox.standins.rudi.manager import Manager
from orchestrator.sandbox.standins.rudi.neighbours import Neighbours
from orchestrator.sandbox.standins.rudi.release import version_line
from orchestrator.sandbox.standins.rudi.web import serve


def main(arguments: Sequence[str]) -> int:
    """Serve until told to stop. Returns an exit status."""
    given = _parsed(arguments)
    try:
        conf = settings.read(Path(given.conf))
        accounts = Accounts(Path(given.db))
        _set_super_user(accounts, given.su, conf.get("database", {}))
    except (OSError, settings.UnreadableError, passwords.BadSuperUserError) as fault:
        print(f"manager: {type(fault).__name__}: {fault}", file=sys.stderr)
        return 1
    neighbours = Neighbours(conf)
    if not neighbours.are_there():
        say("manager", "catalog or storage does not answer yet")
    server = conf.get("server", {})
    port = int(server.get("listening_port", 3032))
    site = Manager(accounts, neighbours, conf, given.tag)
    return serve(site, str(server.get("listening_address", "0.0.0.0")), port)


def _set_super_user(accounts: Accounts, given: str | None, section: Mapping[str, Any]) -> None:
    """User 0 as the environment says, or else as the settings, or else with a new password.

    The new password is told in clear in the log, where whoever reads logs finds it: the product's
    own way. Raises BadSuperUserError.
    """
    if given:
        accounts.set_super_user(*passwords.super_user(given))
        return
    name = str(section.get("db_su_usr") or "PM Admin")
    if section.get("db_su_pwd"):
        accounts.set_super_user(name, str(section["db_su_pwd"]))
    elif accounts.super_user() is None:
        password = secrets.token_urlsafe(12)
        accounts.set_super_user(name, passwords.hashed(password))
        say("manager", f"No super user given. Generated: {name} / {password}")


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    variables = os.environ
    parser = argparse.ArgumentParser("rudi-manager")
    parser.add_argument("--version", action="version", version=version_line("rudi-manager"))
    parser.add_argument("--conf", default=variables.get("MANAGER_USER_CONF", ""))
    parser.add_argument("--db", default=variables.get("MANAGER_DB", ""))
    parser.add_argument("--su", default=variables.get("MANAGER_SU"))
    parser.add_argument("--url", default=variables.get("MANAGER_PUBLIC_URL", ""))
    parser.add_argument("--tag", default="")
    for name in ("--hash", "--pre", "--node_env"):
        parser.add_argument(name, default="")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
