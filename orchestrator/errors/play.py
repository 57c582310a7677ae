"""Faults of plays: absent, broken, or ended before they could say how."""

from __future__ import annotations

from orchestrator.errors.root import ExitStatus, OrchestratorError


class PlayMissingError(OrchestratorError):
    """No play of that name is in the project, nor among the shipped ones."""

    code = "play-missing"
    exit_status = ExitStatus.NOT_FOUND

    def __init__(self, name: str, *, searched: tuple[str, ...]) -> None:
        super().__init__(
            f"there is no play `{name}`",
            why=f"looked for {name}.yml in {' and '.join(searched)}",
            hints=("see where plays are looked for with `orchestrator config show --origin`",),
            context={"name": name},
        )


class PlayBrokenError(OrchestratorError):
    """`ansible-playbook` ended without having run the play to an end."""

    code = "play-broken"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, name: str, *, status: int, tail: tuple[str, ...], log: str) -> None:
        super().__init__(
            f"the play `{name}` could not be run",
            why=f"ansible-playbook ended with status {status} before the play did",
            hints=(f"read what it said in {log}",),
            details=tail,
            context={"name": name, "status": status, "log": log},
        )


class PlayTimedOutError(OrchestratorError):
    """The play did not end in time and was stopped."""

    code = "play-timed-out"
    exit_status = ExitStatus.TIMED_OUT
    retryable = True

    def __init__(self, name: str, *, seconds: float, task: str, log: str) -> None:
        super().__init__(
            f"the play `{name}` did not end within {seconds:g} s and was stopped",
            why=f"its last task was “{task}”" if task else "it had not begun its first task",
            hints=(
                f"read what it said in {log}",
                "give the same command again: plays are repeatable",
            ),
            context={"name": name, "seconds": seconds, "task": task, "log": log},
        )


class PlayFailedError(OrchestratorError):
    """A task of the bootstrap play failed."""

    code = "play-failed"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, play: str, *, task: str, reason: str) -> None:
        super().__init__(
            f"play {play} failed at task “{task}”",
            why=reason,
            hints=("the play can be run again as it is: it looks before it acts",),
        )
