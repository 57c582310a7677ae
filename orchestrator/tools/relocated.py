"""The secrets of a copy: in a folder of their own, beside those of the instance it is of."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.model.secret import Secret
from orchestrator.ports import SecretStore


class RelocatedStore:
    """Implements `ports.SecretStore` by another one; what is the copy's own lies elsewhere.

    `folder` stands before paths that begin with `own`, but for those that people gave and a tenant
    file names (`shared`): they are the same for the instance and for its copies.
    """

    def __init__(
        self, inner: SecretStore, folder: str, own: str, shared: frozenset[str] = frozenset()
    ) -> None:
        self._inner = inner
        self._folder = folder
        self._own = own
        self._shared = shared

    def prepared(self) -> bool:
        """As the inner store."""
        return self._inner.prepared()

    def prepare(self) -> None:
        """As the inner store."""
        self._inner.prepare()

    def read(self, path: str) -> Mapping[str, Secret] | None:
        """As the inner store, at the copy's place."""
        return self._inner.read(self._at(path))

    def version(self, path: str) -> int:
        """As the inner store, at the copy's place."""
        return self._inner.version(self._at(path))

    def create(self, path: str, values: Mapping[str, Secret]) -> bool:
        """As the inner store, at the copy's place."""
        return self._inner.create(self._at(path), values)

    def replace(self, path: str, values: Mapping[str, Secret]) -> None:
        """As the inner store, at the copy's place."""
        self._inner.replace(self._at(path), values)

    def forget(self, path: str) -> None:
        """As the inner store; never what is not the copy's own."""
        if self._at(path) != path:
            self._inner.forget(self._at(path))

    def _at(self, path: str) -> str:
        mine = path.startswith(self._own) and path not in self._shared
        return f"{self._folder}{path}" if mine else path
