"""`orchestrator run`: what was done, by whom, how it ended, and going on with it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

import click

from orchestrator.cli import carry, options
from orchestrator.cli.session import Session
from orchestrator.cli.shape import Group
from orchestrator.errors.engine import RunFinishedError, RunUnknownError

if TYPE_CHECKING:
    from orchestrator.engine.events import Event
    from orchestrator.model.run import Run

_POLL_S = 0.5


@click.group("run", cls=Group)
def run() -> None:
    r"""List, show, follow and resume runs.

    \b
    Examples:
      orchestrator run list
      orchestrator run log 7f3c91 --follow
    """


@run.command("list")
@options.tenant_argument(required=False)
@click.pass_obj
def list_(session: Session, tenant: str | None) -> None:
    r"""List runs, the newest first; with TENANT, those about it.

    \b
    Examples:
      orchestrator run list
      orchestrator run list saint-martin --json
    """
    from orchestrator.engine.journal import read_runs, run_document
    from orchestrator.ui.durations import moment
    from orchestrator.ui.tables import table

    folder = session.settings.runs
    found = read_runs(folder) if folder.is_dir() else []
    wanted = [one for one in found if not tenant or one.subject.partition("/")[0] == tenant]
    if session.json:
        runs = [run_document(one) for one in wanted]
        session.console.document({"format": "orchestrator/runs/v1", "runs": runs})
        return
    if not wanted:
        session.console.say("No run is recorded here yet.")
        return
    rows = [
        (one.id, one.verb, one.subject, one.outcome, moment(one.started), one.author.user)
        for one in wanted
    ]
    table(session.console, ("run", "verb", "subject", "outcome", "started", "by"), rows)


@run.command("show")
@options.run_argument
@click.pass_obj
def show(session: Session, run_id: str) -> None:
    r"""Show who started a RUN, when, with what, how it ended and what it planned.

    \b
    Examples:
      orchestrator run show 7f3c91
      orchestrator run show 7f3c91 --json
    """
    from orchestrator.engine.journal import instances_of, read_events, run_document
    from orchestrator.engine.stopwatch import WAITED, waits
    from orchestrator.ui.durations import moment, spoken
    from orchestrator.ui.tables import details

    folder, one = _found(session, run_id)
    events = list(read_events(folder))
    waited, instances = waits(events), instances_of(events)
    if session.json:
        more = {"instances": instances} if instances else {}
        session.console.document({**run_document(one), WAITED: waited, **more})
        return
    took = spoken((one.ended - one.started).total_seconds()) if one.ended else "-"
    versions = ", ".join(f"{name} {version}" for name, version in sorted(one.versions.items()))
    pairs = [
        ("run", one.id),
        ("verb", one.verb),
        ("subject", one.subject),
        ("outcome", one.outcome),
        *instances.items(),
        ("started", moment(one.started)),
        ("took", took),
        ("waiting for", ", ".join(f"{whom} {spoken(s)}" for whom, s in waited.items()) or "-"),
        ("by", str(one.author)),
        ("with", versions),
        ("folder", str(folder)),
    ]
    details(session.console, pairs)


@run.command("log")
@options.run_argument
@click.option("--follow", "-f", is_flag=True, help="Go on until the run has ended.")
@click.pass_obj
def log(session: Session, run_id: str, *, follow: bool) -> None:
    r"""Show what happened during a RUN, step by step.

    \b
    Examples:
      orchestrator run log 7f3c91
      orchestrator run log 7f3c91 --follow --json
    """
    from orchestrator.engine.events import FORMAT
    from orchestrator.ui import log_view

    folder, _ = _found(session, run_id)
    if session.json:
        session.console.line({"type": "version", "format": FORMAT})
    for event in _events(folder, follow=follow):
        log_view.show(session.console, event)


@run.command("resume")
@options.run_argument
@options.mutating
@click.pass_obj
def resume(session: Session, run_id: str, *, mutation: options.Mutation) -> None:
    r"""Go on with a RUN that failed, is partly done, was stopped or was killed.

    \b
    Examples:
      orchestrator run resume 7f3c91
      orchestrator run resume 7f3c91 --yes
    """
    from orchestrator import wiring
    from orchestrator.model.run import Outcome
    from orchestrator.ui import findings_view, progress

    _, one = _found(session, run_id)
    if one.outcome in (Outcome.DONE, Outcome.ALREADY_SO):
        raise RunFinishedError(run_id, outcome=one.outcome)
    with progress.listening(session.console) as listener:
        witness = carry.Witness(listener)
        undertaking = wiring.reopen(session.settings, one, witness)
        findings_view.show(session.console, undertaking.findings)
        carry.carry_out(session, undertaking, mutation, witness, resume=run_id)


def _found(session: Session, run_id: str) -> tuple[Path, Run]:
    from orchestrator.engine.journal import read_run

    runs = session.settings.runs
    names = {path.parent.name: path.parent for path in runs.glob("*/run.json")}
    if run_id not in names:
        nearest = next(iter(get_close_matches(run_id, names, n=1)), "")
        raise RunUnknownError(run_id, nearest=nearest)
    return names[run_id], read_run(names[run_id])


def _events(folder: Path, *, follow: bool) -> Iterator[Event]:
    from orchestrator.engine.events import Kind
    from orchestrator.engine.journal import read_events

    shown = 0
    while True:
        for number, event in enumerate(read_events(folder)):
            if number < shown:
                continue
            shown = number + 1
            yield event
            if event.kind is Kind.RUN_ENDED:
                follow = False
        if not follow:
            return
        time.sleep(_POLL_S)
