"""Faults of objects in a cluster: refused, held by others, not ready in time.

They are raised inside the Kubernetes plugin and reach people as the engine's own diagnostics, so
`sentence` puts all that is known into one line.
"""

from __future__ import annotations

from orchestrator.errors.root import ExitStatus, OrchestratorError


def sentence(error: OrchestratorError) -> str:
    """Message, reason, details and what to do next as one line, with the code to look up."""
    parts = [error.message, error.why, *error.details]
    text = ": ".join(part for part in parts[:2] if part)
    if rest := "; ".join(part for part in parts[2:] if part):
        text = f"{text}: {rest}"
    hints = f" (next: {'; '.join(error.hints)})" if error.hints else ""
    return f"{text}{hints} [{error.code}]"


class ClusterUnreachableError(OrchestratorError):
    """The API server did not answer for longer than we are patient."""

    code = "cluster-unreachable"
    exit_status = ExitStatus.OUTSIDE
    retryable = True

    def __init__(self, server: str, *, seconds: float, reason: str) -> None:
        super().__init__(
            f"the API server {server} did not answer within {seconds:g} s",
            why=reason,
            hints=("see whether the cluster is up, then run the same command again",),
            context={"server": server, "seconds": seconds},
        )


class ClusterAccessError(OrchestratorError):
    """The kubeconfig does not say how to reach a cluster."""

    code = "cluster-access"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, path: str, *, reason: str) -> None:
        super().__init__(
            f"the kubeconfig {path or 'by default'} cannot be used",
            why=reason,
            hints=("point KUBECONFIG at a file whose current context is the cluster you mean",),
        )


class RequestRefusedError(OrchestratorError):
    """The API server understood and said no."""

    code = "cluster-refused"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, target: str, *, status: int, reason: str, message: str) -> None:
        super().__init__(
            f"the API server refused {target}",
            why=f"{status} {reason}".strip() + (f", {message}" if message else ""),
            context={"target": target, "status": status, "reason": reason},
        )
        self.status = status
        self.reason = reason


class FieldConflictError(OrchestratorError):
    """Someone else holds fields that we were asked to set."""

    code = "field-conflict"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, target: str, *, holders: tuple[tuple[str, str], ...]) -> None:
        super().__init__(
            f"fields of {target} are held by someone else",
            why=", ".join(f"{field} by {manager}" for field, manager in holders),
            hints=(
                "let the other give the fields up, or leave them out here",
                'to take them over, annotate the resource with pulumi.com/patchForce: "true"',
            ),
            context={"target": target, "fields": ", ".join(field for field, _ in holders)},
        )


class ObjectNotOursError(OrchestratorError):
    """An object of that name is there already and was not made by this stack."""

    code = "object-not-ours"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, target: str, *, managers: tuple[str, ...]) -> None:
        held = ", ".join(managers) or "nobody who left a name"
        super().__init__(
            f"{target} exists already and was not made by this stack",
            why=f"its fields are managed by {held}; it was left as it is",
            hints=(
                "remove it, choose another name, or import it into the stack",
                'to take it over, annotate the resource with pulumi.com/patchForce: "true"',
            ),
            context={"target": target},
        )


class KindUnknownError(OrchestratorError):
    """The cluster does not serve that kind."""

    code = "kind-unknown"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, api_version: str, kind: str) -> None:
        super().__init__(
            f"the cluster does not know the kind {kind} of {api_version}",
            why="its API discovery does not list it",
            hints=("install its CustomResourceDefinition first, or correct apiVersion and kind",),
            context={"api_version": api_version, "kind": kind},
        )


class ObjectNotReadyError(OrchestratorError):
    """An object was written, but did not come to work."""

    code = "object-not-ready"
    exit_status = ExitStatus.TIMED_OUT
    retryable = True

    def __init__(self, target: str, *, seconds: float, reasons: tuple[str, ...]) -> None:
        super().__init__(
            f"{target} was written, but is not ready after {seconds:.0f} s",
            details=reasons,
            hints=("the same command again goes on waiting where this one stopped",),
            context={"target": target, "seconds": seconds},
        )
        self.reasons = reasons


class NoRoomError(OrchestratorError):
    """No node of the cluster takes a pod, for want of processor, memory or a volume."""

    code = "no-room"
    exit_status = ExitStatus.OUTSIDE
    retryable = True

    def __init__(self, target: str, *, seconds: float, reason: str) -> None:
        super().__init__(
            f"{target} was written, but its pods find no place",
            why=f"after {seconds:.0f} s {reason}",
            hints=(
                "free room on the nodes or add one, or give the instance a smaller size",
                "the same command again goes on waiting where this one stopped",
            ),
            context={"target": target, "seconds": seconds},
        )


class ObjectNotGoneError(OrchestratorError):
    """An object was deleted, but stays."""

    code = "object-not-gone"
    exit_status = ExitStatus.TIMED_OUT
    retryable = True

    def __init__(self, target: str, *, seconds: float, reasons: tuple[str, ...]) -> None:
        super().__init__(
            f"{target} was deleted, but is still there after {seconds:.0f} s",
            details=reasons,
            hints=("find what its finalizers wait for, then run the same command again",),
            context={"target": target, "seconds": seconds},
        )


class WaitCancelledError(OrchestratorError):
    """The engine asked to stop while we waited."""

    code = "wait-cancelled"
    exit_status = ExitStatus.CANCELLED
    retryable = True

    def __init__(self, target: str, *, doing: str) -> None:
        super().__init__(
            f"stopped while {doing} {target}",
            hints=("run the same command again to go on",),
        )


class PropertyUnreadableError(OrchestratorError):
    """A property cannot be sent to a cluster."""

    code = "property-unreadable"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, what: str, *, reason: str) -> None:
        super().__init__(f"{what} cannot be sent to a cluster", why=reason)
