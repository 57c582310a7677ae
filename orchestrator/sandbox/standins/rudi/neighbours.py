"""The other two modules as the manager calls them: with tokens signed by its two keys."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from orchestrator.sandbox.standins.rudi import tokens
from orchestrator.sandbox.standins.rudi.exchange import Answer, RefusedError
from orchestrator.sandbox.standins.rudi.keys import UnusableKeyError

_TIMEOUT_S = 10


class Neighbours:
    """Catalog and storage, by the addresses and keys of the settings."""

    def __init__(self, settings: Mapping[str, Mapping[str, Any]]) -> None:
        self._catalog = settings.get("rudi_catalog", {})
        self._storage = settings.get("rudi_storage", {})

    def are_there(self) -> bool:
        """Whether both answer."""
        try:
            catalog = self._called("GET", f"{self._catalog['rudi_catalog_url']}/admin/hash", "")
            storage = self._called("GET", f"{self._storage['rudi_storage_url']}/hash", "")
        except (RefusedError, KeyError):
            return False
        return catalog.status == storage.status == HTTPStatus.OK

    def catalog(self, method: str, path: str, body: bytes) -> Answer:
        """Call the catalog's administration. Raises RefusedError."""
        claims = {
            "sub": self._catalog.get("pm_catalog_id", ""),
            "client_id": self._catalog.get("pm_catalog_id", ""),
            "req_mtd": method,
            "req_url": "all",
        }
        token = _token(claims, str(self._catalog.get("pm_catalog_key", "")))
        return self._called(
            method, f"{self._catalog['rudi_catalog_url']}/admin/{path}", token, body
        )

    def upload_token(self, number: int, name: str) -> Answer:
        """Have the storage make a token for a user of ours. Raises RefusedError."""
        claims = {"sub": "auth", "client_id": self._storage.get("pm_storage_id", "")}
        token = _token(claims, str(self._storage.get("pm_storage_key", "")))
        body = {"user_id": number, "user_name": name, "group_name": "producer"}
        url = f"{self._storage['rudi_storage_url']}/jwt/forge"
        return self._called("POST", url, token, json.dumps(body).encode())

    def commit(self, given: Mapping[str, Any]) -> Answer:
        """Keep an uploaded file, and make its descriptions public. Raises RefusedError."""
        claims = {"sub": "producer", "client_id": self._storage.get("pm_storage_id", "")}
        token = _token(claims, str(self._storage.get("pm_storage_key", "")))
        words = {name: str(given.get(name, "")) for name in ("zone_name", "commit_uuid")}
        url = f"{self._storage['rudi_storage_url']}/commit?{urlencode(words)}"
        kept = self._called("POST", url, token)
        if kept.status != HTTPStatus.OK:
            return kept
        path = f"media/{quote(str(given.get('media_id', '')), safe='')}/commit"
        return self.catalog("POST", path, json.dumps(words).encode())

    def _called(self, method: str, url: str, token: str, body: bytes = b"") -> Answer:
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        connection = http.client.HTTPConnection(parts.netloc, timeout=_TIMEOUT_S)
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            kind = answer.getheader("Content-Type", "application/json")
            return Answer(HTTPStatus(answer.status), answer.read(), kind)
        except (OSError, http.client.HTTPException) as fault:
            words = f"{parts.netloc} does not answer: {fault}"
            raise RefusedError(HTTPStatus.BAD_GATEWAY, words) from None
        finally:
            connection.close()


def _token(claims: Mapping[str, Any], key: str) -> str:
    try:
        return tokens.signed(claims, Path(key))
    except (OSError, UnusableKeyError) as fault:
        raise RefusedError(HTTPStatus.INTERNAL_SERVER_ERROR, f"no key: {fault}") from None
