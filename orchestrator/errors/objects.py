"""Faults of the object store: away, out of breath, refusing, or not what it claims to be."""

from __future__ import annotations

from orchestrator.errors.root import ExitStatus, OrchestratorError


class StoreUnreachableError(OrchestratorError):
    """Nobody answers at the object store's address."""

    code = "store-unreachable"
    exit_status = ExitStatus.OUTSIDE
    retryable = True

    def __init__(self, endpoint: str, *, reason: str) -> None:
        super().__init__(
            f"the object store at {endpoint} cannot be reached",
            why=reason,
            hints=(
                "see whether it runs with `orchestrator sandbox status` or `orchestrator doctor`",
                "then give the same command again",
            ),
            context={"endpoint": endpoint, "reason": reason},
        )


class StoreUnavailableError(OrchestratorError):
    """The object store answers that it cannot answer now."""

    code = "store-unavailable"
    exit_status = ExitStatus.OUTSIDE
    retryable = True

    def __init__(self, action: str, target: str, *, status: int, attempts: int) -> None:
        super().__init__(
            f"the object store could not {action} `{target}` now",
            why=f"it answered {status} to each of {attempts} attempts",
            hints=("wait a minute and give the same command again",),
            context={"action": action, "target": target, "status": status, "attempts": attempts},
        )


class StoreDeniedError(OrchestratorError):
    """The object store refuses the operator's key."""

    code = "store-denied"
    exit_status = ExitStatus.CREDENTIALS

    def __init__(self, action: str, target: str, *, reason: str) -> None:
        super().__init__(
            f"the object store refuses to {action} `{target}`",
            why=reason,
            hints=(
                "check the operator's key in the platform's credentials file",
                "see what the store allows with `orchestrator doctor`",
            ),
            context={"action": action, "target": target, "reason": reason},
        )


class StoreCredentialsError(OrchestratorError):
    """The file that should hold the operator's key holds none."""

    code = "store-credentials-missing"
    exit_status = ExitStatus.CREDENTIALS

    def __init__(self, file: str, *, reason: str) -> None:
        super().__init__(
            f"there is no key for the object store in {file}",
            why=reason,
            hints=(
                "in a sandbox, make it anew with `orchestrator sandbox up`",
                "elsewhere, write a JSON file with access_key and secret_key, mode 0600",
            ),
            context={"file": file},
        )


class BucketTakenError(OrchestratorError):
    """A bucket of that name belongs to somebody else."""

    code = "bucket-taken"

    def __init__(self, bucket: str) -> None:
        super().__init__(
            f"the bucket `{bucket}` belongs to another account",
            why="the store knows the name, but refuses our key; it was left untouched",
            hints=("choose another short name for the tenant, or another region",),
            context={"bucket": bucket},
        )


class StoreLacksError(OrchestratorError):
    """The object store does not do what the product needs, whatever its documents say."""

    code = "store-lacks"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, capability: str, *, endpoint: str, seen: str) -> None:
        super().__init__(
            f"the object store at {endpoint} does not offer {capability}",
            why=seen,
            hints=("choose another object store in the platform file",),
            context={"capability": capability, "endpoint": endpoint, "seen": seen},
        )


class StoreRequestError(OrchestratorError):
    """The object store answered with a fault that we do not know."""

    code = "store-request-refused"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, action: str, target: str, *, fault: str, reason: str) -> None:
        super().__init__(
            f"the object store could not {action} `{target}`",
            why=f"it answered {fault}: {reason}",
            hints=("see what the store can do with `orchestrator doctor`",),
            context={"action": action, "target": target, "fault": fault},
        )


class ObjectTooLargeError(OrchestratorError):
    """An object is larger than the store copies in one piece."""

    code = "object-too-large"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, bucket: str, key: str, *, size: int, at_most: int) -> None:
        super().__init__(
            f"`{key}` of the bucket `{bucket}` is too large to be copied inside the object store",
            why=f"it has {size:,} bytes, and the store copies {at_most:,} at most in one request",
            hints=(
                "copy this one with a tool that copies in parts, such as rclone",
                "then give the same command again: what is right already is left alone",
            ),
            context={"bucket": bucket, "key": key, "size": size, "at_most": at_most},
        )
