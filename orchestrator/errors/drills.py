"""Faults of restore drills and of the records they leave."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.errors.root import ExitStatus, OrchestratorError


class DrillRedError(OrchestratorError):
    """Some drills did not prove that their instance can be brought back."""

    code = "drill-red"
    exit_status = ExitStatus.OUTSIDE

    def __init__(self, red: Sequence[str], *, tried: int, details: Sequence[str]) -> None:
        named = ", ".join(red)
        super().__init__(
            f"{named} {'was' if len(red) == 1 else 'were'} not proven; "
            f"{tried - len(red)} of {tried} drills held",
            why="a drill is green when every promise held and nothing of its copy is left",
            details=tuple(details),
            hints=(
                "delete nothing, and find the cause before the next night",
                "see all of them with `orchestrator drill list`",
            ),
            context={"red": named, "tried": tried},
        )


class DrillsStoppedError(OrchestratorError):
    """Somebody asked the drills to stop; a drill that is half done proves nothing."""

    code = "drills-stopped"
    exit_status = ExitStatus.INTERRUPTED

    def __init__(self, *, done: int, asked: int, at_once: bool = False) -> None:
        copy = "may be left: it holds real data" if at_once else "is removed"
        super().__init__(
            f"the drills were stopped; {done} of {asked} were carried out",
            why=f"a drill that was begun and not ended is not recorded, and its copy {copy}",
            hints=(
                "begin again with the same command",
                "see that no copy is left with `orchestrator copy list`",
            ),
            context={"done": done, "asked": asked},
        )


class DrillNotResumedError(OrchestratorError):
    """The run of a drill is asked to go on; half a drill proves nothing."""

    code = "drill-not-resumed"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, run: str, *, instance: str) -> None:
        super().__init__(
            f"run {run} is of a drill, and drills are not resumed",
            why="what is proven is that an instance is brought back in one go",
            hints=(
                f"drill anew with `orchestrator drill run {instance}`",
                "see that no copy is left with `orchestrator copy list`",
            ),
            context={"run": run, "instance": instance},
        )


class DrillUnknownError(OrchestratorError):
    """No record of that drill is kept here."""

    code = "drill-unknown"
    exit_status = ExitStatus.NOT_FOUND

    def __init__(self, drill: str, *, nearest: str = "") -> None:
        hints = (f"did you mean `{nearest}`?",) if nearest else ()
        super().__init__(
            f"no record of drill `{drill}` is kept here",
            hints=(*hints, "see what is kept with `orchestrator drill verify`"),
            context={"drill": drill},
        )


class DrillUntrustedError(OrchestratorError):
    """Files are not what a drill left and signed."""

    code = "drill-untrusted"

    def __init__(self, files: Sequence[str], *, tried: int) -> None:
        super().__init__(
            f"{len(files)} of {tried} files "
            f"{'is not a record' if len(files) == 1 else 'are not records'} as a drill signed it",
            why="what is changed or foreign proves nothing, whatever it says",
            details=tuple(files),
            hints=(
                "keep the files as they are, and find out who wrote them",
                "make sure that the keys are those of the tenant: `orchestrator drill keys TENANT`",
            ),
            context={"untrusted": len(files), "tried": tried},
        )


class PublicKeysUnreadableError(OrchestratorError):
    """The file given with `--keys` holds no public keys."""

    code = "public-keys-unreadable"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, file: str, *, reason: str) -> None:
        super().__init__(
            f"{file} holds no public keys",
            why=reason,
            hints=("write one with `orchestrator drill keys TENANT > FILE`",),
            context={"file": file, "reason": reason},
        )


class RecordsUnreadableError(OrchestratorError):
    """A record of a drill, or the folder of them, cannot be read."""

    code = "records-unreadable"

    def __init__(self, file: str, *, reason: str) -> None:
        super().__init__(
            f"records of drills cannot be read: {file}",
            why=reason,
            hints=("correct the file's owner or mode, or name a copy that you can read",),
            context={"file": file, "reason": reason},
        )
