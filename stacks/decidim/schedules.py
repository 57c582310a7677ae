"""The release's scheduled work; the product would run none of it by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping

from orchestrator.model.part import seconds
from orchestrator.model.release import Schedule
from stacks.decidim.application import RUNNERS_PATH, Application
from stacks.resource import Resource
from stacks.schedule import cron_job


def schedules(parts: Application) -> tuple[Resource, ...]:
    """A CronJob for every task of the release, never two of the same at once.

    Those of ours that delete what guests left exist only while guests are let in.
    """
    tasks = tuple(
        _cron_job(parts, each, ("bundle", "exec", "rails", each.task))
        for each in parts.order.release.schedules
    )
    return (*tasks, *_purges(parts), *_ends(parts))


def _ends(parts: Application) -> tuple[Resource, ...]:
    """The job that keeps the last day of programs: the product knows none."""
    if not parts.order.instance.programs:
        return ()
    # Days end in UTC, which may be two hours into the night here.
    when = Schedule(
        name="end-programs",
        task="end_programs.rb",
        cron="M 3 * * *",
        why="A program is let in until its last day",
    )
    return (_cron_job(parts, when, _runner(when.task, {})),)


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


def _cron_job(parts: Application, schedule: Schedule, arguments: tuple[str, ...]) -> Resource:
    labels = parts.labels(schedule.name)
    return cron_job(parts.order, schedule, labels, parts.once("task", arguments))
