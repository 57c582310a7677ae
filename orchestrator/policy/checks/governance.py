"""GOV: who the controller is, and who answers for data protection and security."""

from __future__ import annotations

from orchestrator.policy.checks.words import unsaid
from orchestrator.policy.finding import Facts, Judgement, all_hold

_SIREN_DIGITS = 9


def controller(facts: Facts) -> Judgement:
    """GOV-01: the controller is named in full."""
    one = facts.tenant.organisation
    missing = unsaid(
        {
            "legal name": one.legal_name,
            "legal representative": one.legal_representative,
            "street": one.address.street,
            "postal code": one.address.postal_code,
            "town": one.address.town,
        }
    )
    faults = [f"not said: {', '.join(missing)}"] if missing else []
    if not _siren_fits(one.siren):
        faults.append(f"`{one.siren}` is no SIREN")
    return all_hold(faults, f"{one.legal_name}, SIREN {one.siren}")


def officer(facts: Facts) -> Judgement:
    """GOV-02: the controller's data protection officer can be reached."""
    one = facts.tenant.organisation.contacts.data_protection_officer
    missing = unsaid({"name or function": one.name, "mail address": one.email})
    faults = [f"not said of the officer: {', '.join(missing)}"] if missing else []
    return all_hold(faults, f"{one.name}, {one.email}")


def host(facts: Facts) -> Judgement:
    """GOV-03: the host's own officers are named in the platform file."""
    platform = facts.platform
    missing = unsaid(
        {
            "data protection officer": platform.data_protection_officer.name,
            "their mail address": platform.data_protection_officer.email,
            "security officer": platform.security_officer.name,
            "their mail address too": platform.security_officer.email,
        }
    )
    faults = [f"not said in platform {platform.name}: {', '.join(missing)}"] if missing else []
    return all_hold(faults, f"both are named in platform {platform.name}")


def _siren_fits(text: str) -> bool:
    if len(text) != _SIREN_DIGITS or not text.isdigit():
        return False
    digits = [int(letter) for letter in reversed(text)]
    return (
        sum(d if place % 2 == 0 else sum(divmod(2 * d, 10)) for place, d in enumerate(digits)) % 10
        == 0
    )
