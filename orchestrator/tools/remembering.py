"""A secrets store that remembers which values passed through it, so that all of them are masked."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.model.secret import Secret
from orchestrator.ports import SecretStore
from orchestrator.tools.masking import mask


class RememberingStore:
    """Implements `ports.SecretStore` by another one; knows every value it gave or took."""

    def __init__(self, inner: SecretStore, *further: Secret) -> None:
        self._inner = inner
        self._known: set[Secret] = set(further)

    @property
    def known(self) -> tuple[Secret, ...]:
        """Every value seen so far, the longest first: one may contain another."""
        return tuple(sorted(self._known, key=lambda secret: -len(secret.reveal())))

    def masked(self, text: str) -> str:
        """The text without any of them."""
        return mask(text, self.known)

    def prepared(self) -> bool:
        """As the inner store."""
        return self._inner.prepared()

    def prepare(self) -> None:
        """As the inner store."""
        self._inner.prepare()

    def read(self, path: str) -> Mapping[str, Secret] | None:
        """As the inner store; what is read is known from then on."""
        found = self._inner.read(path)
        self._known.update((found or {}).values())
        return found

    def version(self, path: str) -> int:
        """As the inner store."""
        return self._inner.version(path)

    def create(self, path: str, values: Mapping[str, Secret]) -> bool:
        """As the inner store; known before it is written."""
        self._known.update(values.values())
        return self._inner.create(path, values)

    def forget(self, path: str) -> None:
        """As the inner store; the value stays hidden in what is said."""
        self._inner.forget(path)

    def replace(self, path: str, values: Mapping[str, Secret]) -> None:
        """As the inner store; known before it is written."""
        self._known.update(values.values())
        self._inner.replace(path, values)
