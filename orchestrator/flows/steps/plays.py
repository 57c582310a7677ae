"""Running a play of a product, and knowing whether it has to run again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from orchestrator.engine.step import Say
from orchestrator.errors.play import PlayFailedError
from orchestrator.flows.steps.secrets import known_values
from orchestrator.model.secret import Secret
from orchestrator.products.product import AnySubject, Play
from orchestrator.products.toolbox import Toolbox


def run(play: Play, subject: AnySubject, tools: Toolbox, say: Say) -> Mapping[str, Secret]:
    """Run it to its good end; what it brings back. Raises PlayFailedError."""
    values = known_values(subject, tools)
    result = tools.hosts.play(
        play.name,
        {**tools.play_variables, **play.inputs, **play.now(tools)},
        play.secrets(values),
        say,
    )
    if not result.ok:
        raise PlayFailedError(play.name, task=result.failed_task, reason=result.reason)
    return result.told


def fingerprint(play: Play) -> str:
    """SHA-256 of everything the play is given in the open."""
    canonical = json.dumps(play.inputs, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
