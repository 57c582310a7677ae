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

    def keys(self, path: str) -> tuple[str, ...]:
        """The keys of a list, of which nothing is told; none when there is no list."""
        found = self._ask(path, lambda: self._http.list(f"/v1/{path}"))
        return () if found is None else tuple(str(key) for key in found["data"]["keys"])

    def put(self, path: str, body: Mapping[str, Any], *, hide: Iterable[Secret] = ()) -> None:
        """Write; what the body leaves out stays as it is. `hide` never stands in a fault."""
        self.answer(path, body, hide=hide)

    def answer(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        action: str = "write",
        hide: Iterable[Secret] = (),
        refused: Callable[[str], Exception] | None = None,
    ) -> Mapping[str, Any]:
        """Write, and all that the server answers, which may be nothing.

        `refused` makes the fault of a 400 or 404 from the server's words; SecretsRequestError
        unless it is given.
        """
        hidden = tuple(hide)
        try:
            found = self._client.write(
                path,
                lambda: self._http.post(f"/v1/{path}", json=dict(body)),
                action=action,
                hide=hidden,
            )
        except (exceptions.InvalidRequest, exceptions.InvalidPath) as error:
            words = self._client.words(error, hidden)
        else:
            return found if isinstance(found, dict) else {}
        if refused is not None:
            raise refused(words)
        raise SecretsRequestError(path, action=action, reason=words)

    def has(self, path: str, body: Mapping[str, Any]) -> bool:
        """Whether something lies at a path, and says all of this."""
        found = self.find(path)
        return found is not None and all(found.get(name) == value for name, value in body.items())

    def remove(self, path: str) -> None:
        """Remove what lies there; nothing is removed where nothing lies."""
        try:
            self._client.write(path, lambda: self._http.delete(f"/v1/{path}"), action="remove")
        except exceptions.InvalidPath:
            return
        except exceptions.InvalidRequest as error:
            words = self._client.words(error)
            raise SecretsRequestError(path, action="remove", reason=words) from None

    def have(self, path: str, body: Mapping[str, Any]) -> None:
        """Write what is not so; what is so already is left alone."""
        if not self.has(path, body):
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
