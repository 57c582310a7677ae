"""The process of the image: the database on loopback, the users, and the front before both."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from orchestrator.sandbox.standins.mongodb.front import Front
from orchestrator.sandbox.standins.mongodb.session import NOTICE, VERSION
from orchestrator.sandbox.standins.mongodb.users import EVERYWHERE, Users

_BEHIND = ("127.0.0.1", 27018)
_DATABASE = "from nx_27017.nx_27017 import main; main()"
_START_S = 60.0
_CONFIGURATION = 78


class NotSetError(Exception):
    """A password that has to be there is not."""


def main(arguments: Sequence[str]) -> int:
    """Serve until told to stop. Returns an exit status."""
    if "--version" in arguments:
        print(f"db version v{VERSION} ({NOTICE})")
        return 0
    folder = Path(os.environ.get("MONGO_DATA_DIR", "/data/db"))
    folder.mkdir(parents=True, exist_ok=True)
    users = Users(folder / "users.json")
    try:
        declare(users, os.environ)
    except NotSetError as fault:
        print(f"mongodb: {fault}", file=sys.stderr)
        return _CONFIGURATION
    port = int(os.environ.get("MONGO_PORT", "27017"))
    return _serve(users, folder, port)


def declare(users: Users, environment: Mapping[str, str]) -> None:
    """Make the superuser and the users of `MONGO_USERS` what they shall be, at every start.

    `MONGO_USERS` holds words `name:database`; each user belongs to its database, and its password
    lies in the secrets folder as `NAME_password`. Those of `MONGO_READERS`, words
    `name:database,database`, belong to `admin` and may read what they name. Raises NotSetError.
    """
    secrets = _secrets(environment)
    users.keep("admin", *root(environment), {EVERYWHERE: "root"})
    for word in environment.get("MONGO_USERS", "").split():
        name, _, database = word.partition(":")
        password = _password(secrets / f"{name}_password")
        users.keep(database or name, name, password, {database or name: "write"})
    for word in environment.get("MONGO_READERS", "").split():
        name, _, databases = word.partition(":")
        password = _password(secrets / f"{name}_password")
        users.keep("admin", name, password, dict.fromkeys(databases.split(","), "read"))


def root(environment: Mapping[str, str]) -> tuple[str, str]:
    """Name and password of the superuser. Raises NotSetError."""
    name = environment.get("MONGO_ROOT", "root")
    return name, _password(_secrets(environment) / "root_password")


def _secrets(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("SECRETS_DIRECTORY", "/run/secrets/mongodb"))


def _password(path: Path) -> str:
    text = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    if not text or not text[0]:
        message = f"the secret file {path} is missing or empty"
        raise NotSetError(message)
    return text[0]


def _serve(users: Users, folder: Path, port: int) -> int:
    behind = ("127.0.0.1", int(os.environ.get("MONGO_PORT_BEHIND", _BEHIND[1])))
    database = subprocess.Popen(
        [
            *(sys.executable, "-P", "-c", _DATABASE, "--host", behind[0]),
            *("--port", str(behind[1]), "--data-dir", str(folder / "databases")),
            *("--log-file", "/dev/null", "--pid-file", str(folder / "database.pid")),
        ]
    )
    if not _awaited(database, behind):
        print("mongodb: the database behind does not start", file=sys.stderr)
        database.kill()
        return 1
    front = Front(("0.0.0.0", port), users, behind)

    def stop(*_: object) -> None:
        threading.Thread(target=front.shutdown, daemon=True).start()

    def stop_with_the_database() -> None:
        database.wait()
        stop()

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, stop)
    # Either alone is of no use: when the database ends, so do we.
    threading.Thread(target=stop_with_the_database, daemon=True).start()
    print(f"{NOTICE} Waiting for connections on port {port}", flush=True)
    front.serve_forever(poll_interval=0.1)
    ended = database.poll()
    database.terminate()
    database.wait()
    return 0 if ended is None else 1


def _awaited(database: subprocess.Popen[bytes], address: tuple[str, int]) -> bool:
    ends = time.monotonic() + _START_S
    while time.monotonic() < ends and database.poll() is None:
        try:
            socket.create_connection(address, timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
