"""A signed document is opened as it was sealed, or not at all."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.errors.signatures import (
    SignatureInvalidError,
    SignedFormUnknownError,
    SignerUnknownError,
)
from orchestrator.ports import Signature
from orchestrator.recovery.signed import opened, seal

REFUSALS = (SignatureInvalidError, SignedFormUnknownError, SignerUnknownError)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
POINT = {"instance": "a/grist", "taken": "2026-01-01T03:00:00Z", "size": 7, "état": ["né", None]}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(TEXT, VALUES, max_size=4)


def pem(key: Any) -> str:
    public = key.public_key()
    return str(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


KNOWN = {"points-1": pem(KEY), "points-2": pem(OTHER)}


def sign(content: bytes) -> Signature:
    return Signature("points-1", base64.b64encode(KEY.sign(content)).decode())


def written(document: Any, signature: Any, **further: Any) -> bytes:
    """As canonical JSON writes it, for values that are plain."""
    whole = {"document": document, "signature": signature, **further}
    return json.dumps(whole, separators=(",", ":"), sort_keys=True, ensure_ascii=False).encode()


def parts(document: Mapping[str, Any] = POINT) -> tuple[Any, dict[str, str]]:
    whole = json.loads(seal(document, sign))
    return whole["document"], whole["signature"]


@given(DOCUMENTS)
def test_what_was_sealed_is_opened(document: dict[str, Any]) -> None:
    content = seal(document, sign)
    assert opened(content, KNOWN) == document
    assert seal(opened(content, KNOWN), sign) == content


@given(DOCUMENTS, st.data())
def test_any_byte_that_is_changed_is_refused(document: dict[str, Any], data: st.DataObject) -> None:
    content = bytearray(seal(document, sign))
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[at]))
    with pytest.raises(REFUSALS):
        opened(bytes(content), KNOWN)


def test_every_bit_of_one_document_counts() -> None:
    content = seal(POINT, sign)
    for at in range(len(content)):
        for bit in range(8):
            changed = bytearray(content)
            changed[at] ^= 1 << bit
            with pytest.raises(REFUSALS):
                opened(bytes(changed), KNOWN)


@given(DOCUMENTS, st.data())
def test_what_is_cut_short_or_longer_is_refused(
    document: dict[str, Any], data: st.DataObject
) -> None:
    content = seal(document, sign)
    cut = data.draw(st.integers(0, len(content) - 1))
    more = data.draw(st.binary(min_size=1, max_size=3))
    for wrong in (content[:cut], content + more, more + content):
        with pytest.raises(SignedFormUnknownError):
            opened(wrong, KNOWN)


@given(DOCUMENTS, DOCUMENTS)
def test_a_signature_fits_its_own_document_only(one: dict[str, Any], other: dict[str, Any]) -> None:
    content = seal(one, sign)
    stolen = seal(other, lambda _: sign(json.dumps("").encode()))
    with pytest.raises(SignatureInvalidError):
        opened(stolen, KNOWN)
    taken = Signature(**json.loads(content)["signature"])
    moved = seal(other, lambda _: taken)
    if moved == content:
        return
    with pytest.raises(SignatureInvalidError):
        opened(moved, KNOWN)


def test_the_form_is_one_line_of_canonical_json() -> None:
    document = {"b": 1, "a": {"é": 1.0, "c": [True, None]}}
    content = seal(document, sign)
    covered = '{"a":{"c":[true,null],"é":1},"b":1}'
    value = base64.b64encode(KEY.sign(covered.encode())).decode()
    envelope = f'{{"document":{covered},"signature":{{"key":"points-1","value":"{value}"}}}}'
    assert content.decode() == envelope


def test_a_key_that_is_not_at_hand() -> None:
    content = seal(POINT, sign)
    with pytest.raises(SignerUnknownError, match="the point is signed by `points-1`") as caught:
        opened(content, {"points-2": pem(OTHER)}, name="the point")
    assert caught.value.why == "the known keys are: points-2"
    with pytest.raises(SignerUnknownError, match="points-1") as caught:
        opened(content, {})
    assert caught.value.why == "the known keys are: none"


def test_another_key_of_a_known_name() -> None:
    content = seal(POINT, sign)
    with pytest.raises(SignatureInvalidError, match="the signature of the document does not fit"):
        opened(content, {"points-1": pem(OTHER)})


def test_a_signer_of_another_name_is_not_taken_for_this_one() -> None:
    document, signature = parts()
    with pytest.raises(SignatureInvalidError):
        opened(written(document, {**signature, "key": "points-2"}), KNOWN)
    with pytest.raises(SignerUnknownError):
        opened(written(document, {**signature, "key": "points-3"}), KNOWN)


def test_a_known_key_of_another_kind_signs_nothing() -> None:
    known = {"points-1": pem(generate_private_key(SECP256R1()))}
    with pytest.raises(SignatureInvalidError):
        opened(seal(POINT, sign), known)


def test_every_other_spelling_of_a_signature_is_refused() -> None:
    document, signature = parts()
    value = signature["value"]
    assert opened(written(document, signature), KNOWN) == POINT
    # Four bits of the last character are not part of the 64 bytes.
    last = ALPHABET.index(value[-3])
    spellings = [f"{value[:-3]}{ALPHABET[last ^ bits]}==" for bits in range(1, 16)]
    spellings += [
        value.rstrip("="),
        f"{value}=",
        f" {value}",
        f"{value}\n",
        f"{value[:4]}\n{value[4:]}",
    ]
    for spelling in spellings:
        with pytest.raises(SignedFormUnknownError):
            opened(written(document, {**signature, "value": spelling}), KNOWN)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"null",
        b"[]",
        b"\xff",
        b"NaN",
        b"[" * 100_000,
        b"9" * 5000,
        b'{"document":{}}',
        b'{"document":{"a":1e999},"signature":{"key":"points-1","value":""}}',
        b'{"document":{},"signature":{"key":"points-1","value":""}}',
        b'{"document":[],"signature":{"key":"points-1","value":"AAAA"}}',
        b'{"document":{},"signature":{"key":1,"value":"AAAA"}}',
        b'{"document":{"a":"\\ud800"},"signature":{"key":"points-1","value":"AAAA"}}',
    ],
    ids=lambda content: content[:24].decode("latin-1") or "nothing",
)
def test_what_is_no_signed_document(content: bytes) -> None:
    with pytest.raises(SignedFormUnknownError) as caught:
        opened(content, KNOWN)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "signer", ["", "points-1\n", "points 1", "\u001b[31mpoints-1", "p" * 64, "Points-1"]
)
def test_a_name_that_no_key_has_is_not_repeated(signer: str) -> None:
    document, signature = parts()
    with pytest.raises(SignedFormUnknownError):
        opened(written(document, {**signature, "key": signer}), {**KNOWN, signer: pem(KEY)})


def test_nothing_may_stand_beside_what_is_signed() -> None:
    document, signature = parts()
    for wrong in (
        written(document, signature, further=1),
        written(document, {**signature, "further": 1}),
        written(document, signature).replace(b'{"document"', b'{"document":{},"document"'),
        written(document, signature).replace(b'"size":7', b'"size":7.0'),
        written(document, signature).replace(b'"size":7', b'"size":1,"size":7'),
        written(document, signature).replace(b",", b", "),
        json.dumps({"document": document, "signature": signature}).encode(),
        b"\xef\xbb\xbf" + written(document, signature),
    ):
        with pytest.raises(SignedFormUnknownError):
            opened(wrong, KNOWN)


@pytest.mark.parametrize("value", [2**53, float("inf"), float("nan"), "\ud800", {1: 2}, {1, 2}])
def test_what_canonical_json_cannot_say_is_not_sealed(value: Any) -> None:
    with pytest.raises(ValueError, match=r".+"):
        seal({"value": value}, sign)
