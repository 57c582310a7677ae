"""The release's scheduled work; the product would run none of it by itself.

`M` in a cron expression is the tenant's own minute; `M/15` is every 15 minutes from there on. A
thousand tenants therefore never start at the same time.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from orchestrator.model.names import minute_of_hour
from orchestrator.model.part import seconds
from orchestrator.model.release import Schedule
from stacks import kind
from stacks.decidim.application import RUNNERS_PATH, Application
from stacks.parts import template
from stacks.resource import Resource

LONGEST_S = 3600
LATEST_START_S = 900
TRIES_AGAIN = 1
_HOUR = 60
_MINUTE = re.compile(r"^M(?:/(?P<every>[1-9][0-9]?))?(?= )")


def schedules(parts: Application) -> tuple[Resource, ...]:
    """A CronJob for every task of the release, never two of the same at once.

    Those of ours that delete what guests left exist only while guests are let in.
    """
    tasks = tuple(
        _cron_job(parts, each, ("bundle", "exec", "rails", each.task))
        for each in parts.order.release.schedules
    )
    return (*tasks, *_purges(parts))


def _purges(parts: Application) -> tuple[Resource, ...]:
    guests = parts.order.instance.features.guest_meeting_registration
    if not guests.enabled:
        return ()
    # Forms first: an account whose form is kept is kept as well.
    kept = (
        ("purge-guest-requests", "purge_guest_requests.rb", guests.requests_kept, "M 4 * * *"),
        ("purge-guest-accounts", "purge_guest_accounts.rb", guests.accounts_kept, "M 5 * * *"),
    )
    return tuple(
        _cron_job(
            parts,
            Schedule(name=name, task=script, cron=when, why=f"Guests' data is kept for {delay}"),
            _runner(script, {"kept_s": seconds(delay)}),
        )
        for name, script, delay, when in kept
    )


def _runner(script: str, question: Mapping[str, int]) -> tuple[str, ...]:
    """A runner script, asked on standard input as everywhere; the question is no secret."""
    path = f"{RUNNERS_PATH}/{script}"
    return ("sh", "-ec", f"echo '{json.dumps(question)}' | bundle exec rails runner {path}")


def cron(expression: str, tenant: str, task: str) -> str:
    """The expression with the derived minute in place of `M`."""
    minute = minute_of_hour(tenant, task)

    def derived(match: re.Match[str]) -> str:
        every = int(match["every"] or _HOUR)
        return ",".join(str(each) for each in range(minute % every, _HOUR, every))

    return _MINUTE.sub(derived, expression)


def _cron_job(parts: Application, schedule: Schedule, arguments: tuple[str, ...]) -> Resource:
    order = parts.order
    labels = parts.labels(schedule.name)
    job = {
        "backoffLimit": TRIES_AGAIN,
        "activeDeadlineSeconds": LONGEST_S,
        "template": template(labels, parts.once("task", arguments)),
    }
    spec = {
        "schedule": cron(schedule.cron, order.tenant.slug, schedule.name),
        "timeZone": order.instance.time_zone,
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": LATEST_START_S,
        "successfulJobsHistoryLimit": 1,
        "failedJobsHistoryLimit": 2,
        "jobTemplate": {"metadata": {"labels": labels}, "spec": job},
        **({"suspend": True} if order.ended else {}),
    }
    return Resource(
        kind.CRON_JOB,
        f"cronjob/{schedule.name}",
        schedule.name,
        order.namespace,
        labels,
        {"spec": spec},
    )
