"""Asking the modules inside their own pods, where no entrance stands between."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.products import asking
from orchestrator.products.product import Subject
from orchestrator.products.rudi.instance import Rudi
from orchestrator.products.rudi.release import RudiRelease
from orchestrator.products.toolbox import Toolbox
from orchestrator.products.trying import Answer

RudiSubject = Subject[Rudi, RudiRelease]

TIMEOUT_S = 90.0
CATALOG = "deployment/catalog"
STORAGE = "statefulset/storage"
MANAGER = "statefulset/manager"


@dataclass(frozen=True)
class Said:
    """What a module answered."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        """The document in it; None when it is none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None


def url(subject: RudiSubject, path: str) -> str:
    """The address of a path inside the pod of the module that it begins with."""
    module = getattr(subject.release.modules, path.split("/")[1])
    return f"http://localhost:{module.port}{path}"


def ask(
    subject: RudiSubject, tools: Toolbox, workload: str, *requests: Mapping[str, Any]
) -> Sequence[Said]:
    """Ask one after the other; each request names `method`, `path` and what goes with it.

    Raises NotAccepted when the module does not answer at all.
    """
    asked = [
        {**{key: value for key, value in one.items() if key != "path"}, "url": url(subject, path)}
        for one in requests
        for path in [one["path"]]
    ]
    told = script(subject, tools, workload, "ask.mjs", {"requests": asked})
    return [Said(one["status"], base64.b64decode(one["body"])) for one in told["answers"]]


def script(
    subject: RudiSubject, tools: Toolbox, workload: str, name: str, asked: Mapping[str, Any]
) -> Answer:
    """Run a script of ours in a pod; its answer. Raises NotAccepted."""
    place = (subject.names.namespace, workload)
    return asking.script(tools, place, ["node", f"{asking.RUNNERS}/{name}"], asked, TIMEOUT_S)
