"""Accounts: administrators who are invited, guests who get one without asking."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from typing import Any

from orchestrator.sandbox.standins.decidim import encryption, jobs, organizations
from orchestrator.sandbox.standins.decidim.database import Database
from orchestrator.sandbox.standins.decidim.environment import Environment

EMAIL = re.compile(r"\A[^@\s<>]+@[^@\s<>]+\Z")
SHORTEST_PASSWORD = 10


def find(database: Database, organization: Mapping[str, Any], email: str) -> dict[str, Any] | None:
    """The account of an address."""
    return database.row(
        "SELECT *, invitation_token IS NOT NULL AND invitation_accepted_at IS NULL AS invited,"
        " invitation_sent_at > now() - interval '10 minutes' AS freshly_invited"
        " FROM decidim_users WHERE decidim_organization_id = %s AND email = %s"
        " AND type = 'Decidim::User'",
        organization["id"],
        email.lower(),
    )


def named(
    database: Database, organization: Mapping[str, Any], nickname: str
) -> dict[str, Any] | None:
    """The account of a nickname; one that was destroyed has none."""
    return database.row(
        "SELECT * FROM decidim_users WHERE decidim_organization_id = %s AND nickname = %s"
        " AND deleted_at IS NULL AND type = 'Decidim::User'",
        organization["id"],
        nickname,
    )


def create_admin(database: Database, organization: Mapping[str, Any], name: str, email: str) -> int:
    """An account for an administrator of the site, who has yet to be invited."""
    return database.insert(
        "decidim_users",
        decidim_organization_id=organization["id"],
        email=email.lower(),
        name=name,
        nickname=_nickname(name),
        locale=organization["default_locale"],
        admin=True,
    )


def invite(
    database: Database, environment: Environment, organization: Mapping[str, Any], number: int
) -> None:
    """Give the account a fresh token and queue the mail that carries it.

    The account is kept before the mail is queued: without a queue there is one, and no invitation.
    """
    token = secrets.token_urlsafe(15)
    database.run(
        "UPDATE decidim_users SET invitation_token = %s, invitation_created_at = now(),"
        " invitation_sent_at = now(), updated_at = now() WHERE id = %s",
        _token_digest(token),
        number,
    )
    database.commit()
    account = database.row("SELECT email, name FROM decidim_users WHERE id = %s", number) or {}
    title = organizations.title(organization)
    link = f"https://{organization['host']}/users/invitation/accept?invitation_token={token}"
    jobs.mail_later(
        environment,
        to=account["email"],
        subject=f"Invitation: {title}",
        body=f"You are invited to administer {title}.\n\n{link}\n\n"
        "This mail comes from a stand-in for Decidim.\n",
        organization=organization["id"],
    )


def invited(database: Database, token: str) -> dict[str, Any] | None:
    """Whose invitation the token is, as long as it was not accepted."""
    return database.row(
        "SELECT * FROM decidim_users WHERE invitation_token = %s"
        " AND invitation_accepted_at IS NULL",
        _token_digest(token),
    )


def accept(database: Database, number: int, password: str) -> None:
    """Take up an invitation."""
    database.run(
        "UPDATE decidim_users SET encrypted_password = %s, invitation_token = NULL,"
        " invitation_accepted_at = now(), confirmed_at = now(), accepted_tos_version = now(),"
        " updated_at = now() WHERE id = %s",
        encryption.password_digest(password),
        number,
    )


def guest(database: Database, organization: Mapping[str, Any], name: str, email: str) -> int:
    """The account behind a guest: the address's own, or a confirmed one nobody asked for.

    It never signs in, so whatever looks at the last sign-in never finds it idle.
    """
    known = find(database, organization, email)
    if known is not None:
        return int(known["id"])
    number = database.insert(
        "decidim_users",
        decidim_organization_id=organization["id"],
        email=email.lower(),
        name=name,
        nickname=_nickname(name),
        locale=organization["default_locale"],
        notification_types="followed-only",
        extended_data={"attend_meetings": True},
        encrypted_password=encryption.password_digest(secrets.token_urlsafe(24)),
    )
    database.run(
        "UPDATE decidim_users SET confirmed_at = now(), accepted_tos_version = now() WHERE id = %s",
        number,
    )
    return number


def _token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _nickname(name: str) -> str:
    plain = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    return f"{plain[:14] or 'account'}_{secrets.token_hex(2)}"
