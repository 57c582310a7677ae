"""The mail sink as a mail program meets it: what it takes is shown, what it refuses is not."""

from __future__ import annotations

import http.client
import json
import smtplib
import socket
import subprocess  # noqa: TID251 - the sink is a program of its own
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

import pytest

REFUSED = "habitante@refuse.example"
TAKEN = "habitant@example.org"


@dataclass
class Relay:
    """The sink on this machine's loopback."""

    smtp: int
    inbox: int

    def session(self) -> smtplib.SMTP:
        return smtplib.SMTP("127.0.0.1", self.smtp, local_hostname="tests", timeout=10)

    def get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.inbox, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def taken(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = json.loads(self.get("/")[1])
        return listed

    def wait(self) -> None:
        until = time.monotonic() + 30
        while True:
            try:
                self.session().quit()
                self.taken()
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
            else:
                return


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    smtp, inbox = free_port(), free_port()
    argv = [sys.executable, "-m", "orchestrator.sandbox.mail", "--address", "127.0.0.1"]
    argv += ["--smtp", str(smtp), "--inbox", str(inbox)]
    argv += ["--folder", str(tmp_path_factory.mktemp("mail"))]
    relay = Relay(smtp, inbox)
    with subprocess.Popen(argv) as child:
        try:
            relay.wait()
            yield relay
        finally:
            child.kill()


def message(*recipients: str, subject: str) -> EmailMessage:
    made = EmailMessage()
    made["From"] = "mairie@example.org"
    made["To"] = ", ".join(recipients)
    made["Subject"] = subject
    made.set_content("Bonjour, la séance est ouverte.")
    return made


def test_what_is_taken_can_be_read_whole(program: Relay) -> None:
    with program.session() as session:
        assert session.send_message(message(TAKEN, subject="Procès-verbal")) == {}
    (found,) = [one for one in program.taken() if one["subject"] == "Procès-verbal"]
    assert found["from"] == "mairie@example.org"
    assert found["to"] == [TAKEN]
    status, whole = program.get(f"/{found['number']}")
    assert status == 200
    assert b"Subject:" in whole


@pytest.mark.parametrize("recipient", [REFUSED, REFUSED.upper()])
def test_a_domain_is_refused_as_relays_do(program: Relay, recipient: str) -> None:
    with program.session() as session, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        session.send_message(message(recipient, subject="Refusé"))
    status, said = refused.value.recipients[recipient]
    assert status == 550
    assert said.startswith(b"5.7.1 ")
    assert [one for one in program.taken() if one["subject"] == "Refusé"] == []


def test_who_only_looks_like_it_is_served(program: Relay) -> None:
    near = ["a@refuse.example.org", "b@not-refuse.example", "refuse.example@example.org"]
    with program.session() as session:
        assert session.send_message(message(*near, subject="Presque")) == {}
    (found,) = [one for one in program.taken() if one["subject"] == "Presque"]
    assert found["to"] == near


def test_the_other_recipients_are_served(program: Relay) -> None:
    with program.session() as session:
        refused = session.send_message(message(REFUSED, TAKEN, subject="À deux"))
    assert set(refused) == {REFUSED}
    (found,) = [one for one in program.taken() if one["subject"] == "À deux"]
    assert found["to"] == [TAKEN]


@pytest.mark.parametrize("path", ["/999", "/list.jsonl", "/../list.jsonl"])
def test_nothing_else_is_shown(program: Relay, path: str) -> None:
    assert program.get(path)[0] == 404
