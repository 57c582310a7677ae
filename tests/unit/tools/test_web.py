"""Sites behind an entrance, addresses beside it, and what the mail sink shows."""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from orchestrator.errors.web import InboxUnreadableError, WebUnreachableError, WebUntrustedError
from orchestrator.tools.inbox import JsonInbox
from orchestrator.tools.web import EntranceWeb

MESSAGES = [
    {"to": ["anne@example.org"], "subject": "One"},
    {"to": ["other@example.org"], "subject": "Two"},
    {"to": ["other@example.org", "Anne@Example.org"], "subject": "Drei «é»"},
]


class Handler(BaseHTTPRequestHandler):
    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path == "/inbox":
            text = json.dumps(MESSAGES)
        elif self.path == "/odd":
            text = "{}}"
        elif self.path == "/other":
            text = '["x"]'
        else:
            told = {"path": self.path, "host": self.headers["Host"], "body": body.decode()}
            text = json.dumps(told)
        self.send_response(302 if self.path == "/moved" else 200)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    do_GET = do_PUT = _answer  # noqa: N815

    def log_message(self, *_: object) -> None:
        pass


def serve(context: ssl.SSLContext | None) -> Iterator[int]:
    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.handle_error = lambda *_: None  # type: ignore[method-assign]
    if context:
        listener.socket = context.wrap_socket(listener.socket, server_side=True)
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield listener.server_port
    listener.shutdown()
    thread.join()
    listener.server_close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of avis.example, and its key beside it; it is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "avis.example")])
    names = [x509.DNSName("avis.example"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    path.with_suffix(".key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return path


@pytest.fixture
def tls(authority: Path) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority, authority.with_suffix(".key"))
    yield from serve(context)


@pytest.fixture
def plain() -> Iterator[int]:
    yield from serve(None)


def test_a_public_name_is_asked_at_the_entrance(tls: int, authority: Path) -> None:
    web = EntranceWeb("127.0.0.1", tls, authority)
    answer = web.request("PUT", "https://avis.example:8443/a?b=c", body=b"hello")
    assert answer.status == 200
    assert json.loads(answer.body) == {
        "path": "/a?b=c",
        "host": "avis.example:8443",
        "body": "hello",
    }


def test_another_host_may_be_asked_for_within_the_same_connection(
    tls: int, authority: Path
) -> None:
    web = EntranceWeb("127.0.0.1", tls, authority)
    answer = web.request("GET", "https://avis.example/", headers={"host": "stranger.example"})
    assert json.loads(answer.body)["host"] == "stranger.example"


def test_a_redirect_is_an_answer(tls: int, authority: Path) -> None:
    answer = EntranceWeb("127.0.0.1", tls, authority).request("GET", "https://avis.example/moved")
    assert (answer.status, answer.headers["Location"]) == (302, "/elsewhere")


def test_a_certificate_of_another_name_is_not_trusted(tls: int, authority: Path) -> None:
    with pytest.raises(WebUntrustedError, match=r"wrong\.example"):
        EntranceWeb("127.0.0.1", tls, authority).request("GET", "https://wrong.example/")


def test_what_is_not_behind_the_entrance_is_asked_directly(
    plain: int, tls: int, authority: Path
) -> None:
    direct = (f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{tls}")
    web = EntranceWeb("127.0.0.1", 1, authority, direct)
    for address in direct:
        assert web.request("GET", f"{address}/bucket/key").status == 200


def test_nobody_there(authority: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(WebUnreachableError) as silent:
            EntranceWeb("127.0.0.1", port, authority, timeout_s=0.1).request(
                "GET", "https://avis.example/?signature=not-to-be-told"
            )
    assert "within 0.1 s" in silent.value.why
    assert "not-to-be-told" not in str(silent.value)
    with pytest.raises(WebUnreachableError, match=r"avis\.example"):
        EntranceWeb("127.0.0.1", port, authority).request("GET", "https://avis.example/")
    with pytest.raises(WebUnreachableError):
        EntranceWeb("127.0.0.1", port, authority).request("GET", "ftp://avis.example/")


def test_the_inbox_shows_what_was_sent_to_an_address(plain: int) -> None:
    inbox = JsonInbox(f"http://127.0.0.1:{plain}/inbox")
    assert inbox.subjects_to("anne@example.org") == ("One", "Drei «é»")
    assert inbox.subjects_to("nobody@example.org") == ()


@pytest.mark.parametrize("path", ["odd", "other", "moved"])
def test_an_inbox_that_is_none(plain: int, path: str) -> None:
    with pytest.raises(InboxUnreadableError):
        JsonInbox(f"http://127.0.0.1:{plain}/{path}").subjects_to("anne@example.org")


def test_no_inbox_at_all() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(InboxUnreadableError, match=str(port)):
        JsonInbox(f"http://127.0.0.1:{port}/").subjects_to("anne@example.org")
