"""One run of a verb on instances: under their leases, journalled, and with a last word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from orchestrator import __version__
from orchestrator.engine import fan_out
from orchestrator.engine.events import Kind, Listener
from orchestrator.engine.fan_out import Work
from orchestrator.engine.journal import (
    Journal,
    Mask,
    new_id,
    read_run,
    run_document,
    write_json,
)
from orchestrator.engine.stop import StopRequest
from orchestrator.engine.stopwatch import Stopwatch
from orchestrator.model.change import Plan
from orchestrator.model.report import RunReport
from orchestrator.model.run import Outcome, Run
from orchestrator.tools.clock import SystemClock
from orchestrator.tools.leases import Holder, Lease, Leases
from orchestrator.wiring.acting import acting, bury, present_author
from orchestrator.wiring.case import Case
from orchestrator.wiring.recipe import Recipe
from orchestrator.wiring.timed import timed
from orchestrator.wiring.toolbox import tools_of


def leases(case: Case) -> Leases:
    """Where it stands who changes which instance now."""
    return Leases(case.settings.state / "leases", SystemClock())


def carry_out(
    cases: Sequence[Case],
    recipe: Recipe,
    plan: Plan,
    stop: StopRequest,
    listener: Listener,
    resume: str | None,
) -> RunReport:
    """Take the leases and run every step that still has something to change."""
    clock = SystemClock()
    settings = cases[0].settings
    runs = settings.runs
    run_id = resume or _free(runs)
    with ExitStack() as held:
        # In one order whoever asks, so that two runs never wait for each other.
        taken = [
            held.enter_context(leases(case).hold(case.names.lease, run_id, Holder.present()))
            for case in sorted(cases, key=lambda case: case.names.lease)
        ]
        for lease in taken:
            _bury(lease, runs)
            if lease.took_over:
                bury(settings, lease.took_over, run_id)
        folder = runs / run_id
        work, masks = [], []
        for case in cases:
            one, mask = _work(case, recipe, plan, _logs(folder, case, cases))
            work.append(one)
            masks.append(mask)
        run = _resumed(folder) if resume else _new(cases, recipe, run_id)
        about = {"plan": plan.digest, "run": run.id, "about": recipe.about}
        with acting(settings, run.verb, run.subject, **about):
            journal = Journal.open(folder, run, clock, _all(masks), listener)
            journal.save_plan(plan)
            journal.record(
                Kind.RUN_STARTED,
                run=run.id,
                verb=run.verb,
                subject=run.subject,
                author=str(run.author),
                fence=taken[0].fence if len(taken) == 1 else _fences(taken),
            )
            acted = fan_out.carry_out_all(work, journal, clock, stop).total
    return _report(cases, recipe, journal.run, acted)


def _work(case: Case, recipe: Recipe, plan: Plan, logs: Path) -> tuple[Work, Mask]:
    """What one instance has to go through, and what hides its secrets."""
    tools, store = tools_of(case, logs)
    watch = Stopwatch(SystemClock())
    # What was looked at a moment ago and holds needs no second look.
    left = plan.of(case.names.instance)
    steps = recipe.steps(case, timed(tools, watch)) if left else []
    after = () if recipe.at_once else case.needs
    return Work(case.names.instance, steps, watch.lap, after), store.masked


def _logs(folder: Path, case: Case, cases: Sequence[Case]) -> Path:
    """Where tools write about an instance: a folder of its own where there are several."""
    logs = folder / "tools" if len(cases) == 1 else folder / "tools" / case.names.product
    logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    return logs


def _all(masks: Sequence[Mask]) -> Mask:
    """Every instance's secrets are hidden in what is said of any."""

    def masked(text: str) -> str:
        for mask in masks:
            text = mask(text)
        return text

    return masked


def _fences(taken: Sequence[Lease]) -> Mapping[str, float]:
    return {lease.name: lease.fence for lease in taken}


def _resumed(folder: Path) -> Run:
    return replace(read_run(folder), outcome=Outcome.RUNNING, ended=None, author=present_author())


def _new(cases: Sequence[Case], recipe: Recipe, run_id: str) -> Run:
    only = cases[0].names.instance if len(cases) == 1 else cases[0].tenant.slug
    return Run(
        id=run_id,
        verb=recipe.verb,
        subject=only,
        author=present_author(),
        started=SystemClock().now(),
        versions=_versions(cases),
        options=dict(recipe.options),
    )


def _versions(cases: Sequence[Case]) -> dict[str, str]:
    from orchestrator.tools.pulumi import VERSION
    from orchestrator.tools.pulumi_plugin import official

    return {
        "orchestrator": __version__,
        "pulumi": VERSION,
        "kubernetes-plugin": "official" if official() else "substitute",
        "ansible-core": version("ansible-core"),
        **{case.names.product: case.release.release for case in cases},
    }


def _bury(lease: Lease, runs: Path) -> None:
    """A run whose process died says so from now on."""
    folder = runs / lease.took_over
    if not lease.took_over or not (folder / "run.json").exists():
        return
    dead = read_run(folder)
    if dead.outcome is Outcome.RUNNING:
        write_json(folder / "run.json", run_document(replace(dead, outcome=Outcome.KILLED)))


def _report(cases: Sequence[Case], recipe: Recipe, run: Run, acted: int) -> RunReport:
    """The last word, a line an instance."""
    told = recipe.told(cases)
    where = f"{told.where}  (run {run.id} in {cases[0].settings.runs})"
    return RunReport(run, acted, now_true=told.now_true, where=where, next=told.next)


def _free(runs: Path) -> str:
    while True:
        found = new_id()
        if not (runs / found).exists():
            return found
