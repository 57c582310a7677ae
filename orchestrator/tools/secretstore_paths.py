"""Plain paths of Vault or OpenBao, for the parts of their API that hvac has no words for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from hvac import exceptions

from orchestrator.errors.secrets import SecretsRequestError
from orchestrator.model.secret import Secret
from orchestrator.tools.secretstore_client import VaultClient


class VaultPaths:
    """Looks and writes. Every method raises the faults of `errors.secrets`."""

    def __init__(self, client: VaultClient) -> None:
        self._client = client
        self._http: Any = client.api.adapter

    def find(self, path: str, *, absent: str = "") -> Mapping[str, Any] | None:
        """What lies at a path, or None; `absent` is how a 400 says that nothing does."""
        found = self._ask(path, lambda: self._http.get(f"/v1/{path}"), absent=absent)
        return None if found is None else dict(found.get("data") or {})

    def listed(self, path: str) -> Mapping[str, Mapping[str, Any]]:
        """What is told of each entry of a list, by its key."""
        found = self._ask(path, lambda: self._http.list(f"/v1/{path}"))
        return {} if found is None else dict(found["data"].get("key_info") or {})

    def put(self, path: str, body: Mapping[str, Any], *, hide: Iterable[Secret] = ()) -> None:
        """Write; what the body leaves out stays as it is. `hide` never stands in a fault."""
        hidden = tuple(hide)
        try:
            self._client.write(
                path, lambda: self._http.post(f"/v1/{path}", json=dict(body)), hide=hidden
            )
        except (exceptions.InvalidRequest, exceptions.InvalidPath) as error:
            words = self._client.words(error, hidden)
        else:
            return
        raise SecretsRequestError(path, action="write", reason=words)

    def have(self, path: str, body: Mapping[str, Any]) -> None:
        """Write what is not so; what is so already is left alone."""
        found = self.find(path)
        if found is None or any(found.get(name) != value for name, value in body.items()):
            self.put(path, body)

    def _ask(self, path: str, call: Callable[[], Any], *, absent: str = "") -> Any:
        return asked(self._client, path, call, absent=absent)


def asked(client: VaultClient, path: str, call: Callable[[], Any], *, absent: str = "") -> Any:
    """An answer, or None for what is not there; `absent` is how a 400 says that."""
    try:
        return client.read(path, call)
    except exceptions.InvalidPath:
        return None
    except exceptions.InvalidRequest as error:
        words = client.words(error)
        if not absent or absent.lower() not in words.lower():
            raise SecretsRequestError(path, action="read", reason=words) from None
        return None
