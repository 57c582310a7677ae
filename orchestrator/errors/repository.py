"""Faults of the project's history: none is kept, or it does not hold what was asked for."""

from __future__ import annotations

from orchestrator.errors.root import ExitStatus, OrchestratorError


class RepositoryMissingError(OrchestratorError):
    """The project does not lie in a git repository that may be read."""

    code = "repository-missing"
    exit_status = ExitStatus.CONFIGURATION

    def __init__(self, root: str, *, reason: str) -> None:
        super().__init__(
            f"the history of {root} cannot be read",
            why=reason,
            hints=(
                "keep the project in git: each tenant file is a reviewed decision",
                "or compare with a file: `orchestrator tenant diff TENANT FILE`",
            ),
            context={"root": root},
        )


class RevisionMissingError(OrchestratorError):
    """The repository has no such revision, or the file did not exist in it."""

    code = "revision-missing"
    exit_status = ExitStatus.NOT_FOUND

    def __init__(self, revision: str, *, file: str = "") -> None:
        what = f"`{file}` does not exist in" if file else "there is no"
        super().__init__(
            f"{what} revision `{revision}`",
            hints=(
                f"see what there is with `git log --oneline -- {file}`"
                if file
                else "see what there is with `git log --oneline`",
            ),
            context={"revision": revision, "file": file},
        )
