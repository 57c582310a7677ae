"""A few calls of the driver, over files: one a database, so that several processes share them.

Hosts named `down` cannot be reached.
"""

from __future__ import annotations

import copy
import fcntl
import os
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from pymongo.errors import PyMongoError


class MongoClient:
    def __init__(self, uri: str, **_: Any) -> None:
        parts = urlsplit(uri)
        self._down = parts.hostname == "down"
        self._name = "" if parts.query else parts.path.strip("/")

    def get_default_database(self) -> Database:
        if not self._name:
            raise PyMongoError("No default database name defined or provided.")
        return Database(self._name, down=self._down)

    def drop_database(self, name: str) -> None:
        with Database(name, down=self._down).opened() as content:
            content.clear()


class Database:
    def __init__(self, name: str, *, down: bool) -> None:
        self.name = name
        self._down = down
        self._path = Path(os.environ["FAKE_MONGO"]) / f"{name}.pickle"

    def __getitem__(self, kind: str) -> Collection:
        return Collection(self, kind)

    def list_collection_names(self) -> list[str]:
        with self.opened() as content:
            return list(content)

    @contextmanager
    def opened(self) -> Iterator[dict[str, Any]]:
        if self._down:
            raise PyMongoError("No servers found yet")
        with self._path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            raw = self._path.read_bytes() if self._path.exists() else pickle.dumps({})
            found = pickle.loads(raw)  # noqa: S301 - written here
            before = copy.deepcopy(found)
            yield found
            if found != before:
                self._path.write_bytes(pickle.dumps(found))


class Collection:
    def __init__(self, database: Database, kind: str) -> None:
        self._database = database
        self._kind = kind

    @contextmanager
    def _documents(self) -> Iterator[list[dict[str, Any]]]:
        with self._database.opened() as content:
            documents = content.get(self._kind, {"documents": [], "indexes": []})
            yield documents["documents"]
            if documents["documents"] or documents["indexes"]:
                content[self._kind] = documents

    def find(self, fields: dict[str, Any]) -> list[dict[str, Any]]:
        with self._documents() as found:
            return [{"_id": 1, **each} for each in found if _equal(each, fields)]

    def find_one(self, fields: dict[str, Any]) -> dict[str, Any] | None:
        return next(iter(self.find(fields)), None)

    def insert_one(self, document: dict[str, Any]) -> None:
        with self._documents() as found:
            found.append(document)

    def replace_one(self, fields: dict[str, Any], document: dict[str, Any], **_: Any) -> None:
        with self._documents() as found:
            found[:] = [each for each in found if not _equal(each, fields)] + [document]

    def delete_many(self, fields: dict[str, Any]) -> SimpleNamespace:
        with self._documents() as found:
            kept = [each for each in found if not _equal(each, fields)]
            count = len(found) - len(kept)
            found[:] = kept
        return SimpleNamespace(deleted_count=count)

    def create_index(self, fields: Any, **options: Any) -> None:
        with self._database.opened() as content:
            kept = content.setdefault(self._kind, {"documents": [], "indexes": []})
            if (fields, options) not in kept["indexes"]:
                kept["indexes"].append((fields, options))


def _equal(document: dict[str, Any], fields: dict[str, Any]) -> bool:
    return all(document.get(name) == value for name, value in fields.items())
