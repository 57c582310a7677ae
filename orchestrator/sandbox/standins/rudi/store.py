"""Documents in MongoDB, by whole documents and equal fields only."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_PATIENCE_MS = 2000


class UnreachableError(Exception):
    """The database cannot be reached, or does not let us in."""


class Store:
    """One database. Every call raises UnreachableError.

    A name that nobody used before is an empty database, and nobody says so: the product's trap.
    """

    def __init__(self, uri: str) -> None:
        self._driver = importlib.import_module("pymongo")
        self._faults = importlib.import_module("pymongo.errors").PyMongoError
        with self._told():
            client = self._driver.MongoClient(
                uri,
                serverSelectionTimeoutMS=_PATIENCE_MS,
                connectTimeoutMS=_PATIENCE_MS,
                appname="rudi-standin",
            )
            self._database = client.get_default_database()
        self._client = client

    @property
    def name(self) -> str:
        return str(self._database.name)

    def ping(self) -> None:
        """Reach the database, and be let in."""
        with self._told():
            self._database.list_collection_names()

    def all(self, kind: str, **fields: Any) -> list[dict[str, Any]]:
        """The documents whose fields are equal to these, without the database's own field."""
        with self._told():
            return [_own(each) for each in self._database[kind].find(fields)]

    def one(self, kind: str, **fields: Any) -> dict[str, Any] | None:
        """The first of them."""
        with self._told():
            found = self._database[kind].find_one(fields)
        return _own(found) if found is not None else None

    def put(self, kind: str, document: Mapping[str, Any], key: str) -> None:
        """Add a document, or replace the one with the same key."""
        with self._told():
            self._database[kind].replace_one({key: document[key]}, dict(document), upsert=True)

    def add(self, kind: str, document: Mapping[str, Any]) -> None:
        """Add a document."""
        with self._told():
            self._database[kind].insert_one(dict(document))

    def remove(self, kind: str, **fields: Any) -> int:
        """Remove the documents whose fields are equal to these, and count them."""
        with self._told():
            return int(self._database[kind].delete_many(fields).deleted_count)

    def index(self, kind: str, fields: Any, **options: Any) -> None:
        """Have an index: a text index, or one after whose time documents go."""
        with self._told():
            self._database[kind].create_index(fields, **options)

    def kinds(self) -> list[str]:
        """The names of the collections."""
        with self._told():
            return sorted(self._database.list_collection_names())

    def drop(self) -> None:
        """Remove everything."""
        with self._told():
            self._client.drop_database(self.name)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (self._faults, ValueError) as fault:
            raise UnreachableError(str(fault).partition("\n")[0][:300]) from fault


Opener = Callable[[str], Store]


def _own(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != "_id"}
