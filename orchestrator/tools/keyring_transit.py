"""One key of a tenant's transit mount in Vault or OpenBao: it works there and never leaves."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from orchestrator.errors.keys import KeyUnsafeError
from orchestrator.errors.root import OrchestratorError
from orchestrator.model.secret import Secret
from orchestrator.tools.secretstore_paths import VaultPaths

PASSPHRASE_BYTES = 32
_LEAVES = {
    "exportable": "it can be exported",
    "allow_plaintext_backup": "it can be taken out as a backup in plain text",
}
_NOT_OURS = "what it unlocks is not a passphrase of ours"


class TransitKey:
    """A key of a type; `unavailable` makes the fault of a key that is gone, from the reason."""

    def __init__(
        self,
        paths: VaultPaths,
        mount: str,
        name: str,
        kind: str,
        unavailable: Callable[[str], OrchestratorError],
    ) -> None:
        self.name = name
        self.path = f"{mount}/keys/{name}"
        self._paths = paths
        self._mount = mount
        self._kind = kind
        self._unavailable = unavailable

    def look(self) -> Mapping[str, Any] | None:
        """What is told of the key, or None. Raises KeyUnsafeError when it is not as we make it."""
        found = self._paths.find(self.path)
        if found is None:
            return None
        wrong = [words for name, words in _LEAVES.items() if found.get(name) is not False]
        if found.get("type") != self._kind:
            wrong.append(f"it is of type {found.get('type')}, not {self._kind}")
        if wrong:
            raise KeyUnsafeError(self.path, reason=", and ".join(wrong))
        return found

    def facts(self) -> Mapping[str, Any]:
        """As `look`, and `unavailable` when there is no such key."""
        found = self.look()
        if found is None:
            raise self._unavailable("the secrets server has no such key")
        return found

    def make(self) -> None:
        """Have the key. Raises as `look`, also when another run made another one meanwhile."""
        if self.look() is None:
            body = {"type": self._kind, **dict.fromkeys(_LEAVES, False)}
            self._paths.put(self.path, body)
            self.facts()

    def use(
        self, verb: str, body: Mapping[str, Any], *, hide: Iterable[Secret] = ()
    ) -> Mapping[str, Any]:
        """What the key makes of it. Raises `unavailable` when the server says that it cannot."""
        answer = self._paths.answer(
            f"{self._mount}/{verb}/{self.name}",
            body,
            action=f"{verb.partition('/')[0]} with",
            hide=hide,
            refused=lambda words: self._unavailable(f"the secrets server says: {words}"),
        )
        return dict(answer["data"])

    def passphrase(self, wrapped: str) -> Secret:
        """What was wrapped, base64 of 32 bytes. Raises as `use`, and for anything else in it."""
        told = Secret(str(self.use("decrypt", {"ciphertext": wrapped})["plaintext"]))
        if not _is_passphrase(told):
            raise self._unavailable(_NOT_OURS)
        return told


def _is_passphrase(told: Secret) -> bool:
    try:
        return len(base64.b64decode(told.reveal(), validate=True)) == PASSPHRASE_BYTES
    except binascii.Error:
        return False
