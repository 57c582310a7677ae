"""A dump loaded into a server that runs: `mongo-load FOLDER`.

What is there is dropped first, with what the dump does not know; users are left alone. Killed
anywhere, the next try does the whole again. In the end every collection is counted.
Reads: MONGO_ADDRESS, MONGO_USERS (words `user:database`; each may write its own), MONGO_SECRETS
(the folder of their passwords, `USER_password` each).
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from orchestrator.sandbox.dumps import form
from orchestrator.sandbox.dumps.server import Codec, Server

_NOT_REACHED = 75
_OTHERWISE = 65
_AT_ONCE = 500
_BYTES_AT_ONCE = 8 * 2**20
_VIEW = "view"


class LoadedOtherwiseError(Exception):
    """What the server counts is not what the dump says."""


def main(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> int:
    """Load a folder. Returns an exit status; tells on stdout what was counted."""
    try:
        (folder,) = (Path(one) for one in arguments)
        counts = form.told(folder)
        server, secrets = Server(environment["MONGO_ADDRESS"]), Path(environment["MONGO_SECRETS"])
        users = [word.partition(":") for word in environment["MONGO_USERS"].split()]
        clients = {
            name: server.client(user, name, secrets / f"{user}_password") for user, _, name in users
        }
    except (KeyError, ValueError, OSError, IndexError) as fault:
        print(f"mongo-load: {type(fault).__name__}: {fault}", file=sys.stderr)
        return 64
    except form.BrokenDumpError as fault:
        print(f"mongo-load: {fault}", file=sys.stderr)
        return _OTHERWISE
    try:
        for name, client in clients.items():
            load(client[name], name, folder, counts, Codec())
    except (form.BrokenDumpError, LoadedOtherwiseError) as fault:
        print(f"mongo-load: {fault}", file=sys.stderr)
        return _OTHERWISE
    except Exception as fault:  # noqa: BLE001 - the driver's errors have no name here
        # A fault of the driver may hold a document; its kind and number say enough.
        number = getattr(fault, "code", None) or ""
        print(f"mongo-load: {type(fault).__name__} {number}".rstrip(), file=sys.stderr)
        return _NOT_REACHED
    print(json.dumps({"collections": counts}))
    return 0


def load(database: Any, name: str, folder: Path, counts: Mapping[str, int], codec: Codec) -> None:
    """Make a database what the dump says. Raises BrokenDumpError, LoadedOtherwiseError."""
    wanted = {full: count for full, count in counts.items() if full.partition(".")[0] == name}
    for full, count in wanted.items():
        if form.content(folder, full).exists():
            seen = sum(1 for _ in form.documents(form.content(folder, full)))
            if seen != count:
                message = f"the dump of {full} holds {seen} documents, and says {count}"
                raise form.BrokenDumpError(message)
    for one in database.list_collection_names():
        if not str(one).startswith("system."):
            database.drop_collection(one)
    for full in sorted(wanted):
        _collection(database, full, folder, codec)
    for full, count in wanted.items():
        collection = full.partition(".")[2]
        if form.content(folder, full).exists():
            found = database[collection].count_documents({})
            if found != count:
                message = f"{full} has {found} documents; the dump says {count}"
                raise LoadedOtherwiseError(message)


def _collection(database: Any, full: str, folder: Path, codec: Codec) -> None:
    described = codec.read(form.metadata(folder, full).read_text(encoding="utf-8"))
    name = full.partition(".")[2]
    options = {key: value for key, value in described["options"].items() if key != "uuid"}
    database.command({"create": name, **options})
    if described.get("type") == _VIEW:
        return
    collection = database.get_collection(name, codec_options=codec.raw)
    for batch in batches(form.documents(form.content(folder, full))):
        collection.insert_many([codec.document(one) for one in batch])
    # After the documents, so that each index is made once and not for every document.
    indexes = [dict(one) for one in described["indexes"] if one["name"] != "_id_"]
    for one in indexes:
        one.pop("ns", None)
    if indexes:
        database.command({"createIndexes": name, "indexes": indexes})


def batches(documents: Iterator[bytes]) -> Iterator[list[bytes]]:
    """As many at once as a message holds."""
    batch: list[bytes] = []
    size = 0
    for one in documents:
        if batch and (len(batch) == _AT_ONCE or size + len(one) > _BYTES_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append(one)
        size += len(one)
    if batch:
        yield batch
