"""Programs that the tenant file names have a credential of their own until their last day."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.engine.step import Say, Step, once
from orchestrator.errors.onboard import ProgramRefusedError
from orchestrator.errors.root import OrchestratorError
from orchestrator.flows.steps.secrets import keep
from orchestrator.model.change import Change, Operation
from orchestrator.model.program import Program
from orchestrator.model.secret import Secret
from orchestrator.products import registry
from orchestrator.products.product import AnySubject
from orchestrator.products.programs import UNTIL, Access, program_path
from orchestrator.products.toolbox import Toolbox
from orchestrator.products.trying import NotAccepted

NAME = "programs"
NOTE = "orchestrator-programs"
"""Whom this very instance gave what: after it was made anew, kept credentials open nothing."""


def programs(subject: AnySubject, tools: Toolbox) -> Step | None:
    """Every program has what the file says, and nobody else has anything any more."""
    namespace, product = subject.names.namespace, subject.names.product
    access = subject.product.access(subject)
    if access is None or not registry.takes_programs(product, subject.release.release):
        return None

    def wanted() -> dict[str, Program]:
        now = tools.clock.now()
        return {one.name: one for one in subject.instance.programs if not one.ended(now)}

    def look() -> tuple[Change, ...]:
        given = tools.cluster.note(namespace, NOTE) or {}
        found = [
            change
            for name, program in wanted().items()
            if (change := _due(given.get(name), access, tools, program, product))
        ]
        gone = [name for name in given if name not in wanted()]
        return (
            *found,
            *(
                Change(NAME, Operation.DELETE, f"program/{name}", "its access ends")
                for name in gone
            ),
        )

    def act(say: Say) -> None:
        given = dict(tools.cluster.note(namespace, NOTE) or {})
        try:
            for name in [one for one in given if one not in wanted()]:
                access.withdraw(tools, name)
                del given[name]
                tools.cluster.write_note(namespace, NOTE, given)
                say(f"{name} is let in no longer")
            for name, program in wanted().items():
                if not _due(given.get(name), access, tools, program, product):
                    continue
                path = program_path(product, name)
                fresh = access.grant(tools, program)
                keep(tools.secrets, path, {**fresh, UNTIL: Secret(program.until.isoformat())})
                given[name] = program.fingerprint
                tools.cluster.write_note(namespace, NOTE, given)
                say(f"{name} may {program.may} until {program.until}; its credential is at {path}")
        except NotAccepted as verdict:
            raise ProgramRefusedError(subject.names.instance, why=str(verdict)) from verdict

    return Step(
        NAME,
        promise=f"programs use {subject.names.instance} by credentials of their own, that end",
        look=look,
        act=act,
        holds=once(look),
    )


def _due(
    given: str | None, access: Access, tools: Toolbox, program: Program, product: str
) -> Change | None:
    """What there is to do for a program, if anything."""
    target, until = f"program/{program.name}", f"{program.may} until {program.until}"
    if given is None:
        return Change(NAME, Operation.CREATE, target, until)
    if given != program.fingerprint:
        return Change(NAME, Operation.UPDATE, target, f"another credential: {until}")
    kept = tools.secrets.read(program_path(product, program.name))
    if kept is None or not _opens(access, tools, program, kept):
        return Change(NAME, Operation.UPDATE, target, "what is kept opens nothing")
    return None


def _opens(access: Access, tools: Toolbox, program: Program, kept: Mapping[str, Secret]) -> bool:
    try:
        return access.opens(tools, program, kept)
    except (NotAccepted, OrchestratorError):
        return False  # who does not answer is asked again when it is this step's turn
