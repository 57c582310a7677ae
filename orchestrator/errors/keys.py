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


class SigningKeyUnavailableError(OrchestratorError):
    """The key that signs a tenant's recovery points and records is gone, or may not sign."""

    code = "signing-key-unavailable"
    exit_status = ExitStatus.CREDENTIALS

    def __init__(self, key: str, *, tenant: str, reason: str) -> None:
        super().__init__(
            f"the key {key} does not sign for {tenant}",
            why=reason,
            hints=(f"look at the key with `vault read {key}`",),
            context={"key": key, "tenant": tenant, "reason": reason},
        )


class KeyUnsafeError(OrchestratorError):
    """A key may leave the secrets server, or is of a kind that we would not have made.

    Neither can be taken back: a key that may be exported may have been.
    """

    code = "key-unsafe"
    exit_status = ExitStatus.CREDENTIALS

    def __init__(self, key: str, *, reason: str) -> None:
        super().__init__(
            f"the key {key} is not one that backups may be locked or signed with",
            why=reason,
            hints=(
                f"look at the key with `vault read {key}`",
                "find out in the secrets server's audit log who changed it, and who has read it",
            ),
            context={"key": key, "reason": reason},
        )
