"""What the engine asks of one resource, free of its protocol: trees in, trees out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from orchestrator.errors.root import OrchestratorError
from orchestrator.kubernetes_plugin import checkpoint, marks, ownership
from orchestrator.kubernetes_plugin.answers import UnfinishedError, masked
from orchestrator.kubernetes_plugin.apply import Wish, rehearse, settle, write
from orchestrator.kubernetes_plugin.check import identifier, parsed_identifier
from orchestrator.kubernetes_plugin.cluster import Cluster
from orchestrator.kubernetes_plugin.difference import (
    Difference,
    FieldChange,
    Happens,
    difference,
)
from orchestrator.kubernetes_plugin.kinds import Kind
from orchestrator.kubernetes_plugin.properties import (
    has_unknown,
    hide_like,
    hide_secret_kind,
    plain,
    secrets_of,
)
from orchestrator.kubernetes_plugin.readiness.judges import judge_of
from orchestrator.kubernetes_plugin.readiness.verdict import State
from orchestrator.kubernetes_plugin.removal import Farewell, remove

Tree = dict[str, Any]


@dataclass(frozen=True)
class Order:
    """One write: the resource's URN, its inputs, the state before ({}: none), and the limits."""

    urn: str
    inputs: Tree
    state: Tree
    timeout_s: float
    tell: Callable[[str], None]

    @property
    def manager(self) -> str:
        """The field manager."""
        known = str(plain(self.state.get(checkpoint.FIELD_MANAGER)) or "")
        return ownership.manager_for(self.urn, plain(self.inputs), known)

    @property
    def initial_api_version(self) -> str:
        """The version it was first made in."""
        known = plain(self.state.get(checkpoint.INITIAL_API_VERSION))
        return str(known or plain(self.inputs.get("apiVersion")))

    def outputs(self, live: Mapping[str, Any]) -> Tree:
        """What the state keeps."""
        return checkpoint.outputs(
            live,
            self.inputs,
            manager=self.manager,
            initial_api_version=self.initial_api_version,
        )

    def wish(self) -> Wish:
        """The object to be written."""
        return Wish(
            plain(self.inputs),
            self.manager,
            fresh=not self.state,
            timeout_s=self.timeout_s,
            tell=self.tell,
        )


def preview(cluster: Cluster, order: Order) -> Tree:
    """What the outputs would be, as far as they can be known."""
    guess = hide_secret_kind(order.inputs)
    if has_unknown(order.inputs):
        return guess
    try:
        dry = rehearse(cluster, order.wish())
    except OrchestratorError as error:
        raise masked(error, secrets_of(order.inputs)) from None
    return guess if dry is None else order.outputs(checkpoint.previewed(dry))


def carry_out(cluster: Cluster, order: Order) -> tuple[str, Tree]:
    """Write it and wait: the id and the outputs. Raises UnfinishedError once it is written."""
    wish = order.wish()
    secrets = secrets_of(order.inputs)
    try:
        written = write(cluster, wish)
    except OrchestratorError as error:
        raise masked(error, secrets) from None
    try:
        live = settle(cluster, wish, written)
    except OrchestratorError as error:
        last = _last_seen(cluster, wish) or written
        cause = masked(error, secrets)
        raise UnfinishedError(identifier(last), order.outputs(last), cause) from None
    return identifier(live), order.outputs(live)


def read(cluster: Cluster, urn: str, known: str, state: Tree, inputs: Tree) -> tuple[Tree, Tree]:
    """Outputs and inputs of what is there, both empty when it is not.

    With no inputs known (an import) they are made from the object itself.
    """
    source = plain(inputs) or plain(state)
    kind = Kind.of(source) if source.get("kind") else Kind.of_token(_token(urn))
    namespace, name = parsed_identifier(known)
    if not namespace and cluster.namespaced(kind):
        namespace = "default"
    live = cluster.find(kind, namespace, name)
    if live is None:
        return {}, {}
    seen = checkpoint.pruned(live, inputs) if inputs else checkpoint.imported(live)
    new_inputs = hide_secret_kind(hide_like(seen, inputs))
    order = Order(urn, new_inputs, state, 0, lambda _text: None)
    return order.outputs(live), new_inputs


def compare(cluster: Cluster, olds: Tree, news: Tree) -> Difference:
    """What differs; a Job that did not succeed and asks for it is made anew."""
    wanted = plain(news)
    found = difference(plain(olds), wanted)
    if not marks.is_set(wanted, marks.REPLACE_UNREADY) or not _is_unready(cluster, wanted):
        return found
    path = f'metadata.annotations["{marks.REPLACE_UNREADY}"]'
    changes = tuple(change for change in found.changes if change.path != path)
    again = FieldChange(path, Happens.UPDATE, replaces=True)
    made_up = marks.is_set(wanted, marks.AUTONAMED)
    return Difference((*changes, again), delete_first=not made_up)


def delete(cluster: Cluster, known: str, state: Tree, timeout_s: float) -> None:
    """Remove it and wait until it is gone."""
    last = plain(state)
    namespace, name = parsed_identifier(known)
    remove(cluster, Farewell(last, namespace, name, timeout_s))


def _last_seen(cluster: Cluster, wish: Wish) -> Tree | None:
    if cluster.stop.is_set():
        return None  # no time left for another question
    try:
        return cluster.hurried().find(wish.kind, *wish.place)
    except OrchestratorError:
        return None


def _is_unready(cluster: Cluster, manifest: Tree) -> bool:
    kind = Kind.of(manifest)
    if kind.name != "Job" or has_unknown(manifest.get("metadata")):
        return False
    metadata = manifest["metadata"]
    try:
        hurried = cluster.hurried()
        live = hurried.find(kind, str(metadata.get("namespace", "")), str(metadata["name"]))
        return live is not None and judge_of(kind)(live, hurried).state is State.FAILED
    except OrchestratorError:
        return False  # the write itself will tell what is wrong


def _token(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", maxsplit=1)[-1]
