"""The steps of bringing back an instance whose data is kept as snapshots of files.

One snapshot holds files, accounts and dumps of databases, and its name in the signed manifest is a
digest of it all. Whoever fetches it reads every byte again, and whoever loads the dumps counts
every collection; either ends with a fault, and the site stays shut, where anything differs.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from typing import ClassVar

from orchestrator.engine.step import Say, Step
from orchestrator.flows.steps.loss import Loss
from orchestrator.flows.steps.restoring import Restoration
from orchestrator.model.change import Change, Operation
from orchestrator.model.point import FilesPoint
from orchestrator.model.restoration import Asked, FilesReload, FilesTarget, Stage
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox

KEEPER = "keeper"


def restoration(subject: AnySubject, tools: Toolbox, asked: Asked) -> Restoration:
    """The restoration of an instance, in the way of what it is kept as."""
    holdings = subject.product.holdings(subject)
    kind = FilesRestoration if holdings and holdings.files else Restoration
    return kind(subject, tools, asked)


class FilesRestoration(Restoration):
    """One of files; it may be done again at any place."""

    marks: ClassVar[tuple[str, ...]] = ("files", "databases", "opened")

    @property
    def target(self) -> FilesTarget:
        """The point's own snapshot, or the newest that holds nothing younger than the moment."""
        if self._asked.at is None:
            return FilesTarget(self._asked.id, self._files.snapshot)
        # Whoever lists them is stopped by then, so the job that fetches it chooses.
        before = f"{self._asked.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        return FilesTarget(self._asked.id, "", before)

    def database(self) -> Step:
        """Everything stopped, and the files brought back beside their old selves."""
        moment = f"{self.moment:%Y-%m-%d %H:%M:%S} UTC"
        exact = self._asked.at is None
        detail = f"as of {moment}" if exact else f"of the newest snapshot not younger than {moment}"
        return self._brought_back("files", detail, "files and accounts are as they were")

    def services(self) -> Step:
        """The server of the databases up, and the dumps of the snapshot loaded into it."""

        def act(say: Say) -> None:
            say("the server alone is up, loading the databases")
            self._tools.staged(self._values(), Stage.CLOSED, FilesReload(self._asked.id)).up(say)
            say("every file was read again, every collection counted")

        change = Change("databases", Operation.UPDATE, "databases", "loaded, with the site shut")
        promise = "the databases hold what was dumped, counted collection by collection"
        return self._step("databases", change, promise, act)

    def compared(self) -> None:
        """Whoever brought it back did that."""

    def emptied(self) -> None:
        """There is no queue."""

    def erased(self) -> None:
        """Nobody is erased from files, see `ErasureImpossibleError`."""

    @property
    def _files(self) -> FilesPoint:
        files = self.point.files
        assert files is not None  # noqa: S101 - a point of whatever keeps files names them
        return files

    @cached_property
    def _loss(self) -> Loss:
        return _FilesLoss(self._tools, self._source, "", self.point)


class _FilesLoss(Loss):
    """Of what is kept as files nobody counts rows but whoever takes a snapshot."""

    @property
    def same(self) -> bool:
        """Whether somebody is there who can keep what is there now."""
        return self._tools.cluster.ready(self._namespace, "Deployment", KEEPER)

    def spoken(self, since: datetime, now: datetime) -> str:
        """Minutes."""
        minutes = max((now - since).total_seconds() / 60, 0)
        return f"what came in the last {minutes:.0f} min is lost"
