"""Pages of the site that the law asks for, written from the tenant's own file.

The product has no field for either, but static pages; so the notice for guests (decidim.md 6.3: it
must say that an account is made) and the accessibility statement (6.4) become two of them, brought
to these words whenever the site is reconciled. A page is never taken away again: what was promised
to a guest holds after the feature is switched off. French for a French site, English in every other
language.
"""

from __future__ import annotations

from functools import lru_cache
from html import escape
from importlib import resources
from string import Template
from typing import Any

from orchestrator.model.accessibility import Accessibility
from orchestrator.model.tenant import Tenant
from orchestrator.products.decidim.instance import Decidim
from orchestrator.products.decidim.words import Words, words_of

GUESTS = "guests-privacy"


def pages(tenant: Tenant, instance: Decidim) -> list[dict[str, Any]]:
    """Each page as `organization.rb` takes it: `slug`, and `title` and `content` by language."""
    found = []
    if instance.features.guest_meeting_registration.enabled:
        found.append(_page(GUESTS, "guests", instance, _guest_facts(tenant, instance)))
    if instance.accessibility and instance.accessibility.path:
        slug = instance.accessibility.path.removeprefix("/pages/")
        statement = {
            locale: _statement_facts(tenant, instance, instance.accessibility, words_of(locale))
            for locale in instance.locales.available
        }
        found.append(_page(slug, "accessibility", instance, statement))
    return found


def banner(tenant: Tenant, instance: Decidim, public_url: str) -> dict[str, Any] | None:
    """The line above every page of a training; None leaves the site's own banner alone."""
    if tenant.training is None:
        return None
    locales = instance.locales.available
    until = tenant.training.until
    return {
        "url": f"{public_url}/pages/help",
        "title": {one: words_of(one).training for one in locales},
        "text": {
            one: words_of(one).training_text.format(until=words_of(one).day(until))
            for one in locales
        },
    }


def _page(
    slug: str, name: str, instance: Decidim, facts: dict[str, dict[str, str]]
) -> dict[str, Any]:
    locales = instance.locales.available
    return {
        "slug": slug,
        "title": {one: words_of(one).titles[name] for one in locales},
        "content": {
            one: _filled(f"{name}.{words_of(one).language}", facts[one]) for one in locales
        },
    }


def _guest_facts(tenant: Tenant, instance: Decidim) -> dict[str, dict[str, str]]:
    """What the notice of GDPR article 13 needs, by language."""
    guests = instance.features.guest_meeting_registration
    entry = tenant.data_protection.register_.get("decidim")
    one = tenant.organisation
    address = one.address
    officer = one.contacts.data_protection_officer

    def facts(words: Words) -> dict[str, str]:
        return {
            "controller": one.legal_name,
            "representative": one.legal_representative,
            "address": f"{address.street}, {address.postal_code} {address.town}",
            "purposes": "; ".join(entry.purposes) if entry else "",
            "basis": words.bases[entry.legal_basis] if entry else "",
            "recipients": ", ".join(entry.recipients) if entry else "",
            "requests_kept": words.lasts(guests.requests_kept),
            "accounts_kept": words.lasts(guests.accounts_kept),
            "rights_contact": tenant.data_protection.rights_contact,
            "officer": officer.name,
            "officer_mail": officer.email,
        }

    return {locale: facts(words_of(locale)) for locale in instance.locales.available}


def _statement_facts(
    tenant: Tenant, instance: Decidim, one: Accessibility, words: Words
) -> dict[str, str]:
    audited = words.audited.format(day=words.day(one.audited)) if one.audited else words.unaudited
    return {
        "controller": tenant.organisation.legal_name,
        "site": tenant.title_of(instance),
        "domain": instance.domain,
        "state": words.conformity[one.state],
        "audited": audited,
        "contact": one.contact,
        "contact_link": one.contact
        if one.contact.startswith(("/", "https://"))
        else f"mailto:{one.contact}",
    }


def _filled(name: str, facts: dict[str, str]) -> str:
    return _template(name).substitute({key: escape(text) for key, text in facts.items()})


@lru_cache
def _template(name: str) -> Template:
    folder = resources.files(__package__) / "texts"
    return Template((folder / f"{name}.html").read_text("utf-8").strip())
