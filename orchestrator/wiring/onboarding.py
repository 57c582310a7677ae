"""The onboarding of one instance: files and policy first, then a plan, then a run under a lease."""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from orchestrator import __version__
from orchestrator.engine import planner, runner
from orchestrator.engine.events import Kind
from orchestrator.engine.journal import (
    Journal,
    Listener,
    new_id,
    read_run,
    run_document,
    write_json,
)
from orchestrator.engine.step import Step
from orchestrator.engine.stop import StopRequest
from orchestrator.errors.lease import LeaseHeldError
from orchestrator.flows import onboard
from orchestrator.flows.subject import Toolbox
from orchestrator.model.change import Plan
from orchestrator.model.report import RunReport
from orchestrator.model.run import Author, Outcome, Run
from orchestrator.policy import Finding, gate_tenant, refuse
from orchestrator.settings import Settings
from orchestrator.tools.clock import SystemClock
from orchestrator.tools.leases import Holder, Lease, Leases
from orchestrator.tools.remembering import RememberingStore
from orchestrator.wiring import case as cases
from orchestrator.wiring import nothing
from orchestrator.wiring.case import Case
from orchestrator.wiring.place import connected
from orchestrator.wiring.toolbox import secret_store, toolbox


@contextmanager
def opened(settings: Settings, slug: str, listener: Listener) -> Iterator[Onboarding]:
    """The onboarding of a tenant's instance. Raises the faults of its files."""
    yield Onboarding(cases.read(settings, slug), listener)


class Onboarding:
    """One instance on its way to live service."""

    def __init__(self, case: Case, listener: Listener) -> None:
        self._case = case
        self._listener = listener
        self._clock = SystemClock()
        self._leases = Leases(case.settings.state / "leases", self._clock)

    @cached_property
    def findings(self) -> Sequence[Finding]:
        """What the policies say of the tenant's file."""
        case = self._case
        today = self._clock.now().date()
        return gate_tenant(case.settings, case.tenant, case.platform, case.release, today=today)

    def refuse_if_held(self) -> None:
        """Raises LeaseHeldError when another run changes the instance now."""
        # Only looked at: to take it would hide which run died while it held it.
        name = self._case.names.lease
        if lease := self._leases.held_by(name):
            raise LeaseHeldError(name, holder=str(lease.holder), run=lease.run, since=lease.since)

    def plan(self, *, offline: bool = False) -> Plan:
        """Look at everything. Raises PolicyRefusedError before anything is looked at."""
        refuse(self.findings)
        if offline:
            return self._planned(nothing.toolbox(self._case))
        folder = self._case.settings.state / "plans" / self._case.names.stack
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._planned(self._tools(folder)[0])

    def carry_out(self, plan: Plan, stop: StopRequest, resume: str | None = None) -> RunReport:
        """Take the lease and run every step that still has something to change."""
        runs = self._case.settings.runs
        run_id = resume or _free(runs)
        with self._leases.hold(self._case.names.lease, run_id, Holder.present()) as lease:
            self._bury(lease, runs)
            folder = runs / run_id
            logs = folder / "tools"
            logs.mkdir(parents=True, exist_ok=True, mode=0o700)
            tools, store = self._tools(logs)
            run = self._run(folder, run_id, resumed=resume is not None)
            journal = Journal.open(folder, run, self._clock, store.masked, self._listener)
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
            steps = onboard.steps(self._case.subject, tools) if plan.changes else []
            acted = runner.carry_out(steps, journal, self._clock, stop)
        return self._report(journal.run, acted)

    def _planned(self, tools: Toolbox) -> Plan:
        steps: list[Step] = onboard.steps(self._case.subject, tools)
        return planner.plan(self._case.names.instance, onboard.VERB, steps)

    def _tools(self, logs: Path) -> tuple[Toolbox, RememberingStore]:
        connection = connected(self._case.settings, self._case.platform)
        store = secret_store(self._case, connection)
        return toolbox(self._case, connection, store, logs), store

    def _run(self, folder: Path, run_id: str, *, resumed: bool) -> Run:
        if resumed:
            return replace(read_run(folder), outcome=Outcome.RUNNING, ended=None, author=_author())
        return Run(
            id=run_id,
            verb=onboard.VERB,
            subject=self._case.names.instance,
            author=_author(),
            started=self._clock.now(),
            versions=self._versions(),
        )

    def _versions(self) -> dict[str, str]:
        from orchestrator.tools.pulumi import VERSION
        from orchestrator.tools.pulumi_plugin import official

        return {
            "orchestrator": __version__,
            "pulumi": VERSION,
            "kubernetes-plugin": "official" if official() else "substitute",
            "ansible-core": version("ansible-core"),
            "decidim": self._case.release.release,
        }

    def _bury(self, lease: Lease, runs: Path) -> None:
        """A run whose process died says so from now on."""
        folder = runs / lease.took_over
        if not lease.took_over or not (folder / "run.json").exists():
            return
        dead = read_run(folder)
        if dead.outcome is Outcome.RUNNING:
            write_json(folder / "run.json", run_document(replace(dead, outcome=Outcome.KILLED)))

    def _report(self, run: Run, acted: int) -> RunReport:
        case = self._case
        invited = case.instance.administrator.email
        secrets = f"`vault kv get -mount=tenants/{case.tenant.slug}/kv decidim/application`"
        authority = f" --cacert {case.connection.authority}" if case.connection else ""
        inbox = f" (taken by {case.connection.mail.inbox})" if case.connection else ""
        return RunReport(
            run,
            acted,
            now_true=f"{case.names.instance} is live at {case.public_url}",
            where=f"curl{authority} {case.public_url}/  (run {run.id} in {case.settings.runs})",
            next=f"sign in by the invitation to {invited}{inbox}; secrets: {secrets}",
        )


def _author() -> Author:
    return Author(getpass.getuser(), socket.gethostname(), os.getpid())


def _free(runs: Path) -> str:
    while True:
        found = new_id()
        if not (runs / found).exists():
            return found
