"""The built-in backup: one file for the databases, one for the users, beside the media.

The databases are part of it only where the container runs one itself (`ENABLE_DB`); with a
database of one's own nothing saves it, and nothing says so.
"""

from __future__ import annotations

import base64
import gzip
import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestrator.sandbox.standins.rudi.environment import Environment
from orchestrator.sandbox.standins.rudi.log import say
from orchestrator.sandbox.standins.rudi.store import Store, UnreachableError

_MODULES = ("CATALOG", "STORAGE")


def save(environment: Environment) -> None:
    """Write what this container saves. What fails is only logged."""
    folder = _folder(environment)
    if environment.enabled("DB"):
        whole = {}
        for module in _MODULES:
            try:
                store = Store(environment.text(f"{module}_DB_URI"))
                whole[module] = {kind: store.all(kind) for kind in store.kinds()}
            except UnreachableError as fault:
                say("start", "no dump", database=module, reason=str(fault))
        _write(_dump(environment), whole)
    if environment.enabled("MANAGER") and Path(environment.text("MANAGER_DB_PATH")).is_file():
        target = folder / f"{environment.text('DB_PREFIX')}rudi_manager.db"
        with (
            closing(sqlite3.connect(environment.text("MANAGER_DB_PATH"))) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.backup(copy)
    say("start", "dump written", folder=str(folder))


def restore(environment: Environment) -> None:
    """Load what lies there: users where there is no file, documents where there are none.

    A file named `restore_…` is loaded whatever is there, at every start until it is taken away.
    """
    folder = _folder(environment)
    users = Path(environment.text("MANAGER_DB_PATH"))
    saved = folder / f"{environment.text('DB_PREFIX')}rudi_manager.db"
    if environment.enabled("MANAGER") and not users.exists() and saved.is_file():
        shutil.copyfile(saved, users)
        say("start", "users restored", source=str(saved))
    if not environment.enabled("DB"):
        return
    forced = folder / f"restore_{environment.text('DB_PREFIX')}.mongo"
    for path in (forced, _dump(environment)):
        if path.is_file() and path.stat().st_size:
            _load(environment, path, forced=path == forced)
            return


def _load(environment: Environment, path: Path, *, forced: bool) -> None:
    whole = json.loads(gzip.decompress(path.read_bytes()), object_hook=_revived)
    for module, kinds in whole.items():
        try:
            store = Store(environment.text(f"{module}_DB_URI"))
            if store.kinds() and not forced:
                continue
            for kind, documents in kinds.items():
                store.remove(kind)
                for each in documents:
                    store.add(kind, each)
            say("start", "database restored", database=store.name, source=str(path))
        except UnreachableError as fault:
            say("start", "not restored", database=module, reason=str(fault))


def _folder(environment: Environment) -> Path:
    folder = environment.folder("MEDIA_DIR") / "zone_db"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _dump(environment: Environment) -> Path:
    return _folder(environment) / f"db_{environment.text('DB_PREFIX') or 'default'}.mongo"


def _write(path: Path, whole: dict[str, Any]) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_bytes(gzip.compress(json.dumps(whole, default=_plain).encode()))
    fresh.rename(path)


def _plain(value: object) -> Any:
    if isinstance(value, datetime):
        return {"$date": value.replace(tzinfo=UTC).isoformat()}
    if isinstance(value, bytes):
        return {"$binary": base64.b64encode(value).decode()}
    return str(value)


def _revived(value: dict[str, Any]) -> Any:
    if value.keys() == {"$date"}:
        return datetime.fromisoformat(value["$date"])
    return base64.b64decode(value["$binary"]) if value.keys() == {"$binary"} else value
