"""Everything that runs in the cluster, brought about by the Pulumi engine.

The stack follows the secrets that exist. A product that tells some of them itself is therefore
rendered for its first start until they are kept, and locked down from then on: whichever run, after
whichever accident, finds them.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.engine.step import Say, Step
from orchestrator.errors.onboard import NamespaceForeignError
from orchestrator.flows.steps.secrets import known_values
from orchestrator.model.change import Change, Operation, Risk
from orchestrator.products import registry
from orchestrator.products.product import AnySubject
from orchestrator.products.secrets import Kind
from orchestrator.products.toolbox import SecretValues, Toolbox

SETTLE_S = 180.0
EVERY_S = 1.0
NAME = "infrastructure"
LOCK_DOWN = "lock-down"


@dataclass
class Convergence:
    """Fingerprint of the resources that were looked at or brought about last, in this run."""

    fingerprint: str = ""


def infrastructure(subject: AnySubject, tools: Toolbox, seen: Convergence) -> Step:
    """Namespace, quota, network, and every part of the product."""
    namespace = subject.names.namespace

    def look() -> tuple[Change, ...]:
        return _changes(subject, tools, seen, NAME)

    return Step(
        NAME,
        promise=f"every part in {namespace} is ready",
        look=look,
        act=lambda say: _converge(subject, tools, seen, say),
        holds=lambda: settled(subject, tools),
    )


def lock_down(subject: AnySubject, tools: Toolbox, seen: Convergence) -> Step | None:
    """The same again once the product has told its secrets: nothing of a first start is left."""
    play = subject.product.first_start(subject)
    if play is None:
        return None
    told = tuple(spec.name for spec in play.yields)

    def look() -> tuple[Change, ...]:
        values = known_values(subject, tools)
        if any(name not in values for name in told):
            target = f"stack/{subject.names.stack}"
            return (
                Change(LOCK_DOWN, Operation.UPDATE, target, "what the first start needed goes"),
            )
        if tools.facts(values).fingerprint == seen.fingerprint:
            return ()
        return _changes(subject, tools, seen, LOCK_DOWN)

    return Step(
        LOCK_DOWN,
        promise=f"nothing that only a first start needs is left in {subject.names.namespace}",
        look=look,
        act=lambda say: _converge(subject, tools, seen, say),
        holds=lambda: settled(subject, tools),
    )


def ready(subject: AnySubject, tools: Toolbox) -> bool:
    """Whether every workload is ready in its newest form."""
    return all(
        tools.cluster.ready(subject.names.namespace, one.kind, one.name)
        for one in registry.facts(subject.names.product).workloads
    )


def settled(subject: AnySubject, tools: Toolbox) -> bool:
    """Whether it is so within a while.

    The engine waits for each part as it comes; a part that was ready first may miss a probe while
    the later ones start, and is no less whole for that.
    """
    until = tools.clock.monotonic() + SETTLE_S
    while not ready(subject, tools):
        if tools.clock.monotonic() > until:
            return False
        tools.clock.sleep(EVERY_S)
    return True


def _changes(
    subject: AnySubject, tools: Toolbox, seen: Convergence, step: str
) -> tuple[Change, ...]:
    _refuse_foreign(subject, tools)
    values = known_values(subject, tools)
    facts = tools.facts(values)
    seen.fingerprint = facts.fingerprint
    if not _issued(subject, values):
        return tuple(
            Change(step, Operation.CREATE, f"{kind.lower()}/{name}", risk=Risk.MILD)
            for kind, name in facts.resources
        )
    return tools.stack(values).preview(step, lambda _text: None).changes


def _converge(subject: AnySubject, tools: Toolbox, seen: Convergence, say: Say) -> None:
    _refuse_foreign(subject, tools)
    values = known_values(subject, tools)
    tools.stack(values).up(say)
    seen.fingerprint = tools.facts(values).fingerprint


def _issued(subject: AnySubject, values: SecretValues) -> bool:
    """Whether everything that others issue has been issued: before, there can be no stack."""
    specs = subject.secrets
    return all(spec.name in values for spec in specs if spec.kind is Kind.ISSUED)


def _refuse_foreign(subject: AnySubject, tools: Toolbox) -> None:
    labels = tools.cluster.namespace_owner(subject.names.namespace)
    if labels is None:
        return
    ours = {
        "app.kubernetes.io/managed-by": "orchestrator",
        "orchestrator/tenant": subject.tenant.slug,
        "orchestrator/product": subject.names.product,
    }
    if any(labels.get(key) != value for key, value in ours.items()):
        shown = tuple(f"{key}={value}" for key, value in sorted(labels.items()))
        raise NamespaceForeignError(
            subject.names.namespace, instance=subject.names.instance, labels=shown
        )
