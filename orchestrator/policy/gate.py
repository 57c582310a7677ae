"""Gate 1: the tenant's file and its platform's, judged before anything is looked at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from orchestrator.errors.policy import PolicyRefusedError, Refusal
from orchestrator.model.platform import Platform
from orchestrator.model.tenant import Tenant
from orchestrator.policy.checks import CHECKS
from orchestrator.policy.files import Control, Waiver, catalogue, waivers
from orchestrator.policy.finding import Facts, Finding, Judgement, Verdict, failed, passed
from orchestrator.settings import Settings


def gate_tenant(
    settings: Settings, tenant: Tenant, platform: Platform, *, today: date
) -> tuple[Finding, ...]:
    """What every control of gate 1 says. Raises PolicyFileFaultsError for a bad policy file."""
    ours = [one for one in waivers(settings) if one.tenant == tenant.slug]
    facts = Facts(tenant, platform, today)
    return evaluate(catalogue(settings), facts, ours, language=settings.spoken)


def evaluate(
    controls: Iterable[Control], facts: Facts, ours: Sequence[Waiver], *, language: str = "en"
) -> tuple[Finding, ...]:
    """Controls over facts and waivers: findings. The same in, the same out."""
    return tuple(_finding(one, facts, ours, language) for one in controls)


def refuse(findings: Iterable[Finding]) -> None:
    """Raises PolicyRefusedError when a blocking control fails without a waiver."""
    blocking = [one for one in findings if one.blocking]
    if blocking:
        refusals = [
            Refusal(one.control, one.severity, one.title, one.message, one.remediation)
            for one in blocking
        ]
        raise PolicyRefusedError(blocking[0].tenant, refusals)


def _finding(control: Control, facts: Facts, ours: Sequence[Waiver], language: str) -> Finding:
    check = CHECKS.get(control.check)
    found = check(facts) if check else _waivers_hold(facts, ours)
    if check and found.verdict in (Verdict.FAIL, Verdict.UNKNOWN):
        found = _waived(control, found, facts.today, ours)
    french = language == "fr"
    return Finding(
        control=control.id,
        tenant=facts.tenant.slug,
        verdict=found.verdict,
        message=found.message,
        severity=control.severity,
        title=control.title.fr if french else control.title.en,
        remediation=control.remediation.fr if french else control.remediation.en,
    )


def _waived(control: Control, found: Judgement, today: date, ours: Sequence[Waiver]) -> Judgement:
    for one in ours:
        if one.control == control.id and one.expires >= today:
            message = f"{found.message}; accepted by {one.approver} until {one.expires}"
            return Judgement(Verdict.WAIVED, f"{message}: {one.reason}")
    return found


def _waivers_hold(facts: Facts, ours: Sequence[Waiver]) -> Judgement:
    """WAV-01: an expired waiver is a finding even where its control passes again."""
    old = [
        f"{one.control} by {one.approver} on {one.expires}"
        for one in ours
        if one.expires < facts.today
    ]
    if old:
        return failed(f"waivers ended: {', '.join(old)}")
    return passed(f"{len(ours)} in force")
