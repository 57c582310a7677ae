"""What is different between the inputs of the last run and the new ones, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from orchestrator.kubernetes_plugin import marks
from orchestrator.kubernetes_plugin.immutable import Rule, rules
from orchestrator.kubernetes_plugin.kinds import Kind
from orchestrator.kubernetes_plugin.properties import UNKNOWN

_SPECIAL = frozenset('."[] ')
_Step = str | int
_ABSENT: Any = object()


class Happens(Enum):
    """What happens to one field."""

    ADD = "add"
    DELETE = "delete"
    UPDATE = "update"


@dataclass(frozen=True)
class FieldChange:
    """One field that differs. `path` is a Pulumi property path."""

    path: str
    happens: Happens
    replaces: bool


@dataclass(frozen=True)
class Difference:
    """All fields that differ, and whether the old object must be gone before the new one comes."""

    changes: tuple[FieldChange, ...]
    delete_first: bool

    @property
    def replaces(self) -> tuple[str, ...]:
        """The paths for whose sake the object is made anew."""
        return tuple(change.path for change in self.changes if change.replaces)


def difference(olds: Mapping[str, Any], news: Mapping[str, Any]) -> Difference:
    """Compare inputs; both without secret wrappers, the new ones maybe with unknowns."""
    old_kind, kind = Kind.of(olds), Kind.of(news)
    held = tuple(rule for rule in rules(kind) if _holds(rule, olds))
    changes = [
        FieldChange(
            _shown(path),
            happens,
            replaces=any(rule.fixes(leaf) for leaf in leaves for rule in held),
        )
        for path, happens, leaves in _changes((), _comparable(olds), _comparable(news))
    ]
    if old_kind.api_version != kind.api_version:
        changes = [change for change in changes if change.path != "apiVersion"]
        changes.append(
            FieldChange("apiVersion", Happens.UPDATE, replaces=old_kind.group != kind.group)
        )
    ordered = tuple(sorted(changes, key=lambda change: change.path))
    same_place = _place(olds) == _place(news) and old_kind.name == kind.name
    made_up = marks.is_set(news, marks.AUTONAMED)
    anew = any(change.replaces for change in ordered)
    return Difference(ordered, delete_first=anew and same_place and not made_up)


def _holds(rule: Rule, olds: Mapping[str, Any]) -> bool:
    return not rule.locked_by or olds.get(rule.locked_by) is True


def _place(inputs: Mapping[str, Any]) -> tuple[Any, Any]:
    metadata = inputs.get("metadata")
    if not isinstance(metadata, Mapping):
        return None, None
    return metadata.get("namespace") or "default", metadata.get("name")


def _comparable(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs without empty metadata maps, which mean nothing to the server."""
    copy = dict(inputs)
    metadata = copy.get("metadata")
    if isinstance(metadata, dict):
        copy["metadata"] = {
            key: value
            for key, value in metadata.items()
            if not (key in ("labels", "annotations") and value in ({}, None))
        }
    return copy


def _changes(
    path: tuple[_Step, ...],
    old: Any,
    new: Any,
) -> Iterator[tuple[tuple[_Step, ...], Happens, list[tuple[str, ...]]]]:
    """Each differing field: its path, what happens, and the leaves below it on either side."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in sorted({*old, *new}):
            yield from _changes((*path, key), old.get(key, _ABSENT), new.get(key, _ABSENT))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _changes((*path, index), _at(old, index), _at(new, index))
    elif not _same(old, new):
        happens = Happens.UPDATE
        if old is _ABSENT:
            happens = Happens.ADD
        elif new is _ABSENT:
            happens = Happens.DELETE
        names = tuple(str(step) for step in path)
        leaves = [names + leaf for side in (old, new) for leaf in _leaves(side)]
        yield path, happens, leaves or [names]


def _at(items: list[Any], index: int) -> Any:
    return items[index] if index < len(items) else _ABSENT


def _same(old: Any, new: Any) -> bool:
    if old is UNKNOWN or new is UNKNOWN:
        return False
    if isinstance(old, bool) != isinstance(new, bool):
        return False
    return bool(old == new)


def _leaves(value: Any) -> Iterator[tuple[str, ...]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from ((str(key), *leaf) for leaf in _leaves(inner))
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from ((str(index), *leaf) for leaf in _leaves(inner))
    elif value is not _ABSENT:
        yield ()


def _shown(path: tuple[_Step, ...]) -> str:
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _SPECIAL & set(step) or not step:
            escaped = step.replace('"', '\\"')
            text += f'["{escaped}"]'
        else:
            text += f".{step}" if text else step
    return text
