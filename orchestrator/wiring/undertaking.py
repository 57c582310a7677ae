"""A verb on instances of one tenant: files and policy first, then a plan, then a run.

A plan from files alone is what people ask for most, so what only a run needs is imported by it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from orchestrator.engine import planner
from orchestrator.errors.lease import LeaseHeldError
from orchestrator.model.change import Plan
from orchestrator.policy import Finding, gate_tenant, refuse
from orchestrator.products.toolbox import Toolbox
from orchestrator.tools.clock import SystemClock
from orchestrator.wiring import nothing
from orchestrator.wiring.case import Case
from orchestrator.wiring.recipe import Recipe

if TYPE_CHECKING:
    from orchestrator.engine.events import Listener
    from orchestrator.engine.stop import StopRequest
    from orchestrator.model.report import RunReport


class Undertaking:
    """What a changing command plans, asks about and carries out."""

    def __init__(self, cases: Sequence[Case], recipe: Recipe, listener: Listener) -> None:
        self._cases = cases
        self._recipe = recipe
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

        return running.carry_out(self._cases, self._recipe, plan, stop, self._listener, resume)

    def _planned(self, tools: Callable[[Case], Toolbox]) -> Plan:
        steps = {case.names.instance: self._recipe.steps(case, tools(case)) for case in self._cases}
        return planner.plan_all(self._recipe.verb, steps)


def _tools(case: Case) -> Toolbox:
    from orchestrator.wiring.toolbox import tools_of

    folder = case.settings.state / "plans" / case.names.stack
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return tools_of(case, folder)[0]
