"""DPA: the agreement between controller and host, and the chain of sub-processors."""

from __future__ import annotations

import hashlib
from typing import get_args

from orchestrator.model.protection import Clause
from orchestrator.policy.checks.words import said, unsaid
from orchestrator.policy.finding import Facts, Judgement, all_hold

_NO_FILE = frozenset({hashlib.sha256(b"").hexdigest(), "0" * 64})
_CLAUSES: tuple[str, ...] = get_args(Clause.model_fields["clause"].annotation)
_SIGNATORIES = 2


def signed(facts: Facts) -> Judgement:
    """DPA-01: a signed agreement is in force."""
    one = facts.tenant.data_protection.agreement
    faults = []
    if not said(one.reference):
        faults.append("no reference")
    if one.signed > facts.today:
        faults.append(f"its signature on {one.signed} is still to come")
    if one.expires and one.expires < facts.today:
        faults.append(f"it ended on {one.expires}")
    if sum(map(said, one.signatories)) < _SIGNATORIES:
        faults.append("fewer than two signatories")
    if one.sha256 in _NO_FILE:
        faults.append("its digest is that of no document")
    return all_hold(faults, f"{one.reference}, signed {one.signed}")


def clauses(facts: Facts) -> Judgement:
    """DPA-02: the eight obligatory clauses have their page."""
    given = {one.clause for one in facts.tenant.data_protection.agreement.clauses}
    missing = [one for one in _CLAUSES if one not in given]
    faults = [f"no page for {', '.join(missing)}"] if missing else []
    return all_hold(faults, f"{len(_CLAUSES)} clauses with their pages")


def authorisation(facts: Facts) -> Judgement:
    """DPA-04: how sub-processors are agreed to, and that those in use are."""
    one = facts.tenant.data_protection.sub_processors
    used = [known.id for known in facts.platform.sub_processors]
    missing = [known for known in used if known not in one.authorised]
    faults = [f"in use and not agreed to: {', '.join(missing)}"] if missing else []
    if one.notice_days < 1:
        faults.append("no notice period")
    return all_hold(faults, f"{one.authorisation}, {one.notice_days} days of notice")


def chain(facts: Facts) -> Judgement:
    """DPA-05: every sub-processor is described in full."""
    faults = []
    for one in facts.platform.sub_processors:
        facts_of = {
            "name": one.name,
            "service": one.service,
            "country": one.country,
            "address": one.address,
            "contact": one.contact,
            "contract": one.contract,
        }
        if missing := unsaid(facts_of):
            faults.append(f"{one.id}: {', '.join(missing)} not said in the platform file")
    return all_hold(faults, f"{len(facts.platform.sub_processors)} described in full")
