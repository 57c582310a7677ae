"""The server that a dump is of: who signs in there, with the driver that the image carries."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

_PATIENCE_MS = 20_000


@dataclass(frozen=True)
class Server:
    """One server, `host:port`."""

    address: str

    def client(self, user: str, database: str, password: Path) -> Any:
        """A client that signs in as a user of a database, with the password of a file.

        Raises OSError, IndexError when there is none in it.
        """
        driver = importlib.import_module("pymongo")
        return driver.MongoClient(
            self.address,
            username=user,
            password=password.read_text(encoding="utf-8").splitlines()[0],
            authSource=database,
            authMechanism="SCRAM-SHA-256",
            serverSelectionTimeoutMS=_PATIENCE_MS,
            connectTimeoutMS=_PATIENCE_MS,
            appname="keeper",
        )


class Codec:
    """Documents as the server sent them, and JSON that loses nothing of a value."""

    @cached_property
    def raw(self) -> Any:
        """The options of a collection whose documents are bytes."""
        options = importlib.import_module("bson.codec_options")
        return options.CodecOptions(document_class=self.document)

    @cached_property
    def document(self) -> Any:
        """What makes bytes a document again that is sent as it is."""
        return importlib.import_module("bson.raw_bson").RawBSONDocument

    def written(self, value: Any) -> str:
        """Extended JSON, with the type of every number."""
        return str(self._json.dumps(value, json_options=self._json.CANONICAL_JSON_OPTIONS))

    def read(self, text: str) -> Any:
        """The value again, with the keys of an index in their order."""
        ordered = importlib.import_module("bson.son").SON
        options = self._json.JSONOptions(document_class=ordered)
        return self._json.loads(text, json_options=options)

    @cached_property
    def _json(self) -> Any:
        return importlib.import_module("bson.json_util")
