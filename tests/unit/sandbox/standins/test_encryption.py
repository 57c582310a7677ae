"""What hangs on `SECRET_KEY_BASE`."""

from __future__ import annotations

import hashlib

import pytest

from orchestrator.sandbox.standins.decidim import encryption, probes

KEY, OTHER = "a" * 128, "b" * 128


def test_the_key_is_derived_as_the_product_derives_it() -> None:
    # The framework's generator: password "attribute", the secret as salt, 65 536 rounds of SHA-1.
    wanted = hashlib.pbkdf2_hmac("sha1", b"attribute", KEY.encode(), 65_536, 32)
    assert encryption.attribute_key(KEY) == wanted


def test_encrypted_text_comes_back_with_its_key_alone() -> None:
    sealed = encryption.encrypt("mot de passe é", KEY)
    assert sealed is not None
    assert len(sealed.split("--")) == 3
    assert encryption.decrypt(sealed, KEY) == "mot de passe é"
    with pytest.raises(encryption.InvalidMessageError):
        encryption.decrypt(sealed, OTHER)


@pytest.mark.parametrize("text", ["plain", "a--b", "a--b--c", "YQ==--YQ==--YQ=="])
def test_what_was_never_encrypted_is_refused(text: str) -> None:
    with pytest.raises(encryption.InvalidMessageError):
        encryption.decrypt(text, KEY)


def test_an_empty_text_is_not_encrypted() -> None:
    assert encryption.encrypt("", KEY) is None
    assert encryption.decrypt("", KEY) is None


def test_the_check_finds_encrypted_values_and_nothing_else() -> None:
    sealed = encryption.encrypt("x", KEY)
    columns = iter([{"password": sealed, "from": "a <a@example.org>", "port": 25}, ["x"], None])
    assert list(probes.encrypted_texts(columns)) == [sealed]


def test_signed_identifiers() -> None:
    signed = encryption.sign(12, "blob_id", KEY)
    assert encryption.verify(signed, "blob_id", KEY) == 12
    for forged in (signed[:-1] + "x", "", "a--b"):
        with pytest.raises(encryption.InvalidMessageError):
            encryption.verify(forged, "blob_id", KEY)
    with pytest.raises(encryption.InvalidMessageError):
        encryption.verify(signed, "avatar", KEY)
    with pytest.raises(encryption.InvalidMessageError):
        encryption.verify(signed, "blob_id", OTHER)


def test_passwords() -> None:
    digest = encryption.password_digest("a long password")
    assert encryption.password_matches("a long password", digest)
    assert not encryption.password_matches("another password", digest)
    assert not encryption.password_matches("", "")
