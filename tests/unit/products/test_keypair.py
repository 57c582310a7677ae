"""Key pairs of OpenSSH: ours, and what is none."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from orchestrator.products import keypair
from orchestrator.products.secrets import Kind, SecretSpec, weakness

SPEC = SecretSpec("key", "rudi/keys", "key", Kind.ED25519)


def written(key: rsa.RSAPrivateKey) -> str:
    form, closing = serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, form, closing).decode()


def closed(private: str) -> str:
    """As the form says it of a key that a passphrase closes."""
    first, *body, last = private.splitlines()
    changed = base64.b64decode("".join(body)).replace(b"none", b"aes1", 1)
    return "\n".join((first, base64.b64encode(changed).decode(), last))


def test_the_public_half_is_the_one_that_belongs_to_it() -> None:
    private = keypair.generated()
    public = serialization.load_ssh_private_key(private.encode(), None).public_key()
    form = serialization.PublicFormat.OpenSSH
    line = public.public_bytes(serialization.Encoding.OpenSSH, form).decode()
    assert keypair.public_half(private, "catalog_mngr") == f"{line} catalog_mngr\n"


def test_what_we_generate_is_never_refused() -> None:
    assert {weakness(SPEC, keypair.generated()) for _ in range(5)} == {""}
    assert keypair.generated() != keypair.generated()


def test_what_is_no_key_of_ours_is_refused_without_being_shown() -> None:
    good = keypair.generated()
    lines = good.splitlines()
    for wrong, why in (
        ("", "no private key"),
        ("password", "no private key"),
        (written(rsa.generate_private_key(65537, 2048)), "another kind"),
        (closed(good), "passphrase"),
        ("\n".join([lines[0], lines[1][:20] + "!", lines[-1]]), "damaged"),
        ("\n".join([lines[0], lines[2], lines[-1]]), "no private key"),
    ):
        assert why in weakness(SPEC, wrong)
        with pytest.raises(keypair.NotAKeyError):
            keypair.public_half(wrong, "")
