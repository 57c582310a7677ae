"""A dump of some databases: `mongo-dump FOLDER`.

Reads: MONGO_ADDRESS, MONGO_READER (a user of `admin` who may read), MONGO_PASSWORD_FILE,
MONGO_DATABASES (names in the order in which they are taken).
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from orchestrator.sandbox.dumps import form
from orchestrator.sandbox.dumps.server import Codec, Server

_NOT_REACHED = 75


def main(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> int:
    """Dump into an empty folder. Returns an exit status; says why on stderr."""
    try:
        (folder,) = (Path(one) for one in arguments)
        names = environment["MONGO_DATABASES"].split()
        password = Path(environment["MONGO_PASSWORD_FILE"])
        server = Server(environment["MONGO_ADDRESS"])
        client = server.client(environment["MONGO_READER"], "admin", password)
    except (KeyError, ValueError, OSError, IndexError) as fault:
        print(f"mongo-dump: {type(fault).__name__}: {fault}", file=sys.stderr)
        return 64
    try:
        shutil.rmtree(folder, ignore_errors=True)
        dump(client, names, folder, Codec())
    except Exception as fault:  # noqa: BLE001 - the driver's errors have no name here
        # A fault of the driver may hold a document; its kind and number say enough.
        number = getattr(fault, "code", None) or ""
        print(f"mongo-dump: {type(fault).__name__} {number}".rstrip(), file=sys.stderr)
        return _NOT_REACHED
    return 0


def dump(client: Any, databases: Iterable[str], folder: Path, codec: Codec) -> dict[str, int]:
    """Every collection of the databases, one after the other; how many documents each has."""
    counts: dict[str, int] = {}
    for name in databases:
        (folder / name).mkdir(parents=True)
        database = client[name]
        for one in sorted(database.list_collections(), key=lambda found: str(found["name"])):
            if not str(one["name"]).startswith("system."):
                full = f"{name}.{one['name']}"
                kept = _collection(database, one, form.content(folder, full), codec)
                form.metadata(folder, full).write_text(kept[1], encoding="utf-8")
                counts[full] = kept[0]
    form.tell(folder, counts)
    return counts


def _collection(database: Any, one: Any, path: Path, codec: Codec) -> tuple[int, str]:
    """Write its documents in the order of their identity; their number, and its metadata."""
    name, kind = str(one["name"]), str(one.get("type", "collection"))
    described: dict[str, Any] = {"options": one.get("options", {}), "indexes": []}
    count = 0
    if kind == "collection":
        collection = database.get_collection(name, codec_options=codec.raw)
        with path.open("wb") as file:
            for document in collection.find({}, sort=[("_id", 1)]):
                file.write(document.raw)
                count += 1
            file.flush()
            os.fsync(file.fileno())
        described["indexes"] = list(database.get_collection(name).list_indexes())
    return count, codec.written({**described, "collectionName": name, "type": kind})
