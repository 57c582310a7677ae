"""The start of the container: one process for each module, and a wait for all of them.

A module that ends is not started again and takes nobody with it: the container lives as long as
any of them does, and ends with status 0 even when all of them failed.
"""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence

from orchestrator.sandbox.standins.rudi import dumps, preparation
from orchestrator.sandbox.standins.rudi.environment import Environment, current
from orchestrator.sandbox.standins.rudi.log import say
from orchestrator.sandbox.standins.rudi.release import NOTICE, REVISION, version_line

_PACKAGE = "orchestrator.sandbox.standins.rudi"
_LOOK_S = 0.05


def main(arguments: Sequence[str]) -> int:
    """Run what the environment asks for. Returns an exit status."""
    if "--version" in arguments:
        print(version_line("rudi-node"))
        return 0
    environment = current()
    say("start", NOTICE, modules=environment.modules)
    try:
        preparation.prepare(environment)
    except preparation.NotPreparedError as fault:
        print(f"ERROR: {fault}", file=sys.stderr)
        return 1
    if environment.enabled("JWTAUTH"):
        say("start", "this release has no jwtauth any more")
    if environment.enabled("DB"):
        _await_database(environment)
    dumps.restore(environment)
    return _supervise(environment)


def commands(environment: Environment) -> dict[str, list[str]]:
    """How each module of this container is called: addresses and passwords are arguments."""
    text = environment.text
    further = {
        "catalog": [
            *("--db_uri", text("CATALOG_DB_URI"), "--profiles", text("CATALOG_PROFILES")),
            *("--portal_conf", text("CATALOG_PORTAL_CONF"), "--url", text("CATALOG_PUBLIC_URL")),
            *("--node_env", text("ENV"), "--app_env", text("ENV")),
        ],
        "storage": ["--url", text("STORAGE_PUBLIC_URL")],
        "manager": [
            *("--db", text("MANAGER_DB_PATH"), "--url", text("MANAGER_PUBLIC_URL")),
            *("--tag", text("TAG"), "--node_env", text("ENV")),
            *(["--su", environment.super_user] if environment.super_user else []),
        ],
    }
    return {
        each: [
            *(sys.executable, "-P", "-m", f"{_PACKAGE}.{each}_process", "--hash", REVISION),
            *("--conf", text(f"{each.upper()}_CONF"), *further[each]),
        ]
        for each in environment.modules
    }


def _supervise(environment: Environment) -> int:
    wanted: list[int] = []
    for known in (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(known, lambda number, _: wanted.append(number))
    children = {
        name: subprocess.Popen(argv, env={**environment.values, **_path()})
        for name, argv in commands(environment).items()
    }
    told: set[str] = set()
    while any(each.poll() is None for each in children.values()):
        for name, each in children.items():
            if each.poll() is not None and name not in told:
                told.add(name)
                say("start", "a module ended", name=name, status=each.returncode)
        if wanted:
            number = wanted.pop(0)
            dumps.save(environment)
            if number in {signal.SIGTERM, signal.SIGINT}:
                _stop(children)
                break
        time.sleep(_LOOK_S)
    return 0


def _stop(children: dict[str, subprocess.Popen[bytes]]) -> None:
    for each in children.values():
        each.terminate()
    for each in children.values():
        each.wait()


def _path() -> dict[str, str]:
    """Where the modules find themselves, as this process did."""
    return {"PYTHONPATH": ":".join(filter(None, sys.path))}


def _await_database(environment: Environment) -> None:
    """This image carries no database: wait for one on loopback, then go on without."""
    say("start", "ENABLE_DB is on, but this stand-in carries no database")
    ends = time.monotonic() + int(environment.text("DB_WAIT_MAX"))
    while time.monotonic() < ends:
        try:
            port = int(environment.text("MONGODB_PORT"))
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(1)
        else:
            return


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
