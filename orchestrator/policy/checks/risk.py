"""RSK and BCK: the screening, the decision that opens the service, the promises after a loss."""

from __future__ import annotations

from orchestrator.model.part import seconds
from orchestrator.policy.checks.words import said
from orchestrator.policy.finding import Facts, Judgement, all_hold, failed, not_applicable, passed

_ASSESSMENT_FROM = 2


def screening(facts: Facts) -> Judgement:
    """RSK-01: the nine criteria were looked at; two or more demand an assessment."""
    one = facts.tenant.data_protection.screening
    count = len(set(one.criteria))
    faults = []
    if one.made > facts.today:
        faults.append(f"the screening of {one.made} is still to come")
    if count >= _ASSESSMENT_FROM and not said(one.assessment):
        faults.append(f"{count} criteria apply and no impact assessment is named")
    return all_hold(faults, f"made on {one.made}, {count} of nine criteria apply")


def homologation(facts: Facts) -> Judgement:
    """RSK-03: the service was opened by a decision that still holds."""
    one = facts.tenant.data_protection.homologation
    if facts.sandbox:
        return not_applicable("the sandbox answers this machine only: nothing is public")
    if one is None:
        return failed("no homologation decision is recorded")
    if one.decided > facts.today:
        return failed(f"the decision of {one.decided} is still to come")
    if one.expires < facts.today:
        return failed(f"the decision ended on {one.expires}")
    if not said(one.authority):
        return failed("the authority that decided is not named")
    return passed(f"decided by {one.authority} until {one.expires}")


def promises(facts: Facts) -> Judgement:
    """BCK-02: how much may be lost and how long it may take are declared, and can be kept."""
    one = facts.tenant.backup
    if seconds(one.recovery_point) > seconds(one.kept):
        return failed(f"a loss of {one.recovery_point} is more than the {one.kept} that are kept")
    return passed(f"at most {one.recovery_point} lost, back within {one.recovery_time}")
