"""LOC: where data lies, whose law reaches it, and what the provider can prove."""

from __future__ import annotations

from orchestrator.policy.checks.words import ECONOMIC_AREA, UNION, said
from orchestrator.policy.finding import (
    Facts,
    Judgement,
    Verdict,
    all_hold,
    failed,
    not_applicable,
    passed,
)

_SANDBOX = "the platform is this machine: no provider, no real data"


def region(facts: Facts) -> Judgement:
    """LOC-01: the region lies in the European Economic Area, or its country was accepted."""
    if facts.sandbox:
        return not_applicable(_SANDBOX)
    where = facts.platform.location
    if where.country in ECONOMIC_AREA:
        return passed(f"region {where.region} is in {where.country}")
    register = facts.tenant.data_protection.register_
    accepted = register and all(
        one.transfers != "none"
        and any(t.country == where.country and t.instrument == "adequacy" for t in one.transfers)
        for one in register.values()
    )
    if accepted:
        return passed(f"{where.country} is accepted by the register as an adequate country")
    return failed(f"region {where.region} is in {where.country}, outside the economic area")


def seat(facts: Facts) -> Judgement:
    """LOC-02: the provider's seat is in the Union; who owns it is not in the platform file."""
    if facts.sandbox:
        return not_applicable(_SANDBOX)
    where = facts.platform.location
    if where.headquarters not in UNION:
        return failed(f"{where.provider} has its seat in {where.headquarters}")
    seen = f"{where.provider} has its seat in {where.headquarters}; its holdings from outside"
    return Judgement(Verdict.UNKNOWN, f"{seen} the Union are not recorded")


def level(facts: Facts) -> Judgement:
    """LOC-11: the platform has the certificate that the data's sensitivity demands."""
    wanted = facts.tenant.sensitivity
    if wanted == "standard":
        return not_applicable(_SANDBOX) if facts.sandbox else passed("standard: none is demanded")
    held = [
        one
        for one in facts.platform.certificates
        if one.scheme == wanted and said(one.number) and one.expires >= facts.today
    ]
    if held:
        return passed(f"{wanted} {held[0].number}, until {held[0].expires}")
    return failed(f"the data demands {wanted}, which platform {facts.platform.name} does not hold")


def certificates(facts: Facts) -> Judgement:
    """LOC-12: a certificate that is claimed has a number and has not ended."""
    if facts.sandbox:
        return not_applicable(_SANDBOX)
    claimed = facts.platform.certificates
    if not claimed:
        return not_applicable("the platform claims no certificate")
    faults = [
        f"{one.scheme} {one.number or '(no number)'} does not count: until {one.expires}"
        for one in claimed
        if one.expires < facts.today or not said(one.number)
    ]
    found = all_hold(faults, "")
    if found.verdict is Verdict.FAIL:
        return found
    named = ", ".join(f"{one.scheme} {one.number}" for one in claimed)
    return Judgement(Verdict.MANUAL, f"compare with the provider's proof: {named}")
