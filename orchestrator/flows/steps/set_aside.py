"""What a restoration in place set aside goes when its day has come.

What was there before stays beside what came back, on the same volume, in case somebody wants to
look at it. It is kept as a recovery point as well, so that no more than a look is lost with it; and
it is data of people like any other, so that nothing may hold it for longer than backups are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import PurePosixPath

from orchestrator.engine.step import Say, Step, once
from orchestrator.model.change import Change, Operation, Risk
from orchestrator.model.part import seconds
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox

NAME = "set-aside"
KEPT = timedelta(days=7)
"""How long at most; a shorter `backup.kept` wins."""
_KINDS = {"statefulset": "StatefulSet", "deployment": "Deployment"}
_REMOVE_S = 600.0


def kept_for(subject: AnySubject) -> timedelta:
    """How long what was set aside stays on its volume."""
    return min(KEPT, timedelta(seconds=seconds(subject.tenant.backup.kept)))


def set_aside(subject: AnySubject, tools: Toolbox) -> Step | None:
    """Nothing that was set aside is older than it may be; what is not up is looked at next time."""
    holdings = subject.product.holdings(subject)
    if holdings is None or not holdings.aside:
        return None
    minutes = int(kept_for(subject).total_seconds() // 60)
    namespace = subject.names.namespace

    def asked(workload: str, pattern: str, *further: str, timeout_s: float = 60.0) -> str:
        place = PurePosixPath(pattern)
        # By the time of its renaming: what lies in it is as old as it is.
        old = ["-maxdepth", "1", "-name", place.name, "-cmin", f"+{minutes}"]
        command = ["find", str(place.parent), *old, *further]
        return tools.cluster.execute(namespace, workload, command, timeout_s=timeout_s)

    def there() -> Iterator[tuple[str, str, int]]:
        for workload, pattern in holdings.aside.items():
            kind, _, name = workload.partition("/")
            if not tools.cluster.ready(namespace, _KINDS[kind], name):
                continue
            place = PurePosixPath(pattern).parent
            # Before the first restoration some of these folders are not there.
            shown = tools.cluster.execute(namespace, workload, ["ls", "-a", str(place.parent)])
            if place.name in shown.split() and (found := asked(workload, pattern).split()):
                yield workload, pattern, len(found)

    def look() -> tuple[Change, ...]:
        return tuple(
            Change(
                NAME,
                Operation.DELETE,
                f"volume/{workload.partition('/')[2]}",
                f"{count} states from before a restoration, older than {kept_for(subject)}",
                Risk.DESTROYS,
            )
            for workload, _, count in there()
        )

    def act(say: Say) -> None:
        for workload, pattern, count in there():
            say(f"removing {count} states from before a restoration in {workload}")
            asked(workload, pattern, "-exec", "rm", "-rf", "{}", "+", timeout_s=_REMOVE_S)

    return Step(
        NAME,
        promise="nothing from before a restoration is kept for longer than it may be",
        look=look,
        act=act,
        holds=once(look),
    )
