"""The sandbox's own certificate authority; it signs what listens, and who may speak to it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from orchestrator.ports import Clock

_YEARS = timedelta(days=3650)
_YEAR = timedelta(days=397)
_RENEW = timedelta(days=30)
_AUTHORITY = "authority"
AS_A_NAME = "name:"


class Authority:
    """Keys and certificates in one folder, 0600; what lasts long enough is left as it is."""

    def __init__(self, folder: Path, name: str, clock: Clock) -> None:
        self.folder = folder
        self._name = name
        self._clock = clock
        folder.mkdir(exist_ok=True, mode=0o700)
        if not self.certificate.exists():
            self._begin()

    @property
    def certificate(self) -> Path:
        """PEM file of the authority's own certificate."""
        return self.folder / f"{_AUTHORITY}.crt"

    @property
    def key(self) -> Path:
        """PEM file of the authority's key."""
        return self.folder / f"{_AUTHORITY}.key"

    def issue(
        self, name: str, subject: str, groups: Sequence[str] = (), places: Sequence[str] = ()
    ) -> tuple[Path, Path]:
        """The certificate and key files of a name, made or renewed when they must be.

        `subject` and `groups` are who it is to Kubernetes, `places` host names and addresses;
        one after `AS_A_NAME` stands among the names, whatever it looks like.
        """
        certificate, key = self.folder / f"{name}.crt", self.folder / f"{name}.key"
        if certificate.exists() and key.exists() and self._lasts(certificate, places):
            return certificate, key
        attributes = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
        attributes.append(x509.NameAttribute(NameOID.COMMON_NAME, subject))
        private = ec.generate_private_key(ec.SECP256R1())
        builder = self._builder(x509.Name(attributes), private.public_key(), _YEAR)
        usages = [ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        if places:
            names = x509.SubjectAlternativeName([_place(place) for place in places])
            builder = builder.add_extension(names, critical=False)
        signed = builder.sign(self._signing_key(), hashes.SHA256())
        _write(key, _pem(private))
        _write(certificate, signed.public_bytes(serialization.Encoding.PEM))
        return certificate, key

    def pair(self, name: str) -> tuple[Path, Path]:
        """A key and its public half, for signing tokens."""
        private_file, public_file = self.folder / f"{name}.key", self.folder / f"{name}.pub"
        if not (private_file.exists() and public_file.exists()):
            private = ec.generate_private_key(ec.SECP256R1())
            _write(private_file, _pem(private))
            public = private.public_key().public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            _write(public_file, public)
        return private_file, public_file

    def _begin(self) -> None:
        private = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"sandbox {self._name}")])
        builder = self._builder(subject, private.public_key(), _YEARS, issuer=subject)
        constraints = x509.BasicConstraints(ca=True, path_length=1)
        builder = builder.add_extension(constraints, critical=True)
        identifier = x509.SubjectKeyIdentifier.from_public_key(private.public_key())
        builder = builder.add_extension(identifier, critical=False)
        usage = x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        )
        builder = builder.add_extension(usage, critical=True)
        _write(self.key, _pem(private))
        signed = builder.sign(private, hashes.SHA256())
        _write(self.certificate, signed.public_bytes(serialization.Encoding.PEM))

    def _builder(
        self,
        subject: x509.Name,
        public: ec.EllipticCurvePublicKey,
        lasts: timedelta,
        issuer: x509.Name | None = None,
    ) -> x509.CertificateBuilder:
        now = self._clock.now()
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer or self._own().subject)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + lasts)
        )

    def _own(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.certificate.read_bytes())

    def _signing_key(self) -> ec.EllipticCurvePrivateKey:
        key = serialization.load_pem_private_key(self.key.read_bytes(), None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError(type(key).__name__)
        return key

    def _lasts(self, file: Path, places: Sequence[str]) -> bool:
        kept = x509.load_pem_x509_certificate(file.read_bytes())
        now: datetime = self._clock.now()
        if kept.not_valid_after_utc - now < _RENEW:
            return False
        if not places:
            return True
        names = kept.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        return set(names) == {_place(place) for place in places}


def _place(text: str) -> x509.GeneralName:
    if text.startswith(AS_A_NAME):
        return x509.DNSName(text.removeprefix(AS_A_NAME))
    try:
        return x509.IPAddress(ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _pem(private: ec.EllipticCurvePrivateKey) -> bytes:
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes) -> None:
    scratch = path.with_suffix(path.suffix + ".new")
    scratch.unlink(missing_ok=True)
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    scratch.replace(path)
