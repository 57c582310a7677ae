"""Faults of the keys that backups are locked and signed with."""

from __future__ import annotations

from orchestrator.errors.root import ExitStatus, OrchestratorError


class KeyUnavailableError(OrchestratorError):
    """The key that unlocks backups is gone, disabled or another one than locked them.

    With a wrong passphrase the backup tool says that there is no backup (reliability.md 3.2), so
    the key is tried before any tool runs.
    """

    code = "key-unavailable"
    exit_status = ExitStatus.CREDENTIALS

    def __init__(self, key: str, *, instance: str, reason: str) -> None:
        super().__init__(
            f"the key {key} does not unlock the backups of {instance}; they may well be there",
            why=reason,
            hints=(
                f"look at the key with `vault read {key}`",
                "never begin a new repository over this one: without the key nobody can read it",
            ),
        )
