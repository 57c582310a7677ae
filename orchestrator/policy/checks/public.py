"""ACC, AI and TRN: what the public is owed by a site, by a machine, and by a training."""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.model.accessibility import Accessibility
from orchestrator.model.ai import AiFeature
from orchestrator.model.protection import Processing
from orchestrator.policy.checks.words import ECONOMIC_AREA, said, unsaid
from orchestrator.policy.finding import Facts, Judgement, all_hold, not_applicable


def accessibility(facts: Facts) -> Judgement:
    """ACC-01: every site has its accessibility statement; a conformity rests on an audit."""
    faults, seen = [], []
    for product, instance in facts.tenant.instances.of().items():
        one: Accessibility | None = instance.accessibility
        if one is None:
            faults.append(f"{product} has no accessibility statement")
            continue
        if not said(one.contact):
            faults.append(f"{product}: no contact for whoever meets an obstacle")
        if one.state != "none" and one.audited is None:
            faults.append(f"{product} claims `{one.state}` conformity and names no audit")
        if one.audited and one.audited > facts.today:
            faults.append(f"{product}: the audit of {one.audited} is still to come")
        seen.append(f"{product}: {one.state}, {one.statement}")
    return all_hold(faults, "; ".join(seen))


def processors(facts: Facts) -> Judgement:
    """AI-01: a feature that hands texts to a model is said in full, and in the register too."""
    register = facts.tenant.data_protection.register_
    faults, seen = [], []
    for product, instance in facts.tenant.instances.of().items():
        for use, feature in instance.ai.of().items():
            found = _processor(feature, register.get(product))
            faults += [f"{product} {use}: {fault}" for fault in found]
            seen.append(f"{product} {use} by {feature.processor} in {feature.country}")
    if not seen:
        return not_applicable("no feature hands texts to a model: the network is shut")
    return all_hold(faults, "; ".join(seen))


def _processor(one: AiFeature, entry: Processing | None) -> Iterator[str]:
    if missing := unsaid({"processor": one.processor, "host": one.host, "country": one.country}):
        yield f"not said: {', '.join(missing)}"
    if not one.network:
        yield "no range of the host"
    if entry is None:
        yield "the register has no entry for the product"
        return
    if one.processor not in entry.recipients:
        yield f"`{one.processor}` is not among the recipients"
    known = {category.name for category in entry.categories}
    if unknown := [name for name in one.categories if name not in known]:
        yield f"no category of the register: {', '.join(unknown)}"
    transfers = () if entry.transfers == "none" else entry.transfers
    told = {transfer.country for transfer in transfers}
    if one.country not in ECONOMIC_AREA and one.country not in told:
        yield f"{one.country} is outside the economic area and not among the transfers"


def training(facts: Facts) -> Judgement:
    """TRN-01: a training has an end, writes to nobody, and is over when it ends."""
    one = facts.tenant.training
    if one is None:
        return not_applicable("not a training")
    faults = []
    if one.ended(facts.today):
        faults.append(f"its last day was {one.until}: move it, or retire the instance")
    if not facts.sandbox and not facts.platform.sink.host:
        faults.append(f"platform {facts.platform.name} has no mail sink")
    for product, instance in facts.tenant.instances.of().items():
        mail = getattr(instance, "mail", None)
        if mail is not None and mail.host:
            faults.append(f"{product}: a relay of its own ({mail.host}) would write to people")
    return all_hold(faults, f"until {one.until}, mail goes to the platform's sink")
