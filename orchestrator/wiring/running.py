"""One run of an instance's onboarding: under its lease, journalled, and with a last word."""

from __future__ import annotations

import getpass
import os
import socket
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from orchestrator import __version__
from orchestrator.engine import runner
from orchestrator.engine.events import Kind, Listener
from orchestrator.engine.journal import (
    Journal,
    new_id,
    read_run,
    run_document,
    write_json,
)
from orchestrator.engine.stop import StopRequest
from orchestrator.engine.stopwatch import Stopwatch
from orchestrator.flows import onboard
from orchestrator.model.change import Plan
from orchestrator.model.report import RunReport
from orchestrator.model.run import Author, Outcome, Run
from orchestrator.tools.clock import SystemClock
from orchestrator.tools.leases import Holder, Lease, Leases
from orchestrator.wiring.case import Case
from orchestrator.wiring.timed import timed
from orchestrator.wiring.toolbox import tools_of


def leases(case: Case) -> Leases:
    """Where it stands who changes which instance now."""
    return Leases(case.settings.state / "leases", SystemClock())


def carry_out(
    case: Case, plan: Plan, stop: StopRequest, listener: Listener, resume: str | None
) -> RunReport:
    """Take the lease and run every step that still has something to change."""
    clock = SystemClock()
    runs = case.settings.runs
    run_id = resume or _free(runs)
    with leases(case).hold(case.names.lease, run_id, Holder.present()) as lease:
        _bury(lease, runs)
        folder = runs / run_id
        logs = folder / "tools"
        logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        tools, store = tools_of(case, logs)
        watch = Stopwatch(clock)
        run = _resumed(folder) if resume else _new(case, run_id)
        journal = Journal.open(folder, run, clock, store.masked, listener)
        journal.save_plan(plan)
        journal.record(
            Kind.RUN_STARTED,
            run=run.id,
            verb=run.verb,
            subject=run.subject,
            author=str(run.author),
            fence=lease.fence,
        )
        # What was looked at a moment ago and holds needs no second look.
        steps = onboard.steps(case.subject, timed(tools, watch)) if plan.changes else []
        acted = runner.carry_out(steps, journal, clock, stop, watch.lap)
    return _report(case, journal.run, acted)


def _resumed(folder: Path) -> Run:
    return replace(read_run(folder), outcome=Outcome.RUNNING, ended=None, author=_author())


def _new(case: Case, run_id: str) -> Run:
    return Run(
        id=run_id,
        verb=onboard.VERB,
        subject=case.names.instance,
        author=_author(),
        started=SystemClock().now(),
        versions=_versions(case),
    )


def _versions(case: Case) -> dict[str, str]:
    from orchestrator.tools.pulumi import VERSION
    from orchestrator.tools.pulumi_plugin import official

    return {
        "orchestrator": __version__,
        "pulumi": VERSION,
        "kubernetes-plugin": "official" if official() else "substitute",
        "ansible-core": version("ansible-core"),
        case.names.product: case.release.release,
    }


def _bury(lease: Lease, runs: Path) -> None:
    """A run whose process died says so from now on."""
    folder = runs / lease.took_over
    if not lease.took_over or not (folder / "run.json").exists():
        return
    dead = read_run(folder)
    if dead.outcome is Outcome.RUNNING:
        write_json(folder / "run.json", run_document(replace(dead, outcome=Outcome.KILLED)))


def _report(case: Case, run: Run, acted: int) -> RunReport:
    first = case.product.secrets(case.instance)[0].path
    secrets = f"`vault kv get -mount=tenants/{case.tenant.slug}/kv {first}`"
    authority = f" --cacert {case.connection.authority}" if case.connection else ""
    inbox = f" (taken by {case.connection.mail.inbox})" if case.connection else ""
    return RunReport(
        run,
        acted,
        now_true=f"{case.names.instance} is live at {case.public_url}",
        where=f"curl{authority} {case.public_url}/  (run {run.id} in {case.settings.runs})",
        next=f"{case.product.next_step(case.subject)}{inbox}; secrets: {secrets}",
    )


def _author() -> Author:
    return Author(getpass.getuser(), socket.gethostname(), os.getpid())


def _free(runs: Path) -> str:
    while True:
        found = new_id()
        if not (runs / found).exists():
            return found
