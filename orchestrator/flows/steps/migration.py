"""The schema of the database, read from the database itself."""

from __future__ import annotations

from orchestrator.engine.step import Say, Step
from orchestrator.errors.onboard import MigrationIncompleteError
from orchestrator.model.change import Change, Operation, Risk
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox

NAME = "migration"
WAIT_S = 120.0
EVERY_S = 2.0


def migration(subject: AnySubject, tools: Toolbox) -> Step | None:
    """The database is at the schema of the release, where the release names one."""
    schema = subject.product.schema(subject)
    if schema is None:
        return None
    wanted, seen = schema.wanted, schema.seen

    def look() -> tuple[Change, ...]:
        found = seen(tools)
        if found == wanted:
            return ()
        detail = f"schema {found or 'none'} → {wanted}"
        return (Change(NAME, Operation.RUN, "job/migrate", detail, Risk.MILD),)

    def act(say: Say) -> None:
        say("reading the schema from the database")
        until = tools.clock.monotonic() + WAIT_S
        while (found := seen(tools)) != wanted:
            if tools.clock.monotonic() > until:
                raise MigrationIncompleteError(subject.names.instance, wanted=wanted, seen=found)
            tools.clock.sleep(EVERY_S)

    return Step(
        NAME,
        promise=f"the database is at schema {wanted}",
        look=look,
        act=act,
        holds=lambda: seen(tools) == wanted,
    )
