"""Mails: put in words here, sent by the worker through the relay of environment or organisation."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Any

from orchestrator.sandbox.standins.decidim import encryption
from orchestrator.sandbox.standins.decidim.environment import Environment

# The framework's own; a relay that answers later gets the same mail twice.
_TIMEOUT_S = 5
_SENDER_KEYS = frozenset({"from", "from_label", "from_email"})


@dataclass(frozen=True)
class Relay:
    """A mail relay and how to sign in to it."""

    address: str
    port: int
    domain: str
    username: str | None
    password: str
    starttls: bool


def relay_of(environment: Environment, settings: Mapping[str, Any] | None = None) -> Relay:
    """The environment's relay, with what the organisation's settings say instead.

    Raises InvalidMessageError when the organisation's password cannot be read with our key.
    """
    own = _own(settings, environment.secret_key_base)
    # A name that is set but empty is still a name: the client would try to sign in.
    username = environment.values.get("SMTP_USERNAME")
    return Relay(
        address=str(own.get("address") or environment.text("SMTP_ADDRESS", "localhost")),
        port=int(own.get("port") or environment.integer("SMTP_PORT", 587)),
        domain=environment.text("SMTP_DOMAIN", "localhost"),
        username=str(own["user_name"]) if own.get("user_name") else username,
        password=str(own.get("password") or environment.text("SMTP_PASSWORD")),
        starttls=bool(
            own.get("enable_starttls_auto", environment.enabled("SMTP_STARTTLS_AUTO", default=True))
        ),
    )


def sender_of(environment: Environment, settings: Mapping[str, Any] | None = None) -> str:
    """Who a mail comes from."""
    return str((settings or {}).get("from") or environment.mailer_sender)


def send(relay: Relay, mail: Mapping[str, Any], sender: str) -> None:
    """Hand one mail to the relay. Raises OSError or SMTPException."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = mail["to"]
    message["Subject"] = mail["subject"]
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=relay.domain)
    message.set_content(mail["body"])
    with smtplib.SMTP(
        relay.address, relay.port, local_hostname=relay.domain, timeout=_TIMEOUT_S
    ) as client:
        client.ehlo()
        if relay.starttls and client.has_extn("starttls"):
            # The product's configuration does not look at the certificate.
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            client.starttls(context=context)
        if relay.username is not None:
            client.login(relay.username, relay.password)
        client.send_message(message)


def _own(settings: Mapping[str, Any] | None, secret_key_base: str) -> Mapping[str, Any]:
    """The organisation's own relay; a sender alone is none."""
    found = {name: value for name, value in (settings or {}).items() if value not in (None, "")}
    if not frozenset(found) - _SENDER_KEYS or not found.get("address"):
        return {}
    kept = found.get("encrypted_password")
    password = encryption.decrypt(str(kept), secret_key_base) if kept else ""
    return {**found, "password": password or ""}
