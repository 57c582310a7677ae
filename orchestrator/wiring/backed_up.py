"""How the backups of instances stand: a quick look beside each other, which never fails.

What is not known in time is unknown. A look that hangs is left behind and ends with the process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from queue import Empty, SimpleQueue

from orchestrator.errors.root import OrchestratorError
from orchestrator.flows.steps.base_backup import engine_of, files_of
from orchestrator.model.part import seconds
from orchestrator.model.standing import BackupStanding, Fact, Told
from orchestrator.products.holdings import COPIER
from orchestrator.products.toolbox import Toolbox
from orchestrator.recovery import evidence
from orchestrator.recovery.files import FilesEngine
from orchestrator.recovery.points import Points
from orchestrator.recovery.postgresql import HandedOver, stored_as
from orchestrator.tools.clock import SystemClock
from orchestrator.wiring import backups, proofs
from orchestrator.wiring.case import Case

PATIENCE_S = 10.0
AT_ONCE = 24
_POINTS = 3
_SLOW = Fact(Told.UNKNOWN, why="not told in time")

Answer = tuple[Fact, float | None]
Answers = dict[tuple[str, str], Answer]
"""By instance and name of the look."""


def look(found: Sequence[Case], patience_s: float = PATIENCE_S) -> dict[str, BackupStanding]:
    """How the backups of each instance stand, by the instance; many looks at a time."""
    told: Answers = {}
    queue: SimpleQueue[tuple[Case, str]] = SimpleQueue()
    for case in found:
        for name in _LOOKS:
            queue.put((case, name))
    count = min(queue.qsize(), AT_ONCE)
    crew = [threading.Thread(target=_work, args=(queue, told), daemon=True) for _ in range(count)]
    until = time.monotonic() + patience_s
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join(max(until - time.monotonic(), 0.0))
    known = dict(told)
    return {case.names.instance: _standing(case, known) for case in found}


def judged_log(handed: HandedOver, allowed: str, *, stored: bool) -> Answer:
    """What the state of the log means, and its lag.

    allowed: how much may be lost, as the tenant file says it
    stored:  whether the store has the newest file that was handed over
    """
    if not handed.on:
        return Fact(Told.BEHIND, why="the database hands no log over"), None
    if not stored:
        return Fact(Told.BEHIND, why=f"the store does not hold {handed.newest}"), None
    count = "1 file waits" if handed.waiting == 1 else f"{handed.waiting} files wait, the oldest"
    waits = f"{count} for {handed.waits_s:.0f} s" if handed.waiting else "nothing waits"
    behind = handed.waits_s > seconds(allowed)
    fact = Fact(Told.BEHIND if behind else Told.OK, why=f"{waits}; {allowed} may be lost")
    return fact, handed.waits_s


def _work(queue: SimpleQueue[tuple[Case, str]], told: Answers) -> None:
    """Look until there is nothing left to look at."""
    with suppress(Empty):
        while True:
            case, name = queue.get_nowait()
            told[case.names.instance, name] = _asked(_LOOKS[name], case)


def _asked(ask: Callable[[Case], Answer], case: Case) -> Answer:
    try:
        return ask(case)
    except OrchestratorError as error:
        return Fact(Told.UNKNOWN, why=error.message), None
    except Exception as error:  # noqa: BLE001 - whatever it is, the rest of the status is told
        return Fact(Told.UNKNOWN, why=type(error).__name__), None


def _standing(case: Case, told: Answers) -> BackupStanding:
    found = {name: told.get((case.names.instance, name), (_SLOW, None)) for name in _LOOKS}
    log, lag_s = found["log"]
    return BackupStanding(
        point=found["point"][0],
        drill=found["drill"][0],
        log=log,
        lag_s=lag_s,
        promised_s=seconds(case.tenant.backup.recovery_point),
        looked=SystemClock().now(),
    )


def _point(case: Case) -> Answer:
    """The newest point that is believed; of many that are not, a few are tried."""
    tools = backups.looking(case)
    if tools.objects.bucket(case.names.backup_bucket) is None:
        return Fact(Told.NEVER, why="nothing was backed up yet"), None
    fault = ""
    for one in islice(Points(tools.history, tools.keys, case.names).listed(), _POINTS):
        if one.point:
            return Fact(Told.OK, one.id, one.point.at), None
        fault = fault or one.fault
    if fault:
        return Fact(Told.UNKNOWN, why=fault), None
    return Fact(Told.NEVER, why="there is no recovery point"), None


def _drill(case: Case) -> Answer:
    own = case.names.instance
    kept = proofs.gathered(case.settings, lambda name: name.instance == own).records
    found = evidence.newest(kept, proving=True).get(own)
    if found is None:
        return Fact(Told.NEVER, why="no drill proved it yet"), None
    return Fact(Told.OK, found.record.id, found.record.began), None


def _log(case: Case) -> Answer:
    tools = backups.looking(case)
    if files := files_of(case.subject, tools):
        return _newest(case, tools, files)
    engine = engine_of(case.subject, tools)
    if engine is None or not tools.cluster.ready(case.names.namespace, "StatefulSet", "database"):
        return Fact(Told.UNKNOWN, why="the database is not ready"), None
    holdings = case.product.holdings(case.subject)
    if holdings and holdings.copied and not _copying(case, tools):
        return Fact(Told.BEHIND, why="the copier of its documents ended no round lately"), None
    handed = engine.handed_over()
    allowed = case.tenant.backup.recovery_point
    return judged_log(handed, allowed, stored=_stored(case, tools, handed.newest))


def _newest(case: Case, tools: Toolbox, files: FilesEngine) -> Answer:
    """How old the newest snapshot of files is; what came since then would be lost."""
    if not tools.cluster.ready(case.names.namespace, "Deployment", "keeper"):
        return Fact(Told.UNKNOWN, why="the keeper of its files is not ready"), None
    found = files.listed()
    if not found:
        return Fact(Told.BEHIND, why="there is no snapshot of its files"), None
    allowed = case.tenant.backup.recovery_point
    age_s = max((SystemClock().now() - found[-1].as_of).total_seconds(), 0.0)
    told = Told.BEHIND if age_s > seconds(allowed) else Told.OK
    why = f"the newest snapshot is {age_s:.0f} s old; {allowed} may be lost"
    return Fact(told, found[-1].name, found[-1].as_of, why=why), age_s


def _copying(case: Case, tools: Toolbox) -> bool:
    """Whether what carries documents into the store says that it does."""
    return tools.cluster.ready(case.names.namespace, "Deployment", COPIER)


def _stored(case: Case, tools: Toolbox, segment: str) -> bool:
    """Whether the store has a file of the log; also when there is none to ask for."""
    prefix = stored_as(segment)
    if not prefix:
        return True
    found = next(tools.history.versions(case.names.backup_bucket, prefix), None)
    return found is not None and not found.marker


_LOOKS: Mapping[str, Callable[[Case], Answer]] = {
    "point": _point,
    "drill": _drill,
    "log": _log,
}
