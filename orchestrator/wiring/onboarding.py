"""The onboarding of a tenant's instances: files and policy first, then a plan, then a run.

A plan from files alone is what people ask for most, so what only a run needs is imported by it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from orchestrator.engine import planner
from orchestrator.errors.lease import LeaseHeldError
from orchestrator.flows import onboard
from orchestrator.model.change import Plan
from orchestrator.policy import Finding, gate_tenant, refuse
from orchestrator.products.toolbox import Toolbox
from orchestrator.settings import Settings
from orchestrator.tools.clock import SystemClock
from orchestrator.wiring import case as cases
from orchestrator.wiring import nothing
from orchestrator.wiring.case import Case

if TYPE_CHECKING:
    from orchestrator.engine.events import Listener
    from orchestrator.engine.stop import StopRequest
    from orchestrator.model.report import RunReport


@contextmanager
def opened(settings: Settings, subject: str, listener: Listener) -> Iterator[Onboarding]:
    """The onboarding of a tenant's instances, or of the one that `TENANT/PRODUCT` names.

    Raises the faults of its files, InstanceNotFoundError.
    """
    yield Onboarding(cases.read(settings, subject), listener)


class Onboarding:
    """Instances of one tenant on their way to live service."""

    def __init__(self, instances: Sequence[Case], listener: Listener) -> None:
        self._cases = instances
        self._listener = listener

    @cached_property
    def findings(self) -> Sequence[Finding]:
        """What the policies say of the tenant's file."""
        case = self._cases[0]
        today = SystemClock().now().date()
        return gate_tenant(case.settings, case.tenant, case.platform, today=today)

    def refuse_if_held(self) -> None:
        """Raises LeaseHeldError when another run changes one of the instances now."""
        from orchestrator.wiring.running import leases

        # Only looked at: to take it would hide which run died while it held it.
        for case in self._cases:
            name = case.names.lease
            if lease := leases(case).held_by(name):
                holder = str(lease.holder)
                raise LeaseHeldError(name, holder=holder, run=lease.run, since=lease.since)

    def plan(self, *, offline: bool = False) -> Plan:
        """Look at everything. Raises PolicyRefusedError before anything is looked at."""
        refuse(self.findings)
        return self._planned(nothing.toolbox if offline else _tools)

    def carry_out(self, plan: Plan, stop: StopRequest, resume: str | None = None) -> RunReport:
        """Take the leases and run every step that still has something to change."""
        from orchestrator.wiring import running

        return running.carry_out(self._cases, plan, stop, self._listener, resume)

    def _planned(self, tools: Callable[[Case], Toolbox]) -> Plan:
        steps = {
            case.names.instance: onboard.steps(case.subject, tools(case)) for case in self._cases
        }
        return planner.plan_all(onboard.VERB, steps)


def _tools(case: Case) -> Toolbox:
    from orchestrator.wiring.toolbox import tools_of

    folder = case.settings.state / "plans" / case.names.stack
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return tools_of(case, folder)[0]
