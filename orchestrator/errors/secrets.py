"""Faults of the secrets server: sealed, out of reach, refusing, or not as we left it."""

from __future__ import annotations

from orchestrator.errors.root import ExitStatus, OrchestratorError


class SecretsSealedError(OrchestratorError):
    """The server runs but cannot read its own storage until it is unsealed."""

    code = "secrets-sealed"
    exit_status = ExitStatus.OUTSIDE
    retryable = True

    def __init__(self, address: str, *, initialised: bool = True) -> None:
        state = "sealed" if initialised else "not initialised"
        super().__init__(
            f"the secrets server at {address} is {state}",
            why="it restarted, or somebody sealed it; nothing was read or written",
            hints=(
                "in a sandbox, unseal it with `orchestrator sandbox up`",
                "elsewhere, ask the keepers of the unseal keys to run `vault operator unseal`",
            ),
            context={"address": address, "initialised": initialised},
        )


class SecretsUnreachableError(OrchestratorError):
    """Nobody answers at the server's address, or not as a secrets server would."""

    code = "secrets-unreachable"
    exit_status = ExitStatus.OUTSIDE
    retryable = True

    def __init__(self, address: str, *, reason: str) -> None:
        super().__init__(
            f"the secrets server at {address} cannot be reached",
            why=reason,
            hints=(
                "see whether it runs with `orchestrator sandbox status` or `orchestrator doctor`",
                "then give the same command again",
            ),
            context={"address": address, "reason": reason},
        )


class SecretsDeniedError(OrchestratorError):
    """The token may not do what was asked, at the path that is named."""

    code = "secrets-denied"
    exit_status = ExitStatus.CREDENTIALS

    def __init__(self, path: str, *, action: str, token_valid: bool = True) -> None:
        seen = (
            "the token is valid, but none of its policies allows this"
            if token_valid
            else "the token is unknown to the server, or has expired"
        )
        super().__init__(
            f"the secrets server refuses to {action} `{path}`",
            why=seen,
            hints=(
                "see what the token may do with `vault token lookup`",
                f"see what it may do there with `vault token capabilities {path}`",
            ),
            context={"path": path, "action": action, "token_valid": token_valid},
        )


class SecretsTokenMissingError(OrchestratorError):
    """The file that should hold the operator's token holds none."""

    code = "secrets-token-missing"
    exit_status = ExitStatus.CREDENTIALS

    def __init__(self, file: str, *, reason: str) -> None:
        super().__init__(
            f"there is no token for the secrets server in {file}",
            why=reason,
            hints=(
                "in a sandbox, make it anew with `orchestrator sandbox up`",
                f"elsewhere, log in with `vault login -no-store -token-only … > {file}`",
            ),
            context={"file": file},
        )


class SecretChangedError(OrchestratorError):
    """Somebody wrote the secret between our reading and our writing."""

    code = "secret-changed"
    retryable = True

    def __init__(self, path: str, *, expected: int) -> None:
        super().__init__(
            f"the secret `{path}` was changed by somebody else meanwhile",
            why=f"version {expected} was read, and it is not the newest any more",
            hints=("give the same command again: it reads the new version first",),
            context={"path": path, "expected": expected},
        )


class SecretDeletedError(OrchestratorError):
    """The newest version was deleted; making a new value would lose what it protects."""

    code = "secret-deleted"

    def __init__(self, mount: str, path: str, *, version: int, destroyed: bool) -> None:
        what = "destroyed" if destroyed else "deleted"
        way_back = (
            f"put the value back from a copy with `vault kv put -mount={mount} -cas={version} "
            f"{path} @FILE`"
            if destroyed
            else f"bring it back with `vault kv undelete -mount={mount} -versions={version} {path}`"
        )
        super().__init__(
            f"the newest version of the secret `{mount}/{path}` was {what}",
            why="a new value would not open what the old one closed, so none is made",
            hints=(way_back,),
            context={"mount": mount, "path": path, "version": version, "destroyed": destroyed},
        )


class SecretsMountError(OrchestratorError):
    """A mount of the tenant's name is there, but it is not what we would have made.

    `table` is where the server lists it: `auth` for a way to sign in.
    """

    code = "secrets-mount-not-ours"

    def __init__(self, mount: str, *, expected: str, found: str, table: str = "mounts") -> None:
        super().__init__(
            f"the mount `{mount}` is not {expected}",
            why=f"it is {found}; it was left untouched",
            hints=(f"look at it with `vault read sys/{table}/{mount}`",),
            context={"mount": mount, "expected": expected, "found": found},
        )


class SecretsRequestError(OrchestratorError):
    """The server understood who we are, but not, or not now, what we asked."""

    code = "secrets-request-refused"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, path: str, *, action: str, reason: str) -> None:
        super().__init__(
            f"the secrets server could not {action} `{path}`",
            why=reason,
            hints=("see its own log, and `orchestrator doctor`",),
            context={"path": path, "action": action, "reason": reason},
        )
