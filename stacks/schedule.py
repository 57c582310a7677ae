"""Scheduled work of any product.

`M` in a cron expression is the tenant's own minute; `M/15` is every 15 minutes from there on. A
thousand tenants therefore never start at the same time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from orchestrator.model.names import minute_of_hour
from orchestrator.model.release import Schedule
from stacks import kind
from stacks.order import AnyOrder
from stacks.parts import template
from stacks.resource import Resource

LONGEST_S = 3600
LATEST_START_S = 900
TRIES_AGAIN = 1
_HOUR = 60
_MINUTE = re.compile(r"^M(?:/(?P<every>[1-9][0-9]?))?(?= )")


def cron(expression: str, tenant: str, task: str) -> str:
    """The expression with the derived minute in place of `M`."""
    minute = minute_of_hour(tenant, task)

    def derived(match: re.Match[str]) -> str:
        every = int(match["every"] or _HOUR)
        return ",".join(str(each) for each in range(minute % every, _HOUR, every))

    return _MINUTE.sub(derived, expression)


def cron_job(
    order: AnyOrder,
    schedule: Schedule,
    labels: Mapping[str, str],
    spec: Mapping[str, Any],
    longest_s: int = LONGEST_S,
) -> Resource:
    """A task at its times, in the instance's time zone, never twice at once."""
    job = {
        "backoffLimit": TRIES_AGAIN,
        "activeDeadlineSeconds": longest_s,
        "template": template(labels, spec),
    }
    body = {
        "schedule": cron(schedule.cron, order.tenant.slug, schedule.name),
        "timeZone": order.instance.time_zone,
        "concurrencyPolicy": "Forbid",
        "startingDeadlineSeconds": LATEST_START_S,
        "successfulJobsHistoryLimit": 1,
        "failedJobsHistoryLimit": 2,
        "jobTemplate": {"metadata": {"labels": dict(labels)}, "spec": job},
        **({"suspend": True} if order.ended else {}),
    }
    return Resource(
        kind.CRON_JOB,
        f"cronjob/{schedule.name}",
        schedule.name,
        order.namespace,
        labels,
        {"spec": body},
    )
