"""Faults of erasing a person, and of the ledger that keeps them from coming back."""

from __future__ import annotations

from orchestrator.errors.root import ExitStatus, OrchestratorError

_WHO = "people are named by what the product calls their account by, never by name or address"


class ErasureImpossibleError(OrchestratorError):
    """Nobody can be erased there by this version."""

    code = "erasure-impossible"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, instance: str, *, reason: str, instead: str) -> None:
        super().__init__(
            f"nobody can be erased like that in {instance}: {reason}",
            why="who is not in the ledger of erasures would come back with a restoration",
            hints=(instead,),
        )


class ErasuresBrokenError(OrchestratorError):
    """The ledger of erasures is not whole, or not believed."""

    code = "erasures-broken"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, instance: str, *, faults: tuple[str, ...]) -> None:
        super().__init__(
            f"the ledger of erasures of {instance} is not believed; nothing was changed",
            why="an entry that is left out would bring somebody back who was erased",
            details=faults,
            hints=(
                "bring the entry's own version back in the bucket of backups: it is kept there",
                f"see whether it is whole then with `orchestrator erasure list {instance}`",
            ),
        )


class PersonNotOpaqueError(OrchestratorError):
    """Somebody was named by something else than the product's own number."""

    code = "person-not-opaque"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, instance: str, *, form: str) -> None:
        # What was given is not repeated: it may be somebody's name or address.
        super().__init__(
            f"that is not what {instance} calls a person's account by",
            why=f"{_WHO}: here it is {form}",
            hints=(f"see how to find it with `orchestrator explain {self.code}`",),
        )


class PersonUnknownError(OrchestratorError):
    """There is no account of that number, and the ledger names none."""

    code = "person-unknown"
    exit_status = ExitStatus.NOT_FOUND

    def __init__(self, instance: str, *, person: str) -> None:
        super().__init__(
            f"{instance} has no account {person}, and nobody was erased by that number",
            why=_WHO,
            hints=(f"see who was erased with `orchestrator erasure list {instance}`",),
        )


class PersonNotGoneError(OrchestratorError):
    """Something that tells of an erased person is still there."""

    code = "person-not-gone"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, instance: str, *, left: tuple[str, ...]) -> None:
        super().__init__(
            f"what tells of people who were erased is still in {instance}",
            why="the product did not do it, or said that it had and its rows say otherwise",
            details=left,
            hints=(
                "run the same command again, or `orchestrator run resume RUN`",
                "a site that is being brought back stays shut until they are gone",
            ),
        )
