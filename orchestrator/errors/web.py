"""Faults of asking an address over HTTP."""

from __future__ import annotations

from orchestrator.errors.root import ExitStatus, OrchestratorError


class WebUnreachableError(OrchestratorError):
    """Nobody answers at an address, or the answer breaks off."""

    code = "web-unreachable"
    exit_status = ExitStatus.OUTSIDE
    retryable = True

    def __init__(self, address: str, *, reason: str) -> None:
        super().__init__(
            f"{address} does not answer",
            why=reason,
            hints=("see whether the entrance runs with `orchestrator status`",),
            context={"address": address, "reason": reason},
        )


class WebUntrustedError(OrchestratorError):
    """An address shows a certificate of another name, or of an authority that is not ours."""

    code = "web-untrusted"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, address: str, *, reason: str) -> None:
        super().__init__(
            f"the certificate of {address} is not to be trusted",
            why=reason,
            hints=(
                "wait a minute if the instance is new: the entrance may not have read it yet",
                "look at it with `openssl s_client -connect HOST:443 -servername HOST`",
            ),
            context={"address": address, "reason": reason},
        )


class InboxUnreadableError(OrchestratorError):
    """The mail sink answers, but not with a list of messages."""

    code = "inbox-unreadable"
    exit_status = ExitStatus.OUTSIDE
    retryable = True

    def __init__(self, address: str, *, reason: str) -> None:
        super().__init__(
            f"the mail sink at {address} cannot be read",
            why=reason,
            hints=("see whether it runs with `orchestrator sandbox status`",),
            context={"address": address, "reason": reason},
        )
