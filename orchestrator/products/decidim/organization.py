"""The organisation as the product's runner script takes it: all that lives in its database only."""

from __future__ import annotations

from typing import Any

from orchestrator.model.tenant import Tenant
from orchestrator.products.decidim.instance import Decidim
from orchestrator.products.decidim.pages import banner, pages

_REGISTRATION = {"open": "enabled", "existing": "existing", "closed": "disabled"}


def organization(tenant: Tenant, instance: Decidim, public_url: str) -> dict[str, Any]:
    """The input of `organization.rb`, without its secret: `smtp_password`."""
    guests = instance.features.guest_meeting_registration
    return {
        "name": tenant.title_of(instance),
        "host": instance.domain,
        "secondary_hosts": list(instance.further_domains),
        "reference_prefix": instance.reference_prefix or tenant.slug[:8].upper(),
        "default_locale": instance.locales.default,
        "available_locales": list(instance.locales.available),
        "time_zone": instance.time_zone,
        "users_registration_mode": _REGISTRATION[instance.features.registration],
        "force_users_to_authenticate_before_access_organization": (
            instance.features.force_authentication
        ),
        "available_authorizations": list(instance.features.authorisations),
        "organization_admin": {
            "name": instance.administrator.name,
            "email": instance.administrator.email,
        },
        "guest_meeting_registration": {
            "enabled": guests.enabled,
            "email_confirmation": guests.email_confirmation,
            "allow_cancellation": guests.allow_cancellation,
            "disable_account_confirmation": not guests.require_account_choice,
        },
        "smtp": _smtp(tenant, instance),
        "pages": pages(tenant, instance),
        "banner": banner(tenant, instance, public_url),
        "public_url": public_url,
    }


def _smtp(tenant: Tenant, instance: Decidim) -> dict[str, Any]:
    """Who mail comes from, and the tenant's own relay; without one the environment's is used.

    A training never has its own: the environment's leads to the platform's sink.
    """
    mail = instance.mail
    sender = {
        "from_email": mail.sender,
        "from_label": mail.sender_name or tenant.title_of(instance),
    }
    if not mail.host or tenant.training:
        return sender
    return {
        **sender,
        "address": mail.host,
        "port": mail.port,
        "user_name": mail.username,
        "authentication": "plain" if mail.username else "",
        "enable_starttls_auto": mail.starttls,
    }
