"""REG and RET: the register of processing, and how long each category of data is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from orchestrator.model.part import seconds
from orchestrator.model.protection import Category, Processing
from orchestrator.policy.checks.words import ECONOMIC_AREA, said, unsaid
from orchestrator.policy.finding import Facts, Judgement, all_hold, not_applicable
from orchestrator.products import registry

_PUBLIC = frozenset({"commune", "intercommunality", "department", "region", "state"})


def entries(facts: Facts) -> Judgement:
    """REG-01: one entry for each product."""
    register = facts.tenant.data_protection.register_
    faults = [f"no entry for {one}" for one in facts.tenant.products if one not in register]
    return all_hold(faults, f"an entry for {', '.join(facts.tenant.products)}")


def purposes(facts: Facts) -> Judgement:
    """REG-02: purpose and legal basis, and the ground where a category is special."""

    def faults(entry: Processing) -> Iterator[str]:
        if not any(said(purpose) for purpose in entry.purposes):
            yield "no purpose"
        if entry.legal_basis == "legitimate_interests" and (
            facts.tenant.organisation.kind in _PUBLIC
        ):
            yield "legitimate interests are no basis for a public body's tasks"
        if any(one.special for one in entry.categories) and entry.special_ground == "none":
            yield "a category is special and no ground of article 9(2) is given"

    return _each(facts, faults, "purpose and legal basis are given")


def categories(facts: Facts) -> Judgement:
    """REG-03: whose data, which data, and special ones marked."""
    sensitive = "sensitive_data" in facts.tenant.data_protection.screening.criteria

    def faults(entry: Processing) -> Iterator[str]:
        for one in entry.categories:
            if not all(map(said, (*one.people, *one.data))) or not (one.people and one.data):
                yield f"{one.name}: people or data not said"
        if not entry.categories:
            yield "no category"
        if sensitive and not any(one.special for one in entry.categories):
            yield "the screening names sensitive data and no category is marked special"

    return _each(facts, faults, "people and data of each category are given")


def recipients(facts: Facts) -> Judgement:
    """REG-04: every sub-processor in use is named as a recipient."""
    used = [one.id for one in facts.platform.sub_processors]

    def faults(entry: Processing) -> Iterator[str]:
        if missing := [one for one in used if one not in entry.recipients]:
            yield f"not among the recipients: {', '.join(missing)}"

    return _each(facts, faults, f"recipients name {', '.join(used)}")


def transfers(facts: Facts) -> Judgement:
    """REG-05: what leaves the economic area is said, country by country."""
    outside = {
        one.country for one in facts.platform.sub_processors if one.country not in ECONOMIC_AREA
    }

    def faults(entry: Processing) -> Iterator[str]:
        told = () if entry.transfers == "none" else entry.transfers
        if missing := sorted(outside - {one.country for one in told}):
            yield f"a sub-processor is in {', '.join(missing)}, which is not among the transfers"
        for one in told:
            if unsaid({"assessment": one.assessment}):
                yield f"no transfer assessment for {one.country}"

    return _each(facts, faults, "transfers are explicit")


def delays(facts: Facts) -> Judgement:
    """REG-06: an erasure delay for each category."""
    return _categories(facts, lambda one: seconds(one.kept) <= 0, "has no delay")


def retention(facts: Facts) -> Judgement:
    """RET-01: duration, trigger and action for each category."""
    return _categories(facts, lambda one: not (said(one.trigger) and one.then), "has no trigger")


def deletions(facts: Facts) -> Judgement:
    """REG-07: what jobs delete in a product is a category, with the delay that they keep."""
    register = facts.tenant.data_protection.register_
    faults, seen = [], []
    for product, instance in facts.tenant.instances.of().items():
        entry = register.get(product)
        for name, kept in registry.product(product).delays(instance).items():
            told = [one for one in entry.categories if name in one.covers] if entry else []
            what = f"{product}: {name.replace('_', ' ')}"
            if not told:
                faults.append(f"{what} are in no category (`covers: [{name}]`)")
            faults += [
                f"{what} are kept {kept}, the register says {one.kept} then {one.then}"
                for one in told
                if seconds(one.kept) != seconds(kept) or one.then != "erase"
            ]
            seen.append(f"{name.replace('_', ' ')} {kept}")
    if not faults and not seen:
        return not_applicable("no feature is on whose data jobs delete")
    return all_hold(faults, f"deleted as the register says: {', '.join(seen)}")


def _categories(facts: Facts, bad: Callable[[Category], bool], what: str) -> Judgement:
    def faults(entry: Processing) -> Iterator[str]:
        yield from (f"{one.name} {what}" for one in entry.categories if bad(one))
        if not entry.categories:
            yield "no category"

    return _each(facts, faults, "each category says so")


def _each(facts: Facts, faults: Callable[[Processing], Iterator[str]], good: str) -> Judgement:
    """The same question to every entry; without entries there is nothing good to say."""
    register = facts.tenant.data_protection.register_
    found = [f"{product}: {fault}" for product, one in register.items() for fault in faults(one)]
    return all_hold(found if register else ["the register is empty"], good)
