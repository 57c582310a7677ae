"""How a fault of the relay is named where the product's own framework would name it."""

from __future__ import annotations

import smtplib
import socket

import pytest

from orchestrator.sandbox.standins.decidim import framework


@pytest.mark.parametrize(
    ("fault", "name", "words"),
    [
        (
            smtplib.SMTPRecipientsRefused({"a@b.example": (550, b"5.7.1 refused")}),
            "Net::SMTPFatalError",
            "550 5.7.1 refused",
        ),
        (smtplib.SMTPSenderRefused(503, b"no", "a"), "Net::SMTPSyntaxError", "503 no"),
        (smtplib.SMTPAuthenticationError(535, b"no"), "Net::SMTPAuthenticationError", "535 no"),
        (smtplib.SMTPDataError(451, "4.3.0 later"), "Net::SMTPServerBusy", "451 4.3.0 later"),
        (ConnectionRefusedError(), "Errno::ECONNREFUSED", ""),
        (TimeoutError(), "Net::OpenTimeout", ""),
        (socket.gaierror(), "SocketError", ""),
        (KeyError("x"), "KeyError", ""),
    ],
)
def test_a_fault_has_the_framework_s_name(fault: Exception, name: str, words: str) -> None:
    assert framework.told(fault) == {"error_class": name, "error_message": words}
