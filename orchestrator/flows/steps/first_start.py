"""What a product is asked once, right after its first start, and tells nobody else."""

from __future__ import annotations

import itertools

from orchestrator.engine.step import Say, Step, once
from orchestrator.flows.steps import plays, told
from orchestrator.flows.steps.secrets import keep, kept_values, known_values
from orchestrator.model.change import Change, Operation
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox

NAME = "first start"


def first_start(subject: AnySubject, tools: Toolbox) -> Step | None:
    """The secrets that the product tells are kept where all others are."""
    play = subject.product.first_start(subject)
    if play is None:
        return None

    def look() -> tuple[Change, ...]:
        values = known_values(subject, tools)
        if all(spec.name in values for spec in play.yields):
            return ()
        return (Change(NAME, Operation.RUN, f"play/{play.name}", play.purpose),)

    def act(say: Say) -> None:
        brought = plays.run(play, subject, tools, say)
        for path, specs in itertools.groupby(play.yields, key=lambda spec: spec.path):
            values = {spec.key: brought[spec.key] for spec in specs}
            keep(tools.secrets, path, values)
            say(f"kept {', '.join(values)} at {path}")
        # Last: a kept secret that nobody here remembers is asked for again.
        told.remember(subject, tools, kept_values(subject, tools.secrets))

    return Step(NAME, promise=play.promise, look=look, act=act, holds=once(look))
