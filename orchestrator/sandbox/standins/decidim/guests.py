"""Registering for a meeting without an account, which makes one all the same (decidim.md 6.3)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from orchestrator.sandbox.standins.decidim import jobs, users
from orchestrator.sandbox.standins.decidim.database import Database
from orchestrator.sandbox.standins.decidim.environment import Environment


def settings(database: Database, organization: int) -> Mapping[str, Any]:
    """The organisation's settings; nothing when it never had any."""
    found = database.row(
        "SELECT * FROM decidim_guest_meeting_registration_settings"
        " WHERE decidim_organization_id = %s",
        organization,
    )
    return found or {}


def register(
    database: Database, organization: Mapping[str, Any], meeting: int, form: Mapping[str, str]
) -> int:
    """Keep the request with the whole form, and an account for the address.

    Nobody asks whether the address is the visitor's own, and nothing ever removes the request.
    """
    account = users.guest(database, organization, form["name"], form["email"])
    database.run(
        "INSERT INTO decidim_meetings_registrations (decidim_user_id, decidim_meeting_id, code)"
        " VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        account,
        meeting,
        secrets.token_hex(4).upper(),
    )
    return database.insert(
        "decidim_guest_meeting_registration_registration_requests",
        email=form["email"].lower(),
        name=form["name"],
        form_data=dict(form),
        decidim_meetings_meetings_id=meeting,
        decidim_organization_id=organization["id"],
        decidim_user_id=account,
        confirmation_token=secrets.token_urlsafe(16),
    )


def confirm_by_mail(
    environment: Environment,
    organization: Mapping[str, Any],
    chosen: Mapping[str, Any],
    form: Mapping[str, str],
) -> None:
    """Ask the address whether it meant it, where the organisation wants that."""
    if chosen.get("enable_registration_confirmation"):
        jobs.mail_later(
            environment,
            to=form["email"],
            subject="Confirm your registration",
            body="This mail comes from a stand-in for Decidim.\n",
            organization=organization["id"],
        )
