"""Files as they were: read from the git repository that the project lies in."""

from __future__ import annotations

from pathlib import Path

from orchestrator.errors.repository import RepositoryMissingError, RevisionMissingError
from orchestrator.tools import process

_UNKNOWN = 128  # git's status for whatever it cannot find


def text_at(revision: str, file: Path) -> str:
    """The text of a file at a revision: a commit, a tag, a branch.

    Raises RepositoryMissingError, RevisionMissingError, ToolMissingError.
    """
    folder = file.parent
    within = _git(folder, "rev-parse", "--is-inside-work-tree")
    if within.status:
        reason = within.stderr.strip().partition("\n")[0].removeprefix("fatal: ")
        raise RepositoryMissingError(str(folder), reason=f"git says: {reason}")
    # Resolved first: a word that begins with a dash must never become an option of git's.
    found = _git(
        *(folder, "rev-parse", "--verify", "--quiet", "--end-of-options"),
        f"{revision}^{{commit}}",
    )
    if found.status:
        raise RevisionMissingError(revision)
    shown = _git(folder, "cat-file", "blob", f"{found.stdout.strip()}:./{file.name}")
    if shown.status:
        raise RevisionMissingError(revision, file=file.name)
    return shown.stdout


def _git(folder: Path, *words: str) -> process.Finished:
    return process.run(["git", "-C", str(folder), *words], accept=(0, 1, _UNKNOWN))
