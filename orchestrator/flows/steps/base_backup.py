"""A base of the database that the log can be replayed from; there must be one before any point."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from orchestrator.engine.step import Say, Step
from orchestrator.errors.backup import RepositoryUnreadableError
from orchestrator.flows.steps.backup_store import backup_store
from orchestrator.model.change import Change, Operation, Risk
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox
from orchestrator.recovery.files import FilesEngine
from orchestrator.recovery.postgresql import PostgresqlEngine

NAME = "base-backup"
OLDEST = timedelta(days=8)
"""A week, and a night in which it did not come about."""
Take = Literal["full", "diff", "incr"]


def base_backup(subject: AnySubject, tools: Toolbox, take: Take | None = None) -> Step | None:
    """There is a sound base not older than the schedule makes them; with `take`, one more."""
    engine = engine_of(subject, tools)
    if engine is None:
        return None
    known: list[str] = []

    def wanting() -> str:
        if not tools.cluster.ready(subject.names.namespace, "StatefulSet", "database"):
            return "once the database is up"
        try:
            repository = engine.repository()
        except RepositoryUnreadableError:
            # With a key that was revoked the engine reads nothing; the step before renews it.
            store = backup_store(subject, tools)
            if store and store.look():
                return "once its keys are renewed"
            raise
        newest = repository.newest(engine.timeline()) if repository else None
        if newest is None:
            # Whatever was made on a history that was left leads nowhere from here.
            return "the first since it was brought back" if repository else "the first"
        if tools.clock.now() - newest.ended > OLDEST:
            return f"the newest is of {newest.ended:%Y-%m-%d}"
        return ""

    def look() -> tuple[Change, ...]:
        why = wanting() or (f"{take}, as asked" if take and not known else "")
        if not why:
            return ()
        return (Change(NAME, Operation.RUN, "base/database", why, Risk.NONE),)

    def act(say: Say) -> None:
        engine.base(take or "full", say)
        known.append("made")

    return Step(
        NAME,
        promise="the store holds a base of the database that is whole and recent",
        look=look,
        act=act,
        holds=lambda: not wanting(),
    )


def engine_of(subject: AnySubject, tools: Toolbox) -> PostgresqlEngine | None:
    """The engine of an instance's database, where it has one that is backed up by its log."""
    holdings = subject.product.holdings(subject)
    if holdings is None or not holdings.database:
        return None
    return PostgresqlEngine(tools.cluster, tools.clock, subject.names.namespace, holdings.database)


def files_of(subject: AnySubject, tools: Toolbox) -> FilesEngine | None:
    """The engine of an instance's files, where they are kept as snapshots."""
    holdings = subject.product.holdings(subject)
    if holdings is None or not holdings.files:
        return None
    return FilesEngine(tools.cluster, tools.clock, subject.names.namespace)
