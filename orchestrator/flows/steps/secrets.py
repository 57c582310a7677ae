"""The instance's own secrets: generated once, never overwritten, never weak."""

from __future__ import annotations

import itertools
import secrets as chance
from collections.abc import Iterable, Mapping

from orchestrator.engine.step import Say, Step, once
from orchestrator.errors.onboard import SecretMissingError, SecretTooWeakError
from orchestrator.flows.steps import told
from orchestrator.model.change import Change, Operation
from orchestrator.model.secret import Secret
from orchestrator.ports import SecretStore
from orchestrator.products import keypair
from orchestrator.products.product import AnySubject
from orchestrator.products.secrets import Kind, SecretSpec, weakness
from orchestrator.products.toolbox import SecretValues, Toolbox

NAME = "secrets"


def generate_secrets(subject: AnySubject, tools: Toolbox) -> Step:
    """Everything that must be random is in the tenant's own part of the secrets server."""
    by_path = _generated_by_path(subject)

    def look() -> tuple[Change, ...]:
        if not tools.secrets.prepared():
            mount = Change(NAME, Operation.CREATE, f"secrets/{subject.tenant.slug}", "own mounts")
            return (mount, *(_creation(path, specs) for path, specs in by_path.items()))
        missing = []
        for path, specs in by_path.items():
            kept = tools.secrets.read(path)
            if kept is None:
                missing.append(_creation(path, specs))
            else:
                _refuse_weak(kept, specs)
        _refuse_missing(subject, tools)
        return tuple(missing)

    def act(say: Say) -> None:
        tools.secrets.prepare()
        for path, specs in by_path.items():
            if tools.secrets.create(path, {spec.key: _new(spec) for spec in specs}):
                say(f"generated {len(specs)} at {path}")
        _refuse_missing(subject, tools)

    return Step(
        NAME,
        promise="every generated secret is kept, strong, and older than anything that uses it",
        look=look,
        act=act,
        holds=once(look),
    )


def known_values(subject: AnySubject, tools: Toolbox) -> SecretValues:
    """Every secret that exists and counts, by the name the stack uses; empty before a first run."""
    values = kept_values(subject, tools.secrets)
    foreign = told.names(subject)
    if not foreign or any(name not in values for name in foreign):
        return values
    if told.counts(subject, tools, values):
        return values
    return {name: value for name, value in values.items() if name not in foreign}


def kept_values(subject: AnySubject, store: SecretStore) -> SecretValues:
    """Every secret that is kept, whoever told it."""
    if not store.prepared():
        return {}
    values: dict[str, Secret] = {}
    every = subject.secrets
    for path, specs in itertools.groupby(every, key=lambda spec: spec.path):
        kept = store.read(path)
        values |= {spec.name: kept[spec.key] for spec in specs if kept and spec.key in kept}
    for reference in subject.product.references(subject.instance):
        kept = store.read(reference.path)
        if kept and reference.key in kept:
            values[str(reference)] = kept[reference.key]
    return values


def keep(store: SecretStore, path: str, values: Mapping[str, Secret]) -> None:
    """Keep what others issued or told, as the newest version where there is one already."""
    if not store.create(path, values):
        store.replace(path, values)


def _generated_by_path(subject: AnySubject) -> Mapping[str, tuple[SecretSpec, ...]]:
    every = subject.secrets
    generated = (spec for spec in every if spec.generated)
    return {
        path: tuple(specs)
        for path, specs in itertools.groupby(generated, key=lambda spec: spec.path)
    }


def _creation(path: str, specs: Iterable[SecretSpec]) -> Change:
    keys = ", ".join(spec.key for spec in specs)
    return Change(NAME, Operation.CREATE, f"secret/{path}", keys)


def _new(spec: SecretSpec) -> Secret:
    if spec.kind is Kind.ED25519:
        return Secret(keypair.generated())
    if spec.kind is Kind.HEX:
        return Secret(chance.token_hex(spec.size))
    return Secret(chance.token_urlsafe(spec.size))


def _refuse_weak(kept: Mapping[str, Secret], specs: Iterable[SecretSpec]) -> None:
    for spec in specs:
        value = kept[spec.key].reveal() if spec.key in kept else ""
        if fault := weakness(spec, value):
            raise SecretTooWeakError(spec.reference, fault=fault, at_least=spec.size)


def _refuse_missing(subject: AnySubject, tools: Toolbox) -> None:
    for reference in subject.product.references(subject.instance):
        kept = tools.secrets.read(reference.path)
        if kept is None or reference.key not in kept:
            raise SecretMissingError(str(reference), mount=subject.tenant.slug)
