"""The nearest right spelling: of a key, a choice, a name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from types import NoneType
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from orchestrator.model.tenant import Tenant

_QUOTED = re.compile(r"'([^']*)'")


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that was probably meant, or the empty string."""
    from difflib import get_close_matches

    folded = {one.lower().replace("-", "_"): one for one in known}
    found = get_close_matches(word.lower().replace("-", "_"), folded, n=1)
    return folded[found[0]] if found else ""


def key(model: type[BaseModel], path: tuple[str | int, ...], word: str) -> str:
    """The key that was probably meant at this place, or where in a tenant file it belongs."""
    here = nearest(word, _keys_at(model, path))
    if here or not issubclass(model, Tenant):
        return here
    return next((place for place in _places(model) if place.rpartition(".")[2] == word), "")


def choice(expected: str, word: str) -> str:
    """The choice that was probably meant; `expected` is pydantic's `'a', 'b' or 'c'`."""
    return nearest(word, choices(expected))


def choices(expected: str) -> tuple[str, ...]:
    """The words in pydantic's list of what it expects."""
    return tuple(_QUOTED.findall(expected))


def _keys_at(model: type[BaseModel], path: tuple[str | int, ...]) -> tuple[str, ...]:
    models = [model]
    for part in path:
        if isinstance(part, int):
            continue
        below = [one for m in models for one in _models_of(_fields(m).get(part))]
        models = below or models
    return tuple(name for one in models for name in _fields(one))


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}


def _models_of(annotation: Any) -> list[type[BaseModel]]:
    """The models that a value of this type may be made of: through optional, lists and tables."""
    if annotation is None or annotation is NoneType:
        return []
    if get_origin(annotation) is None:
        return [annotation] if isinstance(annotation, type) and _is_model(annotation) else []
    return [found for part in get_args(annotation) for found in _models_of(part)]


def _is_model(annotation: type) -> bool:
    return issubclass(annotation, BaseModel)


@lru_cache
def _places(model: type[BaseModel], before: str = "") -> tuple[str, ...]:
    """Every key of the model by its dotted path, upper levels first."""
    found: list[str] = []
    below: list[str] = []
    for name, annotation in _fields(model).items():
        place = f"{before}{name}"
        found.append(place)
        for one in _models_of(annotation):
            below += _places(one, f"{place}.")
    return (*found, *below)


def description(model: type[BaseModel], path: tuple[str | int, ...]) -> str:
    """What a field is for, in the model's words, or the empty string."""
    *above, last = [part for part in path if isinstance(part, str)] or [""]
    models = [model]
    for part in above:
        models = [one for m in models for one in _models_of(_fields(m).get(part))] or models
    for one in models:
        for name, info in one.model_fields.items():
            if (info.alias or name) == last and info.description:
                text = info.description
                return text[:1].lower() + text[1:] if text[1:2].islower() else text
    return ""
