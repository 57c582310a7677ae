"""The pages that the law asks for, from the tenant's own words, and how acceptance reads them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator import config, settings
from orchestrator.model.accessibility import Accessibility
from orchestrator.model.organisation import Organisation
from orchestrator.model.tenant import Tenant
from orchestrator.products.decidim import acceptance
from orchestrator.products.decidim.instance import Decidim, GuestRegistration
from orchestrator.products.decidim.organization import organization
from orchestrator.products.decidim.pages import banner, pages
from orchestrator.products.trying import NotAccepted

CLONE = Path(__file__).parents[3]
URL = "https://participer.saint-martin.localhost"


@pytest.fixture(scope="module")
def tenant() -> Tenant:
    return config.load_tenant(settings.load(CLONE), "saint-martin")


def instance_of(tenant: Tenant, **changes: Any) -> Decidim:
    found = tenant.instances.of()["decidim"]
    assert isinstance(found, Decidim)
    return Decidim.model_validate({**found.model_dump(), **changes})


BOTH = {"default": "fr", "available": ("fr", "en")}


def test_the_notice_says_who_why_how_long_and_whom_to_ask_in_each_language(tenant: Tenant) -> None:
    guests = {"enabled": True, "requests_kept": "26w", "accounts_kept": "1y"}
    features = {"guest_meeting_registration": guests}
    notice, _ = pages(tenant, instance_of(tenant, locales=BOTH, features=features))
    assert notice["slug"] == "guests-privacy"
    french, english = notice["content"]["fr"], notice["content"]["en"]
    told = ("Commune de Saint-Martin", "99010 Saint-Martin", "dpo@saint-martin.example")
    for text in (french, english):
        assert [one for one in told if one not in text] == []
        assert "this-machine" in text
        assert "$" not in text
    assert "26 semaines" in french
    assert "effacé 1 an après" in french
    assert "mission d&#x27;intérêt public" in french
    assert "26 weeks" in english
    assert "deleted 1 year after" in english
    assert "task in the public interest" in english


def test_without_guests_or_statement_there_is_no_page(tenant: Tenant) -> None:
    silent = instance_of(tenant, features={}, accessibility=None)
    assert pages(tenant, silent) == []
    elsewhere = {"statement": "https://www.example.org/a11y", "contact": "/c", "state": "none"}
    assert pages(tenant, instance_of(tenant, features={}, accessibility=elsewhere)) == []
    assert organization(tenant, silent, URL)["banner"] is None


@pytest.mark.parametrize(
    ("state", "french", "english"),
    [
        ("none", "non conforme", "not conformant"),
        ("partial", "partiellement conforme", "partially conformant"),
        ("total", "totalement conforme", "fully conformant"),
    ],
)
def test_the_statement_names_the_state_as_the_law_does(
    state: str, french: str, english: str, tenant: Tenant
) -> None:
    statement = {
        "statement": "/pages/accessibilite",
        "contact": "acces@example.org",
        "state": state,
        "audited": "2026-03-05",
    }
    (page,) = pages(tenant, instance_of(tenant, locales=BOTH, features={}, accessibility=statement))
    assert page["slug"] == "accessibilite"
    assert page["title"] == {"fr": "Accessibilité", "en": "Accessibility"}
    assert f"<strong>{french}</strong>" in page["content"]["fr"]
    assert "5 mars 2026" in page["content"]["fr"]
    assert f"<strong>{english}</strong>" in page["content"]["en"]
    assert 'href="mailto:acces@example.org"' in page["content"]["en"]


def test_words_of_the_file_are_text_and_never_markup(tenant: Tenant) -> None:
    name = "Commune <script>alert(1)</script>"
    organisation: Organisation = tenant.organisation.model_copy(update={"legal_name": name})
    evil = tenant.model_copy(update={"organisation": organisation})
    for page in pages(evil, instance_of(tenant)):
        assert "<script>" not in page["content"]["fr"]


def test_a_training_says_so_in_title_and_banner_and_has_no_relay(tenant: Tenant) -> None:
    training = type(tenant).model_validate(
        {**tenant.model_dump(by_alias=True), "training": {"until": "2026-12-31"}}
    )
    mail = {"sender": "a@example.org", "host": "relay.example.org"}
    instance = instance_of(tenant, mail=mail)
    asked = organization(training, instance, URL)
    assert asked["name"] == "Saint-Martin participe (formation)"
    assert "address" not in asked["smtp"]
    assert asked["banner"]["title"] == {"fr": "Formation"}
    assert "31 décembre 2026" in asked["banner"]["text"]["fr"]
    assert organization(tenant, instance, URL)["smtp"]["address"] == "relay.example.org"
    assert banner(tenant, instance, URL) is None


@pytest.mark.parametrize("kept", ["23h", "1min"])
def test_guests_data_is_kept_for_a_day_at_least(kept: str) -> None:
    for key in ("requests_kept", "accounts_kept"):
        with pytest.raises(ValueError, match="a day or more"):
            GuestRegistration.model_validate({key: kept})


@pytest.mark.parametrize(
    "path", ["/", "/accessibility", "/pages/terms-of-service", "/pages/guests-privacy"]
)
def test_a_statement_has_a_page_of_its_own(path: str, tenant: Tenant) -> None:
    statement = {"statement": path, "contact": "a@example.org", "state": "none"}
    with pytest.raises(ValueError, match="a page `/pages/NAME` of its own"):
        instance_of(tenant, accessibility=statement)


@pytest.mark.parametrize("contact", ["nobody", "a b@example.org", "http://example.org"])
def test_a_contact_is_an_address_or_a_page(contact: str) -> None:
    with pytest.raises(ValueError, match="must be a mail address"):
        Accessibility.model_validate({"contact": contact, "state": "none"})


def tried(tenant: Tenant, status: int, body: str) -> dict[str, str]:
    """What each page check says, or why it does not accept."""
    subject: Any = SimpleNamespace(tenant=tenant, instance=instance_of(tenant), public_url=URL)
    answer = SimpleNamespace(status=status, body=body.encode(), headers={})
    web = SimpleNamespace(request=lambda _method, _url: answer)
    tools: Any = SimpleNamespace(web=web)
    said = {}
    for name, check in acceptance.pages_shown(subject).items():
        try:
            said[name] = check(subject, tools)
        except NotAccepted as verdict:
            said[name] = f"no: {verdict}"
    return said


def test_acceptance_reads_the_pages(tenant: Tenant) -> None:
    both = "".join(page["content"]["fr"] for page in pages(tenant, instance_of(tenant)))
    assert all(not text.startswith("no:") for text in tried(tenant, 200, both).values())
    assert len(tried(tenant, 200, both)) == 2
    missing = tried(tenant, 404, both)
    assert missing["accessibility statement"] == "no: /pages/accessibility answers 404, not 200"
    empty = tried(tenant, 200, "<p>Accessibilité</p>")
    assert "does not say partiellement conforme" in empty["accessibility statement"]
    assert "does not say dpo@saint-martin.example, 26 semaines" in empty["notice for guests"]


def test_checks_follow_what_is_on(tenant: Tenant) -> None:
    silent = instance_of(tenant, features={}, accessibility=None)
    subject: Any = SimpleNamespace(tenant=tenant, instance=silent, public_url=URL)
    assert acceptance.pages_shown(subject) == {}
