"""Every object that a point needs, read byte for byte."""

from __future__ import annotations

from collections.abc import Callable

from orchestrator.engine.step import Say, Step
from orchestrator.errors.backup import PointBrokenError
from orchestrator.model.change import Change, Operation, Risk
from orchestrator.products.product import AnySubject
from orchestrator.products.toolbox import Toolbox
from orchestrator.recovery.points import Points
from orchestrator.recovery.proof import Proof, proved

NAME = "repository"


def proving(subject: AnySubject, tools: Toolbox, point: str, older: Callable[[str], None]) -> Step:
    """The point is whole; where it is not, `older` is told which one to fall back to."""
    found: list[Proof] = []
    change = Change(NAME, Operation.RUN, f"point/{point}", "every byte is read", Risk.NONE)

    def act(say: Say) -> None:
        proof = proved(tools, subject, point, say)
        if proof.faults:
            instance = subject.names.source.instance
            older(proof.older)
            raise PointBrokenError(
                {instance: point},
                faults=proof.faults,
                older={instance: proof.older} if proof.older else {},
            )
        say(f"{proof.objects} objects of {proof.bytes} bytes read, every one as it was")
        found.append(proof)

    return Step(
        NAME,
        promise="every object that the point needs is there and holds what it did",
        look=lambda: () if found else (change,),
        act=act,
        holds=lambda: bool(found),
    )


def newest(subject: AnySubject, tools: Toolbox) -> str:
    """The id of the newest point, or ''; also where there is no store of its backups yet."""
    if tools.objects.bucket(subject.names.source.backup_bucket) is None:
        return ""
    return next(iter(Points(tools.history, tools.keys, subject.names.source).ids()), "")
