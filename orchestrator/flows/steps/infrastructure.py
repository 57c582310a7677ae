"""Everything that runs in the cluster, brought about by the Pulumi engine."""

from __future__ import annotations

from orchestrator.engine.step import Say, Step
from orchestrator.errors.onboard import NamespaceForeignError
from orchestrator.flows.steps.secrets import known_values
from orchestrator.flows.subject import Subject, Toolbox
from orchestrator.model.change import Change, Operation, Risk

NAME = "infrastructure"
WORKLOADS = (
    ("StatefulSet", "database"),
    ("StatefulSet", "queue"),
    ("Deployment", "cache"),
    ("Deployment", "web"),
    ("Deployment", "worker"),
)


def infrastructure(subject: Subject, tools: Toolbox) -> Step:
    """Namespace, quota, network, database, queue, cache, web, worker, schedules, entrance."""
    namespace = subject.names.namespace

    def look() -> tuple[Change, ...]:
        _refuse_foreign(subject, tools)
        values = known_values(subject, tools.secrets)
        if "certificate_key" not in values or "objects_secret_key" not in values:
            wanted = tools.facts(values).resources
            return tuple(
                Change(NAME, Operation.CREATE, f"{kind.lower()}/{name}", risk=Risk.MILD)
                for kind, name in wanted
            )
        return tools.stack(values).preview(NAME, lambda _text: None).changes

    def act(say: Say) -> None:
        _refuse_foreign(subject, tools)
        tools.stack(known_values(subject, tools.secrets)).up(say)

    return Step(
        NAME,
        promise=f"every part in {namespace} is ready",
        look=look,
        act=act,
        holds=lambda: all(tools.cluster.ready(namespace, *workload) for workload in WORKLOADS),
    )


def _refuse_foreign(subject: Subject, tools: Toolbox) -> None:
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
