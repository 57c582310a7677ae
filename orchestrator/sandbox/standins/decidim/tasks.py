"""Rake tasks by name: the schema's, the scheduled ones, and the one-off tasks of upgrades.

Much of what they do in the product has nothing to work on here; such a task says that it ran.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping

from orchestrator.sandbox.standins.decidim import (
    blobs,
    filling,
    inactivity,
    jobs,
    migrate,
    organizations,
)
from orchestrator.sandbox.standins.decidim.database import Database, connected
from orchestrator.sandbox.standins.decidim.environment import Environment
from orchestrator.sandbox.standins.decidim.log import Log
from orchestrator.sandbox.standins.decidim.release import Release

_TASK = re.compile(r"^([a-z][a-z0-9_:]*)(?:\[([^\]]*)\])?$")
_OPEN_DATA = "open_data_file"


class UnknownTaskError(Exception):
    """The image has no task of that name."""


class Tasks:
    """The tasks of one release, with one environment."""

    def __init__(self, environment: Environment, release: Release, log: Log) -> None:
        self._environment = environment
        self._release = release
        self._log = log
        own: dict[str, Callable[[str], None]] = {
            "db:migrate": self._migrate,
            "db:migrate:status": self._status,
            "db:version": self._version,
            "db:schema:load": self._migrate,
            "db:abort_if_pending_migrations": self._abort_if_pending,
            "db:seed": self._seed,
            "migrate:db:force": self._migrate_by_force,
            "decidim_app:k8s:upgrade": self._upgrade,
            "standin:fill": self._fill,
        }
        if release.has_data_migrations:
            own["data:migrate"] = self._migrate_data
        known: Mapping[str, Callable[[str], None]] = {
            "decidim:delete_download_your_data_files": self._delete_archives,
            "decidim:open_data:export": self._open_data,
            "decidim:metrics:all": lambda _: jobs.count_later(self._environment),
            "decidim:participants:delete_inactive_participants": self._delete_inactive,
            "decidim:verifications:revoke:sms": self._revoke_sms,
        }
        for name in (*release.tasks, "decidim_app:k8s:configure"):
            own[name] = known.get(name, self._nothing)
        self._by_name = own

    @property
    def names(self) -> list[str]:
        """What `--tasks` lists."""
        return sorted(self._by_name)

    def knows(self, text: str) -> bool:
        """Whether the text names a task of the image."""
        found = _TASK.match(text)
        return found is not None and found[1] in self._by_name

    def run(self, text: str) -> None:
        """Carry out one task, such as `name` or `name[argument]`.

        Raises UnknownTaskError and whatever keeps the task from being done.
        """
        found = _TASK.match(text)
        if found is None or found[1] not in self._by_name:
            raise UnknownTaskError(text)
        self._by_name[found[1]](found[2] or "")

    def _say(self, message: str) -> None:
        self._log.say(message)

    def _migrate(self, _argument: str) -> None:
        with connected(self._environment) as database:
            migrate.migrate(database, self._release, self._say)

    def _migrate_by_force(self, _argument: str) -> None:
        with connected(self._environment) as database:
            migrate.migrate_by_force(database, self._release, self._say)

    def _upgrade(self, argument: str) -> None:
        """The hoster's task: whatever goes wrong is logged, and the task has succeeded."""
        try:
            self._migrate_by_force(argument)
        except Exception as fault:  # noqa: BLE001 - the product's own trap
            self._log.say("upgrade: rescued", error=type(fault).__name__)

    def _migrate_data(self, _argument: str) -> None:
        with connected(self._environment) as database:
            migrate.migrate_data(database, self._say)

    def _status(self, _argument: str) -> None:
        with connected(self._environment) as database:
            print(migrate.status(self._release, migrate.applied(database)))

    def _version(self, _argument: str) -> None:
        with connected(self._environment) as database:
            print(f"Current version: {max(migrate.applied(database), default='0')}")

    def _abort_if_pending(self, _argument: str) -> None:
        with connected(self._environment) as database:
            if left := migrate.pending(self._release, migrate.applied(database)):
                raise migrate.PendingMigrationsError(len(left))

    def _seed(self, _argument: str) -> None:
        """Well-known accounts with public passwords, where somebody asked for them."""
        if self._environment.enabled("SEED"):
            with connected(self._environment) as database:
                filling.seed(database)

    def _fill(self, argument: str) -> None:
        """Sample data of the stand-in's own: the product has no such task."""
        with connected(self._environment) as database:
            filling.fill(database, self._environment, int(argument or 3))

    def _delete_archives(self, _argument: str) -> None:
        with connected(self._environment) as database:
            database.run("DELETE FROM decidim_private_exports WHERE expires_at < now()")

    def _open_data(self, _argument: str) -> None:
        with connected(self._environment) as database:
            for each in organizations.every(database):
                self._export(database, each["id"], organizations.title(each))

    def _export(self, database: Database, number: int, title: str) -> None:
        sheet = io.StringIO()
        rows = csv.writer(sheet, delimiter=";")
        rows.writerow(("organization", "slug"))
        pages = "SELECT slug FROM decidim_static_pages WHERE decidim_organization_id = %s"
        rows.writerows((title, row["slug"]) for row in database.rows(pages, number))
        earlier = database.rows(
            "DELETE FROM active_storage_attachments WHERE record_type = 'Decidim::Organization'"
            " AND record_id = %s AND name = %s RETURNING blob_id",
            number,
            _OPEN_DATA,
        )
        blob = blobs.create_and_upload(
            database, self._environment, "open-data.csv", sheet.getvalue().encode(), "text/csv"
        )
        database.insert(
            "active_storage_attachments",
            name=_OPEN_DATA,
            record_type="Decidim::Organization",
            record_id=number,
            blob_id=blob["id"],
        )
        database.commit()
        for each in earlier:
            jobs.purge_later(self._environment, each["blob_id"], "active_storage_purge")

    def _delete_inactive(self, argument: str) -> None:
        jobs.delete_inactive_later(
            self._environment, inactivity.period(self._environment, argument)
        )

    def _revoke_sms(self, _argument: str) -> None:
        with connected(self._environment) as database:
            database.run("DELETE FROM decidim_authorizations WHERE name = 'sms'")

    def _nothing(self, _argument: str) -> None:
        """Look at the database, as the product would, and find nothing to do."""
        with connected(self._environment) as database:
            count = len(organizations.every(database))
        self._log.say("nothing to do", organisations=count)
