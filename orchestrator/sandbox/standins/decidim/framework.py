"""How the product's framework names what went wrong, for whoever looks at the jobs it keeps."""

from __future__ import annotations

import smtplib
import socket
from typing import NamedTuple

_RELAY_SAID = (
    ("4", "Net::SMTPServerBusy"),
    ("50", "Net::SMTPSyntaxError"),
    ("53", "Net::SMTPAuthenticationError"),
    ("5", "Net::SMTPFatalError"),
)
_NOBODY: tuple[tuple[type[Exception], str], ...] = (
    (ConnectionRefusedError, "Errno::ECONNREFUSED"),
    (TimeoutError, "Net::OpenTimeout"),
    (socket.gaierror, "SocketError"),
    (smtplib.SMTPServerDisconnected, "EOFError"),
)


class Answer(NamedTuple):
    """What a relay answered: a status of three digits, and its words."""

    status: int
    words: str


def told(fault: Exception) -> dict[str, str]:
    """The two fields in which a job that failed keeps its reason."""
    if (answer := _answer(fault)) is not None:
        kinds = (kind for begin, kind in _RELAY_SAID if str(answer.status).startswith(begin))
        name = next(kinds, "Net::SMTPUnknownError")
        return {"error_class": name, "error_message": f"{answer.status} {answer.words}"}
    names = (name for kind, name in _NOBODY if isinstance(fault, kind))
    return {"error_class": next(names, type(fault).__name__), "error_message": ""}


def _answer(fault: Exception) -> Answer | None:
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        return _said(*next(iter(fault.recipients.values())))
    if isinstance(fault, smtplib.SMTPResponseException):
        return _said(fault.smtp_code, fault.smtp_error)
    return None


def _said(status: int, words: bytes | str) -> Answer:
    return Answer(status, words.decode(errors="replace") if isinstance(words, bytes) else words)
