"""What the worker does for each class of job, and how the other processes ask for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.sandbox.standins.decidim import (
    backlog,
    blobs,
    inactivity,
    letters,
    mail,
    organizations,
)
from orchestrator.sandbox.standins.decidim.database import connected
from orchestrator.sandbox.standins.decidim.environment import Environment

MAIL = "ActionMailer::MailDeliveryJob"
PURGE = "ActiveStorage::PurgeJob"
METRIC = "Decidim::MetricJob"
INACTIVE = "Decidim::DeleteInactiveParticipantsJob"
_METRIC_TYPES = ("users", "participants")

Arguments = Mapping[str, Any]


class UnknownJobError(Exception):
    """The job's class is not in the image."""


def perform(environment: Environment, work: Mapping[str, Any]) -> None:
    """Carry out one job. Raises whatever keeps it from being done."""
    name = str(work.get("wrapped") or work["class"])
    if name not in _BY_NAME:
        raise UnknownJobError(name)
    _BY_NAME[name](environment, work["args"][0]["arguments"][0])


def mail_later(
    environment: Environment, *, to: str, subject: str, body: str, organization: int | None = None
) -> str:
    """Queue a mail; an organisation's goes through its own relay when it has one.

    Answers the job's number.
    """
    arguments = {"to": to, "subject": subject, "body": body, "organization": organization}
    return backlog.perform_later(environment, MAIL, "mailers", arguments, perform)


def purge_later(environment: Environment, number: int, queue_name: str) -> None:
    """Queue the removal of an upload."""
    backlog.perform_later(environment, PURGE, queue_name, {"blob": number}, perform)


def count_later(environment: Environment) -> None:
    """Queue the charts of the day, one job for each kind."""
    for metric in _METRIC_TYPES:
        backlog.perform_later(environment, METRIC, "metrics", {"metric": metric}, perform)


def delete_inactive_later(environment: Environment, days: int) -> None:
    """Queue the removal of accounts that were idle for so many days."""
    name = "delete_inactive_participants"
    backlog.perform_later(environment, INACTIVE, name, {"days": days}, perform)


def _send(environment: Environment, arguments: Arguments) -> None:
    if letters.wanted(environment):
        letters.keep(arguments)
        return
    settings = None
    if (number := arguments.get("organization")) is not None:
        with connected(environment) as database:
            found = organizations.of_number(database, number)
        settings = found["smtp_settings"] if found else None
    relay = mail.relay_of(environment, settings)
    mail.send(relay, arguments, mail.sender_of(environment, settings))


def _purge(environment: Environment, arguments: Arguments) -> None:
    with connected(environment) as database:
        blobs.purge(database, environment, int(arguments["blob"]))


def _count(environment: Environment, arguments: Arguments) -> None:
    with connected(environment) as database:
        database.run(
            "INSERT INTO decidim_metrics"
            " (day, metric_type, cumulative, quantity, decidim_organization_id)"
            " SELECT current_date, %s, count(*), count(*), decidim_organization_id"
            " FROM decidim_users WHERE decidim_organization_id IS NOT NULL"
            " GROUP BY decidim_organization_id"
            " ON CONFLICT (day, metric_type, decidim_organization_id)"
            " DO UPDATE SET cumulative = excluded.cumulative, quantity = excluded.quantity",
            arguments["metric"],
        )


def _delete_inactive(environment: Environment, arguments: Arguments) -> None:
    with connected(environment) as database:
        warned = inactivity.look(database, environment, int(arguments["days"]))
    for account in warned:
        mail_later(
            environment,
            to=account["email"],
            subject="Your account will be deleted",
            body="Sign in to keep it.\n\nThis mail comes from a stand-in for Decidim.\n",
            organization=account["decidim_organization_id"],
        )


_BY_NAME: Mapping[str, Callable[[Environment, Arguments], None]] = {
    MAIL: _send,
    PURGE: _purge,
    METRIC: _count,
    INACTIVE: _delete_inactive,
}
