"""The built-in checks by the name that the catalogue calls them: pure functions of the facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from orchestrator.policy.checks import (
    agreement,
    formulas,
    governance,
    location,
    public,
    register,
    risk,
)
from orchestrator.policy.finding import Facts, Judgement

CHECKS: Mapping[str, Callable[[Facts], Judgement]] = {
    f"{function.__module__.rpartition('.')[2]}.{function.__name__}": function
    for function in (
        governance.controller,
        governance.officer,
        governance.host,
        register.entries,
        register.purposes,
        register.categories,
        register.recipients,
        register.transfers,
        register.delays,
        register.retention,
        register.deletions,
        agreement.signed,
        agreement.clauses,
        agreement.authorisation,
        agreement.chain,
        location.region,
        location.seat,
        location.level,
        location.certificates,
        risk.screening,
        risk.homologation,
        risk.promises,
        formulas.sandboxed,
        public.accessibility,
        public.processors,
        public.training,
    )
}
