"""An instance in memory that is kept as snapshots of files, by a pod that asks the store itself."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from orchestrator.errors.process import ToolFailedError
from orchestrator.flows.steps import handed_keys
from orchestrator.model.restoration import FilesReload, FilesTarget, Stage
from orchestrator.model.rights import Rights
from orchestrator.model.secret import Secret
from orchestrator.products.holdings import Holdings
from orchestrator.products.rudi.secrets import ADMINISTRATOR_PATH
from tests.unit.recovery.instance import NAMES, Data, World

STORE = NAMES.backup_bucket


@dataclass
class Snapshot:
    """One as the repository has it, with what it holds."""

    name: str
    id: str
    as_of: datetime
    content: Data


class FilesWorld(World):
    """Documents and files; `loaded` tells what its databases hold, `laid` what its volumes do."""

    def __init__(self) -> None:
        super().__init__()
        self.holdings = Holdings("", keys={ADMINISTRATOR_PATH: ()}, files=True)
        self.data = Data({"rudi_catalog.metadata": 3, "rudi_manager.db.users": 1})
        self.snapshots: list[Snapshot] = []
        self.laid = ""
        self.loaded = ""
        self.away: list[int] = []

    def ready(self, _namespace: str, _kind: str, name: str) -> bool:
        if self.stage is Stage.CLOSED:
            return name == "database"
        return self.stage is Stage.OPEN

    def execute(
        self,
        _namespace: str,
        workload: str,
        command: Sequence[str],
        stdin: str | Secret | None = None,
        timeout_s: float = 60.0,
    ) -> str:
        del timeout_s
        self.passed += 0.1
        name = " ".join(command)
        assert workload == "deployment/keeper", f"nobody asks {workload} for {name}"
        assert self.ready("", "", "keeper"), f"nobody can run {name}"
        self.asked.append(name[:80])
        if command[0] == "keeper-snapshot":
            return self._snapshot(command[1])
        if name == "keeper-prune":
            return self._forget(stdin)
        if name == "keeper-restic --no-lock --json snapshots":
            return json.dumps([self._told(one) for one in self.snapshots])
        assert name == f"sh -c {handed_keys.SEEN}", name
        return self._held()

    def people_go_on(self) -> None:
        """Documents come and go."""
        self.passed += 300
        self.data.rows["rudi_catalog.metadata"] += 4
        self.passed += 300

    def take(self, name: str) -> None:
        """As the pod does it by itself, every so often."""
        self._snapshot(name)

    def _snapshot(self, name: str) -> str:
        if self.away:
            raise ToolFailedError("keeper-snapshot", status=self.away.pop(0), tail=("away",))
        self.touch("snapshot")
        at = self._at(self.database_ahead_s).replace(microsecond=0)
        id_ = hashlib.sha256(name.encode()).hexdigest()
        self.snapshots.append(Snapshot(name, id_, at, copy.deepcopy(self.data)))
        for key in ("config", f"data/{id_[:2]}/{id_}", f"snapshots/{id_}", f"locks/{id_}"):
            if self.store.read(STORE, f"files/{key}") is None:
                self.store.put(STORE, f"files/{key}", f"{key} {self.data.rows}".encode())
        self.store.delete(STORE, f"files/locks/{id_}")
        ended = self._at(self.database_ahead_s).isoformat().replace("+00:00", "Z")
        found = {
            "id": name,
            "snapshot": id_,
            "began": ended,
            "ended": ended,
            "as_of": f"{at:%Y-%m-%dT%H:%M:%SZ}",
            "files": 9,
            "bytes": 900,
            "collections": _part(self.data, "rudi_catalog"),
            "rows": _part(self.data, "rudi_manager"),
        }
        return json.dumps(found) + "\n"

    def _forget(self, given: object) -> str:
        """As the pod does it: snapshots first, then what none of the others needs."""
        assert isinstance(given, Secret)
        access, secret, *names = given.reveal().split()
        assert self.store.identities[access] == (STORE, secret, Rights.INSTANCE)
        self.touch("forget")
        self.snapshots = [one for one in self.snapshots if one.id not in names]
        kept = {one.id for one in self.snapshots}
        for key in self.store.keys(STORE, "files/"):
            lies = key.startswith(("files/data/", "files/snapshots/"))
            if lies and key.rpartition("/")[2] not in kept:
                self.touch(f"engine hides {key}")
                self.store.delete(STORE, key)
        return ""

    def _told(self, one: Snapshot) -> dict[str, Any]:
        return {"time": f"{one.as_of:%Y-%m-%dT%H:%M:%SZ}", "tags": [one.name], "id": one.id}

    def _up(self, stage: Stage, target: Any) -> None:
        self.touch(f"up {stage}")
        self.staged.append((stage, target))
        self.stage = stage
        if isinstance(target, FilesTarget):
            assert stage is Stage.STOPPED
            self._lay(target)
        if isinstance(target, FilesReload):
            assert stage is Stage.CLOSED
            assert self.laid == target.id, "there is no dump of this restoration"
            self.loaded = target.id
        if stage is Stage.OPEN:
            assert self.loaded == self.laid, "files and databases are of two moments"

    def _lay(self, target: FilesTarget) -> None:
        """As `keeper-restore` does it, which knows a second try by the id."""
        if self.laid == target.id:
            return
        if target.snapshot:
            (found,) = [one for one in self.snapshots if one.id == target.snapshot]
        else:
            before = datetime.strptime(target.before, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
            found = [one for one in self.snapshots if one.as_of <= before][-1]
        self.data = copy.deepcopy(found.content)
        self.laid = target.id
        self.restored += 1


def _part(data: Data, name: str) -> dict[str, int]:
    return {key: count for key, count in data.rows.items() if key.startswith(name)}
