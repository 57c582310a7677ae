"""What the engine keeps of an object: the live object, and beside it what it was made from.

The three keys with underscores are those of the official plugin, so that it can take a stack over.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from orchestrator.kubernetes_plugin.properties import hide_like, hide_secret_kind, plain

INPUTS = "__inputs"
INITIAL_API_VERSION = "__initialApiVersion"
FIELD_MANAGER = "__fieldManager"

_SERVER_METADATA = (
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "selfLink",
    "uid",
)
_SERVER_ANNOTATIONS = (
    "deployment.kubernetes.io/revision",
    "kubectl.kubernetes.io/last-applied-configuration",
)
_AMOUNT = re.compile(r"^([+-]?[0-9.]+(?:[eE][+-]?[0-9]+)?)([numkMGTPE]i?|Ki)?$")
_AMOUNTS_BELOW = frozenset(
    {"limits", "requests", "hard", "capacity", "max", "min", "default", "defaultRequest"}
    | {"maxLimitRequestRatio", "sizeLimit"}
)
_FACTORS = {
    "": Decimal(1),
    "n": Decimal("1e-9"),
    "u": Decimal("1e-6"),
    "m": Decimal("1e-3"),
    **{letter: Decimal(1000) ** power for power, letter in enumerate("kMGTPE", 1)},
    **{f"{letter}i": Decimal(1024) ** power for power, letter in enumerate("KMGTPE", 1)},
}


def outputs(
    live: Mapping[str, Any], inputs: Mapping[str, Any], *, manager: str, initial_api_version: str
) -> dict[str, Any]:
    """The properties of an object for the state, secret where its inputs are.

    Who manages which field stays with the server: it is large, and asked for when it matters.
    """
    metadata = {
        key: value for key, value in (live.get("metadata") or {}).items() if key != "managedFields"
    }
    shown = hide_secret_kind(hide_like({**live, "metadata": metadata}, dict(inputs)))
    return {
        **shown,
        INPUTS: hide_secret_kind(inputs),
        INITIAL_API_VERSION: initial_api_version,
        FIELD_MANAGER: manager,
    }


def previewed(dry: Mapping[str, Any]) -> dict[str, Any]:
    """A dry run's answer without its status, which tells nothing yet."""
    return {key: value for key, value in dry.items() if key != "status"}


def imported(live: Mapping[str, Any]) -> dict[str, Any]:
    """Inputs that would make an object that we know nothing else of."""
    metadata = {
        key: value
        for key, value in (live.get("metadata") or {}).items()
        if key not in (*_SERVER_METADATA, "ownerReferences", "finalizers")
    }
    annotations = {
        key: value
        for key, value in (metadata.pop("annotations", None) or {}).items()
        if key not in _SERVER_ANNOTATIONS
    }
    if annotations:
        metadata["annotations"] = annotations
    return {**{key: value for key, value in live.items() if key != "status"}, "metadata": metadata}


def pruned(live: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    """The live object in the shape of its inputs: what someone else changed shows, no more."""
    wanted = plain(dict(inputs))
    seen = dict(live)
    if isinstance(wanted.get("stringData"), dict):
        seen["stringData"] = _texts(live.get("data") or {}, wanted["stringData"])
    kept: dict[str, Any] = _prune(seen, wanted, amounts=False)
    return kept


def _prune(live: Any, wanted: Any, *, amounts: bool) -> Any:
    if isinstance(live, dict) and isinstance(wanted, dict):
        return {
            key: _prune(live[key], value, amounts=amounts or key in _AMOUNTS_BELOW)
            if key in live
            else value
            for key, value in wanted.items()
            if key in live or value in ({}, [], None, "", False)  # the server leaves these out
        }
    if isinstance(live, list) and isinstance(wanted, list):
        matched = [
            _prune(one, other, amounts=amounts) for one, other in zip(live, wanted, strict=False)
        ]
        return matched + live[len(wanted) :]
    return wanted if amounts and _equal_amounts(live, wanted) else live


def _texts(data: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, str]:
    """The `stringData` that would give this `data`, for the keys that were wanted."""
    texts = {}
    for key in wanted:
        try:
            texts[key] = base64.b64decode(str(data[key]), validate=True).decode()
        except (KeyError, binascii.Error, UnicodeDecodeError):
            continue
    return texts


def _equal_amounts(one: Any, other: Any) -> bool:
    first, second = _amount(one), _amount(other)
    return first is not None and first == second


def _amount(value: Any) -> Decimal | None:
    match = _AMOUNT.match(str(value))
    if match is None:
        return None
    try:
        return Decimal(match[1]) * _FACTORS[match[2] or ""]
    except (InvalidOperation, KeyError):
        return None
