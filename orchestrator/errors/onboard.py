"""Faults of bringing an instance into being."""

from __future__ import annotations

from orchestrator.errors.root import ExitStatus, OrchestratorError


class NamespaceForeignError(OrchestratorError):
    """A namespace of the instance's name exists and is not ours."""

    code = "namespace-foreign"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, namespace: str, *, instance: str, labels: tuple[str, ...]) -> None:
        super().__init__(
            f"namespace {namespace} exists and does not belong to {instance}; it was not touched",
            why="it lacks our labels" if not labels else f"its labels are {', '.join(labels)}",
            hints=(
                f"see what lives there with `kubectl get all -n {namespace}`",
                "choose another slug for the tenant, or have its owner remove it",
            ),
        )


class SecretTooWeakError(OrchestratorError):
    """A secret that the contract needs long and random is too short, or one that many know."""

    code = "secret-too-weak"
    exit_status = ExitStatus.POLICY

    def __init__(self, reference: str, *, fault: str, at_least: int) -> None:
        super().__init__(
            f"{reference} is {fault}",
            why=f"the product's contract asks for {at_least} random bytes or more",
            hints=("remove it when the instance holds no data yet, then run this again",),
        )


class SecretMissingError(OrchestratorError):
    """A secret that only a person can give is not there."""

    code = "secret-missing"
    exit_status = ExitStatus.CREDENTIALS

    def __init__(self, reference: str, *, mount: str) -> None:
        path, _, key = reference.removeprefix("vault:").partition("#")
        super().__init__(
            f"{reference} is named in the tenant file but holds nothing",
            hints=(
                f"write it with `vault kv put -mount=tenants/{mount}/kv {path} {key}=-`",
                "the value is read from standard input: paste it, and end with Ctrl-D",
            ),
        )


class MigrationIncompleteError(OrchestratorError):
    """The migration said it was done and the database says it is not."""

    code = "migration-incomplete"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, instance: str, *, wanted: str, seen: str) -> None:
        super().__init__(
            f"the database of {instance} is at schema {seen or 'none'}, not {wanted}",
            why="the schema is read from the database itself; the job's exit status proves nothing",
            hints=("read the migration's log with `orchestrator run log RUN`",),
        )


class AcceptanceFailedError(OrchestratorError):
    """The instance runs, and does not do everything it should."""

    code = "acceptance-failed"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, instance: str, *, failures: tuple[str, ...], passed: int) -> None:
        total = passed + len(failures)
        super().__init__(
            f"{instance} runs, but {len(failures)} of {total} acceptance checks failed",
            hints=("mend what they name and run the same command again",),
            details=failures,
        )


class ProgramRefusedError(OrchestratorError):
    """The product refuses to give a program a credential, or to take one back."""

    code = "program-refused"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, instance: str, *, why: str) -> None:
        super().__init__(
            f"{instance} does not give its programs the credentials of the tenant file",
            why=why,
            hints=("see that it is in service, then run the same command again",),
            context={"instance": instance},
        )


class IdentityProviderMissingError(OrchestratorError):
    """An instance relies on the platform's identity provider, and the platform has none."""

    code = "identity-provider-missing"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, instance: str) -> None:
        super().__init__(
            f"{instance} names no identity provider, and the platform has none of its own",
            why="without one, whoever opens the sign-in page would be signed in",
            hints=(
                f"name one in the tenant file at `instances.{instance.partition('/')[2]}.login`",
                "on a sandbox, `orchestrator sandbox up` brings its own",
            ),
            context={"instance": instance},
        )
