"""What a certificate says of itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from orchestrator.model.secret import Secret
from orchestrator.tools.certificates import VaultCertificates

UNTIL = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


def certificate(subject: str, issuer: str, names: tuple[str, ...] = ()) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(UNTIL - timedelta(days=90))
        .not_valid_after(UNTIL)
    )
    if names:
        further = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        builder = builder.add_extension(further, critical=False)
    made = builder.sign(key, hashes.SHA256())
    return made.public_bytes(serialization.Encoding.PEM).decode()


def certificates() -> VaultCertificates:
    return VaultCertificates("http://127.0.0.1:1", Secret("token"), Path("ca.pem"))


def test_names_and_end_are_those_of_the_first() -> None:
    chain = certificate("a.example", "middle", ("a.example", "www.a.example"))
    facts = certificates().describe(Secret(chain + certificate("middle", "root")))
    assert facts.names == ("a.example", "www.a.example")
    assert facts.expires == UNTIL


def test_a_certificate_of_no_name() -> None:
    assert certificates().describe(Secret(certificate("a", "b"))).names == ()


def test_the_chain_goes_up_to_the_root_without_it(monkeypatch: Any) -> None:
    asked: list[Any] = []
    leaf, middle = certificate("a.example", "middle", ("a.example",)), certificate("middle", "root")
    data = {
        "certificate": leaf,
        "issuing_ca": middle,
        "ca_chain": [middle, certificate("root", "root")],
        "private_key": "key",
    }
    store = certificates()
    monkeypatch.setattr(
        store._api.secrets.pki,
        "generate_certificate",
        lambda *given, **_: asked.append(given) or {"data": data},
    )
    issued = store.issue(("a.example", "b.example"))
    assert issued.chain.reveal() == leaf + middle
    assert asked == [("platform", "a.example", {"alt_names": "a.example,b.example"})]
    store.issue(("a" * 60 + ".example",))
    assert asked[1][1] == "", "a subject is at most 64 letters long"
