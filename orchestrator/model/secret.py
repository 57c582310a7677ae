"""A value that cannot be printed, and a path that can.

`Secret` is the first fence: its text forms are stars, it cannot be pickled, hashed into a log or
compared by accident with a string. Masking of tool output (`tools.masking`) is the second.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final, NoReturn

STARS: Final = "********"
_REFERENCE = re.compile(r"^vault:(?P<path>[a-z0-9][a-z0-9/_.-]*)#(?P<key>[A-Za-z0-9_]+)$")


class Secret:
    """A value from the secrets server; `reveal()` is the only way to it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself; call it only where it is handed to the outside."""
        return self._value

    @property
    def fingerprint(self) -> str:
        """First 16 hex digits of SHA-256 of the value: says whether two values are the same.

        Only for values with at least 128 bits of chance in them, as all that we generate have.
        """
        return hashlib.sha256(self._value.encode()).hexdigest()[:16]

    def __repr__(self) -> str:
        return STARS

    def __str__(self) -> str:
        return STARS

    def __format__(self, _spec: str) -> str:
        return STARS

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return hmac.compare_digest(self._value.encode(), other._value.encode())

    def __hash__(self) -> int:
        return hash((Secret, self._value))

    def __reduce__(self) -> NoReturn:
        message = "a secret is never written"
        raise TypeError(message)


@dataclass(frozen=True)
class SecretRef:
    """Where a value lies: `vault:PATH#KEY`, PATH below the tenant's own kv mount."""

    path: str
    key: str

    @classmethod
    def parse(cls, text: str) -> SecretRef:
        """Read `vault:PATH#KEY`. Raises ValueError with the expected form."""
        match = _REFERENCE.match(text)
        if match is None:
            message = "must be a reference of the form vault:PATH#KEY, never the secret itself"
            raise ValueError(message)
        return cls(match["path"], match["key"])

    def __str__(self) -> str:
        return f"vault:{self.path}#{self.key}"
