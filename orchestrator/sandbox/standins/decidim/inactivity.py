"""Accounts that nobody used for long: warned twice, then emptied."""

from __future__ import annotations

from typing import Any

from orchestrator.sandbox.standins.decidim.database import Database
from orchestrator.sandbox.standins.decidim.environment import Environment

DAYS = "DECIDIM_DELETE_INACTIVE_USERS_AFTER_DAYS"
_FIRST = "DECIDIM_DELETE_INACTIVE_USERS_FIRST_WARNING_DAYS_BEFORE"
_LAST = "DECIDIM_DELETE_INACTIVE_USERS_LAST_WARNING_DAYS_BEFORE"
_SHORTEST = "DECIDIM_MINIMUM_INACTIVITY_PERIOD"


class PeriodTooShortError(ValueError):
    """The period is below the least that may be chosen."""


def period(environment: Environment, asked: str) -> int:
    """The days of the task's argument, or the environment's. Raises PeriodTooShortError."""
    days = int(asked) if asked else environment.integer(DAYS, 365)
    shortest = environment.integer(_SHORTEST, 30)
    if days < shortest:
        message = f"The number of days of inactivity must be at least {shortest}"
        raise PeriodTooShortError(message)
    return days


def look(database: Database, environment: Environment, days: int) -> list[dict[str, Any]]:
    """Empty the accounts whose time is over; return those that are to be warned now.

    Somebody who never signed in has no last sign-in, and is therefore never idle.
    """
    first, last = environment.integer(_FIRST, 30), environment.integer(_LAST, 7)
    database.run(
        "UPDATE decidim_users SET email = '', name = '', nickname = '', encrypted_password = '',"
        " current_sign_in_ip = NULL, last_sign_in_ip = NULL, deleted_at = now(), updated_at = now()"
        " WHERE deleted_at IS NULL AND NOT admin AND inactivity_warnings >= 2"
        " AND current_sign_in_at < now() - make_interval(days => %s)",
        days,
    )
    return database.rows(
        "UPDATE decidim_users SET inactivity_warnings = inactivity_warnings + 1"
        " WHERE deleted_at IS NULL AND NOT admin AND"
        " ((inactivity_warnings = 0 AND current_sign_in_at < now() - make_interval(days => %s))"
        " OR (inactivity_warnings = 1 AND current_sign_in_at < now() - make_interval(days => %s)))"
        " RETURNING id, email, decidim_organization_id",
        days - first,
        days - last,
    )
