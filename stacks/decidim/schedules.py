"""The release's scheduled work; the product would run none of it by itself.

`M` in a cron expression is the tenant's own minute; `M/15` is every 15 minutes from there on. A
thousand tenants therefore never start at the same time.
"""

from __future__ import annotations

import re

from orchestrator.model.names import minute_of_hour
from orchestrator.model.release import Schedule
from stacks import kind
from stacks.decidim.application import Application
from stacks.parts import template
from stacks.resource import Resource

LONGEST_S = 3600
LATEST_START_S = 900
TRIES_AGAIN = 1
_HOUR = 60
_MINUTE = re.compile(r"^M(?:/(?P<every>[1-9][0-9]?))?(?= )")


def schedules(parts: Application) -> tuple[Resource, ...]:
    """A CronJob for every task of the release, never two of the same at once."""
    return tuple(_cron_job(parts, each) for each in parts.order.release.schedules)


def cron(expression: str, tenant: str, task: str) -> str:
    """The expression with the derived minute in place of `M`."""
    minute = minute_of_hour(tenant, task)

    def derived(match: re.Match[str]) -> str:
        every = int(match["every"] or _HOUR)
        return ",".join(str(each) for each in range(minute % every, _HOUR, every))

    return _MINUTE.sub(derived, expression)


def _cron_job(parts: Application, schedule: Schedule) -> Resource:
    order = parts.order
    labels = parts.labels(schedule.name)
    arguments = ("bundle", "exec", "rails", schedule.task)
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
    }
    return Resource(
        kind.CRON_JOB,
        f"cronjob/{schedule.name}",
        schedule.name,
        order.namespace,
        labels,
        {"spec": spec},
    )
