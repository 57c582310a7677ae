"""The two commands of the image: the server, and `cli` for chores."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence

from orchestrator.sandbox.standins.grist import accounts, schema, sites, web
from orchestrator.sandbox.standins.grist.database import Home
from orchestrator.sandbox.standins.grist.environment import (
    Environment,
    UnusableValueError,
    current,
)
from orchestrator.sandbox.standins.grist.exchange import RefusedError
from orchestrator.sandbox.standins.grist.log import Log
from orchestrator.sandbox.standins.grist.release import MIGRATIONS, version_line

_USAGE = (
    "usage: cli site create DOMAIN EMAIL | db migrate|check|revert|url"
    " | history prune FILE [KEEP] | sqlite query FILE SQL | version"
)


def main(arguments: Sequence[str]) -> int:
    """The server, or what the arguments ask for. Returns an exit status."""
    if list(arguments[:1]) in (["--version"], ["version"]):
        print(version_line())
        return 0
    environment = current()
    if not arguments:
        try:
            return web.serve(environment, Log(environment))
        except (OSError, UnusableValueError) as fault:
            print(f"{type(fault).__name__}: {fault}", file=sys.stderr)
            return 1
    return _chore(arguments, environment)


def _chore(arguments: Sequence[str], environment: Environment) -> int:
    chore = _CHORES.get(tuple(arguments[:2]))
    if chore is None:
        print(_USAGE, file=sys.stderr)
        return 2
    try:
        return chore(environment, *arguments[2:])
    except TypeError:
        print(_USAGE, file=sys.stderr)
        return 2
    except (RefusedError, sqlite3.Error, OSError) as fault:
        print(f"{type(fault).__name__}: {fault}", file=sys.stderr)
        return 1


def _create_site(environment: Environment, domain: str, email: str) -> int:
    with Home(environment).opened() as database:
        schema.migrate(database)
        made = sites.ensure_team(database, domain, accounts.ensure(database, email))
    print(f"Site {domain} {'created' if made else 'exists already'}")
    return 0 if made else 1


def _migrate(environment: Environment) -> int:
    with Home(environment).opened() as database:
        schema.migrate(database)
    return 0


def _check(environment: Environment) -> int:
    with Home(environment).opened() as database:
        done = schema.applied(database)
    print(f"{done} migrations applied, {MIGRATIONS - done} pending")
    return 0 if done == MIGRATIONS else 1


def _revert(environment: Environment) -> int:
    with Home(environment).opened() as database:
        print(f"Reverted {schema.revert(database)}")
    return 0


def _url(environment: Environment) -> int:
    print(Home(environment).url)
    return 0


def _query(_environment: Environment, path: str, statement: str) -> int:
    connection = sqlite3.connect(path)
    try:
        with connection:
            for row in connection.execute(statement):
                print("|".join(str(each) for each in row))
    finally:
        connection.close()
    return 0


def _prune(environment: Environment, path: str, keep: str = "1") -> int:
    statement = (
        "DELETE FROM _gristsys_ActionHistory WHERE id <="  # noqa: S608
        f" (SELECT max(id) FROM _gristsys_ActionHistory) - {int(keep)}"
    )
    return _query(environment, path, statement)


_CHORES: Mapping[tuple[str, ...], Callable[..., int]] = {
    ("site", "create"): _create_site,
    ("db", "migrate"): _migrate,
    ("db", "check"): _check,
    ("db", "revert"): _revert,
    ("db", "url"): _url,
    ("sqlite", "query"): _query,
    ("history", "prune"): _prune,
}
