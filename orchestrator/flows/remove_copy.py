"""Remove a copy, and everything that was ever made for it; the instance is never touched."""

from __future__ import annotations

from orchestrator.engine.step import Say, Step, once
from orchestrator.model.change import Change, Operation, Risk
from orchestrator.products.product import AnySubject
from orchestrator.products.secrets import SecretSpec
from orchestrator.products.toolbox import Toolbox

VERB = "copy-remove"


def steps(subject: AnySubject, tools: Toolbox) -> list[Step]:
    """The runbook: what runs, what it kept, what it knew. Raises ValueError for an instance."""
    if not subject.names.copy:
        raise ValueError(subject.names.instance)
    return [_stack(subject, tools), _bucket(subject, tools), _secrets(subject, tools)]


def _stack(subject: AnySubject, tools: Toolbox) -> Step:
    engine = tools.stack({})
    namespace = subject.names.namespace

    def look() -> tuple[Change, ...]:
        if not engine.exists() and tools.cluster.namespace_owner(namespace) is None:
            return ()
        return (Change("stack", Operation.DELETE, f"namespace/{namespace}", risk=Risk.INTERRUPTS),)

    return Step(
        "stack",
        promise=f"nothing of {subject.names.instance} runs",
        look=look,
        act=engine.remove,
        holds=once(look),
    )


def _bucket(subject: AnySubject, tools: Toolbox) -> Step:
    name, identity = subject.names.bucket, subject.names.object_store_identity

    def look() -> tuple[Change, ...]:
        if tools.objects.bucket(name) is None:
            return ()
        return (Change("bucket", Operation.DELETE, f"bucket/{name}", "the copy's own objects"),)

    def act(say: Say) -> None:
        say(f"removing bucket {name} and its key")
        tools.objects.remove_identity(identity)
        tools.objects.remove_bucket(name)

    return Step(
        "bucket", f"bucket {name} and its key are gone", look=look, act=act, holds=once(look)
    )


def _secrets(subject: AnySubject, tools: Toolbox) -> Step:
    specs: tuple[SecretSpec, ...] = subject.secrets
    paths = tuple(dict.fromkeys(spec.path for spec in specs))
    instance = subject.names.instance

    def look() -> tuple[Change, ...]:
        if not tools.secrets.prepared():
            return ()
        there = [path for path in paths if tools.secrets.version(path)]
        return tuple(Change("secrets", Operation.DELETE, f"secret/{path}") for path in there)

    def act(say: Say) -> None:
        say("destroying the copy's own secrets, in every version")
        if tools.identity and subject.product.login(subject):
            tools.identity.dismiss(instance)
        for path in paths:
            tools.secrets.forget(path)

    return Step("secrets", f"no secret of {instance} is left", look=look, act=act, holds=once(look))
