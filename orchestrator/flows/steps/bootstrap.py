"""What lives only in the product's own database, brought about by a play inside the running pod."""

from __future__ import annotations

from orchestrator.engine.step import Say, Step, once
from orchestrator.flows.steps import plays
from orchestrator.model.change import Change, Operation
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox

NAME = "bootstrap"
NOTE = "orchestrator-bootstrap"


def bootstrap(subject: AnySubject, tools: Toolbox) -> Step | None:
    """What the tenant file says of the product's own settings is so."""
    play = subject.product.bootstrap(subject)
    if play is None:
        return None
    namespace = subject.names.namespace

    def look() -> tuple[Change, ...]:
        note = tools.cluster.note(namespace, NOTE)
        if note is None:
            why = play.purpose
        elif "failed" in note:
            why = "acceptance failed since"
        elif note.get("fingerprint") != plays.fingerprint(play):
            why = "settings changed"
        else:
            why = play.missing(tools)
        return (Change(NAME, Operation.RUN, f"play/{play.name}", why),) if why else ()

    def act(say: Say) -> None:
        plays.run(play, subject, tools, say)
        body = {"fingerprint": plays.fingerprint(play), "at": f"{tools.clock.now()}"}
        tools.cluster.write_note(namespace, NOTE, body)

    return Step(NAME, promise=play.promise, look=look, act=act, holds=once(look))
