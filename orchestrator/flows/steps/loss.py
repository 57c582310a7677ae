"""What an instance would lose by going back: told before anything is touched."""

from __future__ import annotations

from datetime import datetime

from orchestrator.model.names import InstanceNames
from orchestrator.model.point import RecoveryPoint
from orchestrator.products.toolbox import Toolbox
from orchestrator.recovery.postgresql import PostgresqlEngine


class Loss:
    """The instance as it runs now, held against a point of it."""

    def __init__(
        self, tools: Toolbox, names: InstanceNames, database: str, point: RecoveryPoint
    ) -> None:
        self._tools = tools
        self._namespace = names.namespace
        self._engine = PostgresqlEngine(tools.cluster, tools.clock, names.namespace, database)
        self._point = point

    @property
    def same(self) -> bool:
        """Whether the database runs that the point is of; a lost volume gets an empty one."""
        log = self._point.database
        if log is None or not self._tools.cluster.ready(self._namespace, "StatefulSet", "database"):
            return False
        return self._engine.system() == log.system

    def spoken(self, since: datetime, now: datetime) -> str:
        """Minutes, and rows where the database still tells."""
        minutes = max((now - since).total_seconds() / 60, 0)
        spoken = f"what came in the last {minutes:.0f} min is lost"
        if not self.same:
            return f"{spoken}; the database that is there now cannot tell how much"
        counts, then = self._engine.counts(), self._point.counts
        more = sum(max(count - then.get(name, (0, 0))[1], 0) for name, count in counts.items())
        less = sum(max(low - counts.get(name, 0), 0) for name, (low, _) in then.items())
        return f"{spoken}: since the point {more} rows came and {less} went"
