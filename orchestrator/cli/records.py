"""Files of `orchestrator drill` that people name: records, public keys, and where a report goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from orchestrator.errors.drills import PublicKeysUnreadableError, RecordsUnreadableError
from orchestrator.errors.root import OrchestratorError
from orchestrator.errors.usage import FileUnwritableError

if TYPE_CHECKING:
    from orchestrator.recovery.opening import KeysOf


def given(files: Sequence[Path]) -> list[tuple[str, bytes]]:
    """Name and content of each file, without its folder. Raises RecordsUnreadableError."""
    read = []
    for path in files:
        try:
            read.append((path.name, path.read_bytes()))
        except OSError as fault:
            raise RecordsUnreadableError(str(path), reason=fault.strerror or str(fault)) from fault
    return read


def keys_from(file: Path) -> KeysOf:
    """The keys of a file, whichever tenant is asked for. Raises PublicKeysUnreadableError."""
    from orchestrator.recovery.opening import read_keys

    try:
        keys = read_keys(file.read_text(encoding="utf-8"))
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise PublicKeysUnreadableError(str(file), reason=reason) from fault
    except ValueError as fault:  # no UTF-8, no JSON, no keys
        raise PublicKeysUnreadableError(str(file), reason=str(fault)) from fault
    return lambda _tenant: keys


def or_none(keys_of: KeysOf, say: Callable[[str], None]) -> KeysOf:
    """The same, but no keys where they cannot be had; `say` is told why."""

    def asked(tenant: str) -> Mapping[str, str]:
        try:
            return keys_of(tenant)
        except OrchestratorError as error:
            say(f"The signature cannot be tried: {error.message}")
            return {}

    return asked


def write(file: Path, text: str) -> None:
    """Write a report, over an earlier one as well. Raises FileUnwritableError."""
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileUnwritableError(str(file), reason=error.strerror or str(error)) from error
