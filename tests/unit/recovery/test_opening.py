"""A record counts only as its tenant signed it: not forged, renamed, lent, cut short or foreign."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from orchestrator.model.drill import DrillRecord
from orchestrator.ports import Signature
from orchestrator.recovery import signed
from orchestrator.recovery.evidence import file_name, gathered, sealed
from orchestrator.recovery.opening import Trust, judged, opener, read_keys
from tests.unit.recovery.drilled import RECORD, record

KEYS = {
    "saint-martin": Ed25519PrivateKey.from_private_bytes(bytes(range(32))),
    "val-des-ormes": Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))),
}
OTHER = record("val-des-ormes", "grist", id="00ab12")


def pem(key: Any) -> str:
    public = key.public_key()
    return str(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())


def keys_of(tenant: str) -> Mapping[str, str]:
    """Every tenant's key has the same name."""
    return {"points-1": pem(KEYS[tenant])} if tenant in KEYS else {}


def file(drill: DrillRecord, by: str = "", key: str = "points-1") -> tuple[str, bytes]:
    """A record as it is kept, signed by its own tenant or by somebody else."""

    def sign(content: bytes) -> Signature:
        made = KEYS[by or drill.tenant].sign(content)
        return Signature(key, base64.b64encode(made).decode())

    return file_name(drill), sealed(drill, lambda text: signed.seal(json.loads(text), sign))


def test_what_was_signed_is_verified() -> None:
    for drill in (RECORD, OTHER):
        found = judged(*file(drill), keys_of)
        assert (found.trust, found.why, found.key) == (Trust.VERIFIED, "", "points-1")
        assert found.record == drill


def test_every_record_of_a_folder_is_gathered() -> None:
    found = gathered([file(RECORD), file(OTHER)], lambda tenant: opener(keys_of(tenant)))
    assert [(one.record, one.verified) for one in found.records] == [(RECORD, True), (OTHER, True)]


def test_a_forged_signature() -> None:
    name, content = file(RECORD, by="val-des-ormes")
    found = judged(name, content, keys_of)
    assert (found.trust, found.record) == (Trust.CHANGED, RECORD)
    assert found.why == "the signature of `points-1` does not fit what it says"
    (kept,) = gathered([(name, content)], lambda tenant: opener(keys_of(tenant))).records
    assert not kept.proves


def test_a_changed_value() -> None:
    name, content = file(RECORD)
    changed = content.replace(b'"rpo_s":240', b'"rpo_s":10')
    assert changed != content
    found = judged(name, changed, keys_of)
    assert found.trust is Trust.CHANGED
    assert found.record is not None
    assert found.record.rpo_s == 10


def test_a_key_that_is_not_known() -> None:
    found = judged(*file(RECORD, key="points-2"), keys_of)
    assert found.trust is Trust.CHANGED
    assert found.why == "it is signed by `points-2`, which is not among the keys"
    nobody = judged(*file(RECORD), lambda _tenant: {})
    assert nobody.trust is Trust.CHANGED


def test_a_renamed_file() -> None:
    later = file_name(record(id="0bad00"))
    found = judged(later, file(RECORD)[1], keys_of)
    assert found.trust is Trust.CHANGED
    assert found.why == f"it is signed, but as {file_name(RECORD)}"


def test_a_record_that_is_lent_to_another_instance() -> None:
    lent = record(instance="saint-martin/grist")
    found = judged(*file(lent), keys_of)
    assert (found.trust, found.why) == (Trust.CHANGED, "it is of another instance")


@pytest.mark.parametrize("length", [0, 1, 40, -1])
def test_a_file_that_is_cut_short(length: int) -> None:
    name, content = file(RECORD)
    found = judged(name, content[:length], keys_of)
    assert (found.trust, found.record) == (Trust.FOREIGN, None)
    assert found.why == "it holds no whole signed record"
    with pytest.raises(ValueError, match="JSON"):
        opener(keys_of("saint-martin"))(content[:length])


def test_what_is_signed_and_is_no_record() -> None:
    def sign(content: bytes) -> Signature:
        made = KEYS["saint-martin"].sign(content)
        return Signature("points-1", base64.b64encode(made).decode())

    content = signed.seal({"format": "another/v1"}, sign)
    found = judged(file_name(RECORD), content, keys_of)
    assert found.trust is Trust.FOREIGN


def test_a_stranger_s_name_asks_for_no_key() -> None:
    def asked(tenant: str) -> Mapping[str, str]:
        raise AssertionError(tenant)

    found = judged("notes.txt", file(RECORD)[1], asked)
    assert (found.trust, found.why) == (Trust.FOREIGN, "its name is not that of a record")


def test_keys_are_read_as_they_are_told() -> None:
    keys = {"points-1": pem(KEYS["saint-martin"]), "points-2": pem(KEYS["val-des-ormes"])}
    assert read_keys(json.dumps(keys)) == keys


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "Expecting value"),
        ("[]", "not a JSON object"),
        ("{}", "not a JSON object"),
        ('{"points-1": 1}', "`points-1` is no public key"),
        ('{"points-1": "-----BEGIN PUBLIC KEY-----"}', "`points-1` is no public key"),
    ],
)
def test_what_holds_no_keys(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        read_keys(text)
