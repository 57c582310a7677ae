"""Which fields of which kinds the API server will not change, so that the object must be made anew.

Only what the server itself refuses is listed: replacing a volume claim or a database's StatefulSet
where an update would do costs data or time.
"""

from __future__ import annotations

from dataclasses import dataclass

from orchestrator.kubernetes_plugin.kinds import Kind

Path = tuple[str, ...]


@dataclass(frozen=True)
class Rule:
    """Changes at or below `fixed` demand a new object, except at or below `free`.

    `*` stands for one index of a list. `locked_by` names a field that must be true in the old
    inputs for the rule to hold.
    """

    fixed: tuple[str, ...]
    free: tuple[str, ...] = ()
    locked_by: str = ""

    def fixes(self, path: Path) -> bool:
        """Whether a change of the leaf at `path` demands a new object."""
        return any(_covers(_split(fixed), path) for fixed in self.fixed) and not any(
            _covers(_split(free), path) for free in self.free
        )


_IDENTITY = Rule(("metadata.name", "metadata.namespace", "kind"))
_SELECTOR = Rule(("spec.selector",))
_BINDING = Rule(("roleRef",))
_CONTENTS = Rule(("data", "binaryData", "stringData", "immutable"), locked_by="immutable")

_RULES: dict[tuple[str, str], tuple[Rule, ...]] = {
    ("", "ConfigMap"): (_CONTENTS,),
    ("", "Secret"): (_CONTENTS, Rule(("type",))),
    ("", "Service"): (Rule(("spec.clusterIP", "spec.clusterIPs")),),
    ("", "PersistentVolumeClaim"): (
        Rule(("spec",), free=("spec.resources", "spec.volumeAttributesClassName")),
    ),
    ("", "PersistentVolume"): (
        Rule(
            ("spec",),
            free=(
                "spec.capacity",
                "spec.accessModes",
                "spec.claimRef",
                "spec.mountOptions",
                "spec.nodeAffinity",
                "spec.persistentVolumeReclaimPolicy",
                "spec.storageClassName",
                "spec.volumeAttributesClassName",
            ),
        ),
    ),
    ("", "Pod"): (
        Rule(
            ("spec",),
            free=(
                "spec.containers.*.image",
                "spec.initContainers.*.image",
                "spec.activeDeadlineSeconds",
                "spec.tolerations",
                "spec.schedulingGates",
            ),
        ),
    ),
    ("", "ResourceQuota"): (Rule(("spec.scopes", "spec.scopeSelector")),),
    ("apps", "Deployment"): (_SELECTOR,),
    ("apps", "DaemonSet"): (_SELECTOR,),
    ("apps", "ReplicaSet"): (_SELECTOR,),
    ("apps", "StatefulSet"): (
        Rule(
            ("spec",),
            free=(
                "spec.replicas",
                "spec.template",
                "spec.updateStrategy",
                "spec.minReadySeconds",
                "spec.ordinals",
                "spec.persistentVolumeClaimRetentionPolicy",
                "spec.revisionHistoryLimit",
            ),
        ),
    ),
    ("batch", "Job"): (
        Rule(
            ("spec",),
            free=(
                "spec.parallelism",
                "spec.activeDeadlineSeconds",
                "spec.backoffLimit",
                "spec.ttlSecondsAfterFinished",
                "spec.suspend",
            ),
        ),
    ),
    ("apiextensions.k8s.io", "CustomResourceDefinition"): (
        Rule(("spec.group", "spec.scope", "spec.names.kind", "spec.names.plural")),
    ),
    ("discovery.k8s.io", "EndpointSlice"): (Rule(("addressType",)),),
    ("networking.k8s.io", "IngressClass"): (Rule(("spec.controller",)),),
    ("node.k8s.io", "RuntimeClass"): (Rule(("handler",)),),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): (_BINDING,),
    ("rbac.authorization.k8s.io", "RoleBinding"): (_BINDING,),
    ("scheduling.k8s.io", "PriorityClass"): (Rule(("value", "preemptionPolicy")),),
    ("storage.k8s.io", "StorageClass"): (
        Rule(("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode")),
    ),
}


def rules(kind: Kind) -> tuple[Rule, ...]:
    """The rules for a kind, its identity included."""
    return (_IDENTITY, *_RULES.get((kind.group, kind.name), ()))


def _split(text: str) -> Path:
    return tuple(text.split("."))


def _covers(rule: Path, path: Path) -> bool:
    return len(path) >= len(rule) and all(
        wanted in ("*", part) for wanted, part in zip(rule, path, strict=False)
    )
