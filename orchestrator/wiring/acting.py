"""What every verb that changes something writes into the journal of acts: its begin and its end."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from orchestrator.engine.journal import read_run
from orchestrator.errors.acts import JournalUnwritableError
from orchestrator.errors.engine import RunInterruptedError
from orchestrator.model.act import By, Deed
from orchestrator.model.run import Author, Outcome
from orchestrator.settings import Settings
from orchestrator.tools.acts import FileActs
from orchestrator.tools.clock import SystemClock


def acts(settings: Settings) -> FileActs:
    """The journal of acts of a project."""
    return FileActs(settings.journal, SystemClock())


def present_author() -> Author:
    """Who runs this very process."""
    return Author(getpass.getuser(), socket.gethostname(), os.getpid())


@contextmanager
def acting(
    settings: Settings, verb: str, subject: str, *, plan: str, run: str, about: str = ""
) -> Iterator[None]:
    """Write that a run begins, let the block act, and write how it ended, whatever ends it.

    `plan` is the plan's digest, or empty; `about` that of the person it is about, if any. The run's
    own record tells the outcome where it has one, else whether the block raised. Nothing acts
    unless its begin is on the disk: raises JournalUnwritableError.
    """
    author = By.of(present_author())
    try:
        acts(settings).record(
            Deed(verb, subject, author, settings.instruction, plan, run, about=about)
        )
        yield
    except BaseException as fault:
        stopped = isinstance(fault, RunInterruptedError | KeyboardInterrupt)
        outcome = Outcome.INTERRUPTED if stopped else Outcome.FAILED
        # What ended the run counts more; `journal verify` names a run whose end is missing.
        with suppress(JournalUnwritableError):
            acts(settings).close(run, _recorded(settings, run) or outcome, author)
        raise
    acts(settings).close(run, _recorded(settings, run) or Outcome.DONE, author)


def bury(settings: Settings, dead: str, heir: str) -> None:
    """Write that a run has ended whose process died, as the run found that takes its place."""
    outcome = _recorded(settings, dead) or Outcome.KILLED
    note = f"written by run {heir}, which found it dead"
    acts(settings).close(dead, outcome, By.of(present_author()), note)


def _recorded(settings: Settings, run: str) -> Outcome | None:
    """How a run's own record says that it ended, if it does."""
    folder = settings.runs / run
    if not (folder / "run.json").exists():
        return None
    outcome = read_run(folder).outcome
    return None if outcome is Outcome.RUNNING else outcome
