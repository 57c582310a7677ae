"""What a secrets server can answer instead of an answer, and that no fault tells a secret."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from orchestrator.errors.root import OrchestratorError
from orchestrator.errors.secrets import (
    SecretChangedError,
    SecretDeletedError,
    SecretsDeniedError,
    SecretsMountError,
    SecretsRequestError,
    SecretsSealedError,
    SecretsTokenMissingError,
    SecretsUnreachableError,
)
from orchestrator.model.names import TenantNames
from orchestrator.model.secret import Secret
from orchestrator.tools import secretstore_client
from orchestrator.tools.secretstore import VaultSecretStore
from orchestrator.tools.secretstore_client import operator_token

TOKEN = "hvs.token-that-nobody-may-see"
VALUE = {"password": Secret("value-that-nobody-may-see")}
SEAL = "/v1/sys/seal-status"
LOOKUP = "/v1/auth/token/lookup-self"
DATA = "/v1/tenants/a/kv/data/decidim/x"


class Server:
    """Answers each path with what the test says: status and body; 404 for the rest."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.answers: dict[str, tuple[int, Any]] = {}
        self.asked: list[str] = []

    def store(self) -> VaultSecretStore:
        return VaultSecretStore(
            self.address, Secret(TOKEN), Path("ca.pem"), TenantNames("a"), "decidim"
        )


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            path = self.path.partition("?")[0]
            told.asked.append(path)
            status, body = told.answers.get(path, (404, {"errors": []}))
            text = body if isinstance(body, str) else json.dumps(body)
            self.send_response(status)
            kind = "text/html" if isinstance(body, str) else "application/json"
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PUT = _answer  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    listener = HTTPServer(("127.0.0.1", 0), Handler)
    told = Server(f"http://127.0.0.1:{listener.server_port}")
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield told
    listener.shutdown()
    thread.join()
    listener.server_close()


def fault_of(server: Server) -> OrchestratorError:
    with pytest.raises(OrchestratorError) as reading:
        server.store().read("decidim/x")
    with pytest.raises(OrchestratorError) as writing:
        server.store().create("decidim/x", VALUE)
    assert type(reading.value) is type(writing.value)
    for caught in (reading.value, writing.value):
        told = f"{caught} {caught.why} {caught.hints} {caught.details} {caught.context}"
        assert "nobody-may-see" not in told
        assert caught.__cause__ is None
        assert caught.__context__ is None, "a request, with its token, hangs on what hangs on it"
    return reading.value


def test_a_sealed_server(server: Server) -> None:
    server.answers = {
        DATA: (503, {"errors": ["Vault is sealed"]}),
        SEAL: (200, {"sealed": True, "initialized": True}),
    }
    fault = fault_of(server)
    assert isinstance(fault, SecretsSealedError)
    assert fault.retryable


def test_a_server_that_was_never_initialised(server: Server) -> None:
    server.answers = {
        DATA: (503, {"errors": ["Vault is sealed"]}),
        SEAL: (200, {"sealed": True, "initialized": False}),
    }
    assert fault_of(server).context["initialised"] is False


def test_503_of_a_proxy_is_not_a_seal(server: Server) -> None:
    server.answers = {DATA: (503, "<html>no server available</html>"), SEAL: (503, "<html>")}
    assert isinstance(fault_of(server), SecretsUnreachableError)


@pytest.mark.parametrize(("lookup", "valid"), [(200, True), (403, False), (500, True)])
def test_a_refusal_says_whether_the_token_is_to_blame(
    server: Server,
    lookup: int,
    valid: bool,  # noqa: FBT001
) -> None:
    server.answers = {
        DATA: (403, {"errors": ["permission denied"]}),
        LOOKUP: (lookup, {"data": {}}),
    }
    fault = fault_of(server)
    assert isinstance(fault, SecretsDeniedError)
    assert fault.context["token_valid"] is valid


@pytest.mark.parametrize("status", [429, 500, 502, 418])
def test_any_other_fault_is_told_in_the_servers_words_without_secrets(
    server: Server, status: int
) -> None:
    words = f"disk full while {TOKEN} wrote {VALUE['password'].reveal()}"
    server.answers = {DATA: (status, {"errors": [words]})}
    with pytest.raises(SecretsRequestError, match="could not write") as caught:
        server.store().create("decidim/x", VALUE)
    assert caught.value.why == "disk full while ******** wrote ********"


def test_nobody_there_is_asked_three_times(monkeypatch: Any) -> None:
    waited: list[float] = []
    monkeypatch.setattr(secretstore_client.time, "sleep", waited.append)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    store = VaultSecretStore(
        f"http://127.0.0.1:{port}", Secret(TOKEN), Path("ca.pem"), TenantNames("a"), "decidim"
    )
    with pytest.raises(SecretsUnreachableError) as caught:
        store.read("x")
    assert "refused" in caught.value.why
    assert len(waited) == 2
    with pytest.raises(SecretsUnreachableError):
        store.create("x", VALUE)
    assert len(waited) == 2, "a write is not repeated: it may have been done"


def test_no_answer_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = secretstore_client.VaultClient(
            f"http://127.0.0.1:{silent.getsockname()[1]}", Secret(TOKEN), Path("ca.pem"), 0.1
        )
        with pytest.raises(SecretsUnreachableError) as caught:
            client.write("x", lambda: client.api.adapter.get("/v1/x"))
    assert "within 0.1 s" in caught.value.why


def test_somebody_else_at_the_address(server: Server) -> None:
    for status in (200, 404):
        server.answers = {DATA: (status, "<html>Welcome</html>")}
        fault = fault_of(server)
        assert isinstance(fault, SecretsUnreachableError)
        assert "not as a secrets server" in fault.why


def test_what_was_never_written_is_none(server: Server) -> None:
    assert server.store().read("decidim/x") is None


def test_what_was_deleted_is_not_nothing(server: Server) -> None:
    gone = {"version": 2, "deletion_time": "2026-01-01T00:00:00Z", "destroyed": False}
    server.answers = {DATA: (404, {"data": {"data": None, "metadata": gone}})}
    with pytest.raises(SecretDeletedError) as caught:
        server.store().read("decidim/x")
    assert "undelete" in caught.value.hints[0]


def test_an_existing_value_is_never_written_over(server: Server) -> None:
    mismatch = "check-and-set parameter did not match the current version"
    server.answers = {DATA: (400, {"errors": [mismatch]})}
    store = server.store()
    assert store.create("decidim/x", VALUE) is False
    server.answers = {
        DATA: (200, {"data": {"data": {"password": "1"}, "metadata": {"version": 7}}})
    }
    store.read("decidim/x")
    server.answers = {DATA: (400, {"errors": [mismatch]})}
    with pytest.raises(SecretChangedError) as caught:
        store.replace("decidim/x", VALUE)
    assert caught.value.context["expected"] == 7


def test_a_mount_of_another_kind_is_left_alone(server: Server) -> None:
    server.answers = {
        "/v1/sys/mounts/tenants/a/kv": (200, {"data": {"type": "kv", "options": {"version": "1"}}})
    }
    with pytest.raises(SecretsMountError):
        server.store().prepare()
    assert len(server.asked) == 1


def test_no_mount_is_not_prepared(server: Server) -> None:
    absent = "No secret engine mount at tenants/a/kv/"
    server.answers = {"/v1/sys/mounts/tenants/a/kv": (400, {"errors": [absent]})}
    assert server.store().prepared() is False


def test_the_instance_may_only_read_its_own_folder(server: Server) -> None:
    policies = server.store()._mounts.policies()
    assert set(policies) == {"tenant-a-operator", "tenant-a-instance-decidim"}
    instance = policies["tenant-a-instance-decidim"]
    assert 'path "tenants/a/kv/data/decidim/*" { capabilities = ["read"] }' in instance
    for word in ("create", "update", "delete", "transit"):
        assert word not in instance


def test_an_empty_token_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "token"
    with pytest.raises(SecretsTokenMissingError):
        operator_token(file)
    file.write_text("\n")
    with pytest.raises(SecretsTokenMissingError):
        operator_token(file)
    file.write_text("hvs.x\n")
    assert operator_token(file) == Secret("hvs.x")
