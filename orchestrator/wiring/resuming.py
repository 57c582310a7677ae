"""A run again, from what it kept of its verb and of what it was asked for."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from orchestrator.errors.drills import DrillNotResumedError
from orchestrator.flows import backup, beside, clone, drill, erase, prune, remove_copy, restore
from orchestrator.flows.steps.base_backup import Take
from orchestrator.model.restoration import Asked, Together
from orchestrator.model.run import Run
from orchestrator.settings import Settings
from orchestrator.wiring import backups, clones, copies, erasures, onboarding, together
from orchestrator.wiring import case as cases
from orchestrator.wiring.recipe import Recipe
from orchestrator.wiring.undertaking import Undertaking

if TYPE_CHECKING:
    from orchestrator.engine.events import Listener


def reopened(settings: Settings, run: Run, listener: Listener) -> Undertaking:
    """The same verb on the same subject. Raises the faults of its files, DrillNotResumedError."""
    if run.verb == drill.VERB:
        raise DrillNotResumedError(run.id, instance=run.subject.partition("@")[0])
    if run.verb == backup.VERB:
        return backups.back_up(settings, run.subject, listener, _take(run))
    if run.verb == prune.VERB:
        return backups.prune(settings, run.subject, listener)
    if run.verb == erase.VERB:
        person, reference = run.options["person"], run.options["reference"]
        return erasures.erasing(settings, run.subject, person, reference, listener)
    if run.verb in (beside.VERB, clone.VERB, remove_copy.VERB):
        return _copied(settings, run, listener)
    if run.verb == restore.VERB and (several := Together.read(run.options)):
        return together.reopened(settings, run.subject, several, listener)
    return Undertaking(cases.read(settings, run.subject), _recipe(run), listener)


def _copied(settings: Settings, run: Run, listener: Listener) -> Undertaking:
    """A run about a copy."""
    if run.verb == beside.VERB:
        until = date.fromisoformat(run.options["until"])
        name = run.subject.partition("@")[2]
        recipe = copies.beside_recipe(Asked.read(run.options), name, until)
        return copies.reopened(settings, run.subject, listener, recipe)
    if run.verb == clone.VERB:
        until = date.fromisoformat(run.options["until"])
        return clones.reopened(settings, run.subject, until, Asked.read(run.options), listener)
    return copies.reopened(settings, run.subject, listener, copies.remove_recipe())


def _recipe(run: Run) -> Recipe:
    if run.verb == restore.VERB:
        return backups.restore_recipe(Asked.read(run.options))
    return onboarding.RECIPE


def _take(run: Run) -> Take | None:
    kinds: dict[str, Take] = {"full": "full", "diff": "diff", "incr": "incr"}
    return kinds.get(run.options.get("take", ""))
