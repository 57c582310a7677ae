"""Registering for a meeting without an account, which makes one all the same (decidim.md 6.3)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from orchestrator.sandbox.standins.decidim import jobs, users
from orchestrator.sandbox.standins.decidim.database import Database
from orchestrator.sandbox.standins.decidim.environment import Environment

_REQUESTS = "decidim_guest_meeting_registration_registration_requests"


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
) -> str:
    """Keep the request with the whole form, and an account for the address; return its token.

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
    token = secrets.token_urlsafe(16)
    database.insert(
        _REQUESTS,
        email=form["email"].lower(),
        name=form["name"],
        form_data=dict(form),
        decidim_meetings_meetings_id=meeting,
        decidim_organization_id=organization["id"],
        decidim_user_id=account,
        confirmation_token=token,
    )
    return token


def confirm(database: Database, token: str) -> bool:
    """The address has answered. Says whether there was such a request."""
    return bool(
        database.run(
            f"UPDATE {_REQUESTS} SET confirmed_at = now(), updated_at = now()"  # noqa: S608
            " WHERE confirmation_token = %s",
            token,
        )
    )


def cancel(database: Database, token: str) -> bool:
    """Give the place back. Request and account stay, as in the product."""
    return bool(
        database.run(
            "DELETE FROM decidim_meetings_registrations AS kept"  # noqa: S608
            f" USING {_REQUESTS} AS asked"
            " WHERE asked.confirmation_token = %s"
            " AND kept.decidim_user_id = asked.decidim_user_id"
            " AND kept.decidim_meeting_id = asked.decidim_meetings_meetings_id",
            token,
        )
    )


def confirm_by_mail(
    environment: Environment,
    organization: Mapping[str, Any],
    email: str,
    link: str,
) -> None:
    """Ask the address whether it meant it."""
    jobs.mail_later(
        environment,
        to=email,
        subject="Confirm your registration",
        body=f"{link}\n\nThis mail comes from a stand-in for Decidim.\n",
        organization=organization["id"],
    )
