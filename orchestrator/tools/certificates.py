"""Certificates signed by the platform's own authority, a pki mount of the secrets server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography import x509
from hvac import exceptions

from orchestrator.errors.secrets import SecretsRequestError
from orchestrator.model.secret import Secret
from orchestrator.ports import Certificate, CertificateFacts
from orchestrator.tools.secretstore_client import VaultClient

MOUNT = "pki"
ROLE = "platform"
_LONGEST_SUBJECT = 64  # of a common name, RFC 5280


class VaultCertificates:
    """Implements `ports.Certificates`."""

    def __init__(self, address: str, token: Secret, authority: Path) -> None:
        self._client = VaultClient(address, token, authority)
        self._api: Any = self._client.api

    def issue(self, names: Sequence[str]) -> Certificate:
        """A certificate for these names. Raises the faults of `errors.secrets`.

        A first name that is too long for a subject stands among the further names alone.
        """
        path = f"{MOUNT}/issue/{ROLE}"
        subject = names[0] if len(names[0]) <= _LONGEST_SUBJECT else ""
        try:
            answer = self._client.write(
                path,
                lambda: self._api.secrets.pki.generate_certificate(
                    ROLE, subject, {"alt_names": ",".join(names)}, mount_point=MOUNT
                ),
                action="issue a certificate at",
            )
        except (exceptions.InvalidRequest, exceptions.InvalidPath) as error:
            reason = self._client.words(error)
            raise SecretsRequestError(
                path, action="issue a certificate at", reason=reason
            ) from None
        made = answer["data"]
        above = made.get("ca_chain") or [made["issuing_ca"]]
        chain = [made["certificate"], *(text for text in above if not _is_root(text))]
        text = "".join(f"{part.strip()}\n" for part in chain)
        return Certificate(Secret(text), Secret(f"{made['private_key'].strip()}\n"))

    def describe(self, chain: Secret) -> CertificateFacts:
        """The names and the end of a chain's first certificate."""
        first = x509.load_pem_x509_certificates(chain.reveal().encode())[0]
        try:
            further = first.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return CertificateFacts((), first.not_valid_after_utc)
        names = tuple(further.get_values_for_type(x509.DNSName))
        return CertificateFacts(names, first.not_valid_after_utc)


def _is_root(text: str) -> bool:
    """Whoever verifies has the root already."""
    certificate = x509.load_pem_x509_certificate(text.encode())
    return certificate.issuer == certificate.subject
