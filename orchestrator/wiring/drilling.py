"""Drills as the command line asks for them: which instances, one after another, what they prove."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from orchestrator import __version__
from orchestrator.config import load_all, load_tenant
from orchestrator.engine.crew import Crew
from orchestrator.engine.events import Event
from orchestrator.engine.journal import read_runs
from orchestrator.errors.drills import DrillsStoppedError
from orchestrator.errors.engine import RunInterruptedError
from orchestrator.errors.root import OrchestratorError
from orchestrator.model.drill import DrillRecord, Verdict
from orchestrator.model.run import Outcome, Run
from orchestrator.recovery import calendar, evidence
from orchestrator.recovery.calendar import Candidate
from orchestrator.recovery.evidence import Evidence, Line, parsed
from orchestrator.tools.clock import SystemClock
from orchestrator.wiring import backups, proofs
from orchestrator.wiring import case as cases
from orchestrator.wiring.case import Case

if TYPE_CHECKING:
    from orchestrator.engine.events import Listener
    from orchestrator.engine.stop import StopRequest
    from orchestrator.report.drills import DrillReport
    from orchestrator.settings import Settings

_LISTENING = threading.Lock()
_BEGINS = frozenset({"onboard", "backup"})
_ENDED_WELL = frozenset({Outcome.DONE, Outcome.ALREADY_SO})


@dataclass(frozen=True)
class Choice:
    """Which instances to drill: those named, or all; with `due`, what of them is chosen tonight."""

    subjects: tuple[str, ...] = ()
    due: bool = False


@dataclass(frozen=True)
class Drilled:
    """What came of one instance; `record` is None when nothing could be tried, and `why` says so.

    `advice` is the command that may help then, or empty.
    """

    instance: str
    record: DrillRecord | None
    why: str = ""
    advice: str = ""

    @property
    def green(self) -> bool:
        """Whether it was proven."""
        return self.record is not None and self.record.verdict is Verdict.GREEN


def chosen(settings: Settings, choice: Choice) -> tuple[Case, ...]:
    """The instances to drill. Raises BackupImpossibleError for a named one without backups."""
    if not choice.subjects:
        wanted = tuple(case for case in _all(settings) if _served(case) and _there(case))
    else:
        wanted = tuple(_named(settings, choice.subjects).values())
    if not choice.due:
        return wanted
    by_name = {case.names.instance: case for case in wanted if _served(case)}
    lines = _lines(settings, list(by_name.values()))
    today = SystemClock().now().date()
    tonight = calendar.portion((line.candidate for line in lines), today)
    return tuple(by_name[one.instance] for one in tonight)


def carried_out(
    wanted: Sequence[Case],
    listener: Listener,
    stop: StopRequest,
    say: Callable[[str], None],
    at_once: int = 1,
) -> Iterator[Drilled]:
    """Drill so many at once, told as they end; what cannot be drilled does not stop the others.

    Raises DrillsStoppedError when a stop was asked for, once those that were begun have ended.
    """
    from orchestrator.wiring.drills import Drill

    left = list(enumerate(wanted, 1))
    running: set[str] = set()
    done = 0
    interrupted: BaseException | None = None
    with Crew[DrillRecord](stop) as crew:
        while left or running:
            while left and len(running) < at_once and not stop.requested and not interrupted:
                number, case = left.pop(0)
                name = case.names.instance
                say(f"drill {number} of {len(wanted)}: {name}")
                one = Drill(case, _told_of(name, listener) if at_once > 1 else listener, stop)
                crew.begin(name, one.carried_out)
                running.add(name)
            if not running:
                break
            name = crew.next()
            running.remove(name)
            fault = crew.faults.get(name)
            if isinstance(fault, RunInterruptedError):
                interrupted = fault
                continue
            if fault is not None and not isinstance(fault, OrchestratorError):
                raise fault
            done += 1
            why = (fault.message, _first(fault.hints)) if fault else ("", "")
            yield Drilled(name, crew.results.get(name), *why)
    if left or interrupted:
        raise DrillsStoppedError(done=done, asked=len(wanted)) from interrupted


def _told_of(name: str, listener: Listener) -> Listener:
    """The same listener, which hears whose event it is, from several threads one by one."""

    def listen(event: Event) -> None:
        with _LISTENING:
            listener(replace(event, instance=name))

    return listen


def lines(settings: Settings, slug: str | None) -> tuple[Line, ...]:
    """How every instance that is backed up stands with its drills, by name."""
    return _lines(settings, _all(settings, slug))


def report(settings: Settings, slug: str | None) -> DrillReport:
    """What is proven of a tenant's instances, or of everybody's, as of now."""
    from orchestrator.report.drills import DrillReport

    found = _all(settings, slug)
    told = proofs.gathered(settings, lambda name: slug in (None, name.tenant))
    if slug:  # a file whose name is none of ours is of no tenant
        own = tuple(file for file in told.foreign if (name := parsed(file)) and name.tenant == slug)
        told = replace(told, foreign=own)
    lines = _standing(settings, found, told)
    return DrillReport(SystemClock().now(), __version__, lines, told)


def _lines(settings: Settings, found: Sequence[Case]) -> tuple[Line, ...]:
    names = {case.names.instance for case in found}
    return _standing(settings, found, proofs.gathered(settings, lambda one: one.instance in names))


def _standing(settings: Settings, found: Sequence[Case], told: Evidence) -> tuple[Line, ...]:
    runs = read_runs(settings.runs) if settings.runs.is_dir() else []
    known = [_candidate(case, runs) for case in found]
    return evidence.lines(known, told.records, SystemClock().now().date())


def _candidate(case: Case, runs: Sequence[Run]) -> Candidate:
    """As its file promises; it has had backups since the first run that leaves a point."""
    names = (case.names.instance, case.tenant.slug)
    began = [
        run.started.date()
        for run in runs
        if run.subject in names and run.verb in _BEGINS and run.outcome in _ENDED_WELL
    ]
    period = calendar.period_days(case.tenant.backup.drill_every)
    return Candidate(case.names.instance, period, min(began, default=None))


def _there(case: Case) -> bool:
    """Whether anything of it stands or is kept; where that cannot be seen, it is drilled."""
    if case.connection is None:
        return True
    tools, names = backups.looking(case), case.names
    try:
        stands = tools.cluster.namespace_owner(names.namespace) is not None
        return stands or tools.objects.bucket(names.backup_bucket) is not None
    except OrchestratorError:
        return True


def _named(settings: Settings, subjects: Sequence[str]) -> dict[str, Case]:
    found: dict[str, Case] = {}
    for subject in subjects:
        read = cases.read(settings, subject)
        kept = [case for case in read if backups.kept(case)]
        if not kept:
            backups.refuse(read[0])
        found |= {case.names.instance: case for case in kept}
    return found


def _all(settings: Settings, slug: str | None = None) -> list[Case]:
    tenants = [load_tenant(settings, slug)] if slug else load_all(settings)
    found = [case for tenant in tenants for case in cases.of(settings, tenant)]
    return [case for case in found if backups.kept(case)]


def _served(case: Case) -> bool:
    """Whether the tenant is neither suspended nor a training that has ended."""
    training, state = case.tenant.training, case.tenant.lifecycle.state
    ended = training is not None and training.ended(SystemClock().now().date())
    return state != "suspended" and not ended


def _first(hints: Sequence[str]) -> str:
    return hints[0] if hints else ""
