"""The engine's property values as Python values, with secrets and unknowns kept apart.

The engine sends a protobuf Struct in which a secret, an unknown value or an output is an object
with a signature. Here a secret is `Hidden`, an unknown is `UNKNOWN`, all else is what JSON knows.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from google.protobuf import struct_pb2

from orchestrator.errors.cluster_objects import PropertyUnreadableError
from orchestrator.model.secret import STARS, Secret

SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a public constant
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
RESOURCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
UNKNOWN_TEXT: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWN_TEXTS: Final = frozenset(
    {
        UNKNOWN_TEXT,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # an unknown truth value
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # an unknown number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # an unknown list
        "030794c1-ac77-496b-92df-f27374a8bd58",  # an unknown asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # an unknown archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # an unknown object
    }
)
_DASHED: Final = "x_kubernetes_"  # the SDKs cannot have dashes in names


class _Unknown:
    """The type of UNKNOWN."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()


@dataclass(frozen=True)
class Hidden:
    """A value that the state encrypts and nobody prints."""

    value: Any = field(repr=False)

    def __repr__(self) -> str:
        return STARS


def parse(struct: struct_pb2.Struct) -> dict[str, Any]:
    """The properties of a request. Raises PropertyUnreadableError for files and archives."""
    return {key: _parse(value) for key, value in struct.fields.items() if not _is_null(value)}


def render(tree: Mapping[str, Any]) -> struct_pb2.Struct:
    """The properties of an answer."""
    return struct_pb2.Struct(fields={key: _render(value) for key, value in tree.items()})


def plain(tree: Any) -> Any:
    """The tree without its secret wrappers; an unknown stays."""
    match tree:
        case Hidden(value):
            return plain(value)
        case dict():
            return {_dashed(key): plain(value) for key, value in tree.items()}
        case list():
            return [plain(value) for value in tree]
    return tree


def has_unknown(tree: Any) -> bool:
    """Whether anything in it will be known only later."""
    return any(leaf is UNKNOWN for leaf in _leaves(tree))


def has_secret(tree: Any) -> bool:
    """Whether anything in it is a secret."""
    match tree:
        case Hidden():
            return True
        case dict():
            return any(has_secret(value) for value in tree.values())
        case list():
            return any(has_secret(value) for value in tree)
    return False


def secrets_of(tree: Mapping[str, Any]) -> tuple[Secret, ...]:
    """Every secret text in it, and what a Secret's base64 hides, for masking."""
    hidden = hide_secret_kind(tree)
    texts: dict[str, None] = {}
    for leaf in _hidden_leaves(hidden, inside=False):
        text = str(leaf)
        texts[text] = None
        if decoded := _decoded(text):
            texts[decoded] = None
    return tuple(Secret(text) for text in texts)


def hide_like(outputs: Any, inputs: Any) -> Any:
    """The outputs, hidden wherever the inputs are.

    Objects are followed key by key. A list with a secret anywhere in it is hidden whole, since the
    server may have moved its elements.
    """
    if isinstance(inputs, Hidden):
        return outputs if isinstance(outputs, Hidden) else Hidden(outputs)
    if isinstance(outputs, dict) and isinstance(inputs, dict):
        return {
            key: hide_like(value, inputs[key]) if key in inputs else value
            for key, value in outputs.items()
        }
    if has_secret(inputs) and not isinstance(outputs, Hidden):
        return Hidden(outputs)
    return outputs


def hide_secret_kind(tree: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of the object in which the contents of a `Secret` are hidden."""
    copy = dict(tree)
    if plain(copy.get("kind")) == "Secret":
        for key in ("data", "stringData"):
            if key in copy and not isinstance(copy[key], Hidden):
                copy[key] = Hidden(copy[key])
    return copy


def _parse(value: struct_pb2.Value) -> Any:
    parsed: Any = None
    match value.WhichOneof("kind"):
        case "string_value":
            text = value.string_value
            parsed = UNKNOWN if text in _UNKNOWN_TEXTS else text
        case "number_value":
            number = value.number_value
            parsed = int(number) if number.is_integer() else number
        case "bool_value":
            parsed = value.bool_value
        case "list_value":
            parsed = [_parse(item) for item in value.list_value.values]
        case "struct_value":
            parsed = _parse_object(value.struct_value)
    return parsed


def _parse_object(struct: struct_pb2.Struct) -> Any:
    fields = struct.fields
    if SIGNATURE not in fields:
        return parse(struct)
    match fields[SIGNATURE].string_value:
        case signature if signature == SECRET_SIGNATURE:
            return Hidden(_parse(fields["value"]))
        case signature if signature == OUTPUT_SIGNATURE:
            value = _parse(fields["value"]) if "value" in fields else UNKNOWN
            return Hidden(value) if fields["secret"].bool_value else value
        case signature if signature == RESOURCE_SIGNATURE:
            return _parse(fields["id"] if "id" in fields else fields["urn"])
    what = "an asset or archive"
    raise PropertyUnreadableError(what, reason="a cluster takes values only; read the file first")


def _render(value: Any) -> struct_pb2.Value:
    rendered = struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    match value:
        case _Unknown():
            rendered = struct_pb2.Value(string_value=UNKNOWN_TEXT)
        case Hidden(inner):
            rendered = _render({SIGNATURE: SECRET_SIGNATURE, "value": inner})
        case bool():
            rendered = struct_pb2.Value(bool_value=value)
        case int() | float():
            rendered = struct_pb2.Value(number_value=float(value))
        case str():
            rendered = struct_pb2.Value(string_value=value)
        case dict():
            rendered = struct_pb2.Value(struct_value=render(value))
        case list() | tuple():
            items = [_render(item) for item in value]
            rendered = struct_pb2.Value(list_value=struct_pb2.ListValue(values=items))
    return rendered


def _is_null(value: struct_pb2.Value) -> bool:
    return value.WhichOneof("kind") in (None, "null_value")


def _dashed(key: str) -> str:
    return key.replace("_", "-") if key.startswith(_DASHED) else key


def _leaves(tree: Any) -> Iterator[Any]:
    match tree:
        case Hidden(value):
            yield from _leaves(value)
        case dict():
            for value in tree.values():
                yield from _leaves(value)
        case list():
            for value in tree:
                yield from _leaves(value)
        case _:
            yield tree


def _hidden_leaves(tree: Any, *, inside: bool) -> Iterator[Any]:
    match tree:
        case Hidden(value):
            yield from _hidden_leaves(value, inside=True)
        case dict():
            for value in tree.values():
                yield from _hidden_leaves(value, inside=inside)
        case list():
            for value in tree:
                yield from _hidden_leaves(value, inside=inside)
        case _ if inside and tree is not UNKNOWN:
            yield tree


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
