"""The schema of the database, read from the database itself.

The product's own upgrade task swallows errors (decidim.md 1.4), so a job's exit status is not
believed: the newest version that the release brings must stand in the database.
"""

from __future__ import annotations

from orchestrator.engine.step import Say, Step
from orchestrator.errors.onboard import MigrationIncompleteError
from orchestrator.flows.subject import Subject, Toolbox
from orchestrator.model.change import Change, Operation, Risk

NAME = "migration"
WAIT_S = 120.0
EVERY_S = 2.0
EXISTS = "select coalesce(to_regclass('public.schema_migrations')::text, '')"
NEWEST = "select coalesce(max(version), '') from schema_migrations"


def migration(subject: Subject, tools: Toolbox) -> Step:
    """The database is at the schema of the release."""
    wanted = subject.release.schema_version

    def seen() -> str:
        namespace = subject.names.namespace
        if not tools.cluster.ready(namespace, "StatefulSet", "database"):
            return ""
        return query(tools, namespace, NEWEST) if query(tools, namespace, EXISTS) else ""

    def look() -> tuple[Change, ...]:
        found = seen()
        if found == wanted:
            return ()
        detail = f"schema {found or 'none'} → {wanted}"
        return (Change(NAME, Operation.RUN, "job/migrate", detail, Risk.MILD),)

    def act(say: Say) -> None:
        say("reading the schema from the database")
        until = tools.clock.monotonic() + WAIT_S
        while (found := seen()) != wanted:
            if tools.clock.monotonic() > until:
                raise MigrationIncompleteError(subject.names.instance, wanted=wanted, seen=found)
            tools.clock.sleep(EVERY_S)

    return Step(
        NAME,
        promise=f"the database is at schema {wanted}",
        look=look,
        act=act,
        holds=lambda: seen() == wanted,
    )


def query(tools: Toolbox, namespace: str, statement: str) -> str:
    """The first column of the first row, as text; asked over the database's own socket."""
    command = ["psql", "-X", "-A", "-t", "-h", "/run/postgresql", "-U", "postgres"]
    shell = [*command, "-d", "decidim", "-c", statement]
    lines = tools.cluster.execute(namespace, "statefulset/database", shell).strip().splitlines()
    return lines[0] if lines else ""
