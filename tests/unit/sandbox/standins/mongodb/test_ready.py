"""Whether the probe tells a server that serves from one that does not."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.sandbox.standins.mongodb import ready, wire
from orchestrator.sandbox.standins.mongodb.front import Front, exactly
from orchestrator.sandbox.standins.mongodb.session import Session
from orchestrator.sandbox.standins.mongodb.users import EVERYWHERE, Users


class Behind(socketserver.BaseRequestHandler):
    """The database behind the front."""

    def handle(self) -> None:
        while (message := wire.read(exactly(self.request))) is not None:
            self.request.sendall(wire.answer(message, {"databases": [], "ok": 1.0}))


@pytest.fixture
def serve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Front]]:
    """A front, with what a container of it knows; `behind` False: the database is not there."""
    opened: list[socketserver.ThreadingTCPServer] = []

    def started(server: socketserver.ThreadingTCPServer) -> int:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        opened.append(server)
        return int(server.server_address[1])

    def one(*, behind: bool = True, given: str = "sésame=,") -> Front:
        users = Users(tmp_path / "users.json")
        users.keep("admin", "ro=ot,", "sésame=,", {EVERYWHERE: "root"})
        port = started(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Behind)) if behind else 1
        front = Front(("127.0.0.1", 0), users, ("127.0.0.1", port))
        monkeypatch.setenv("MONGO_PORT", str(started(front)))
        monkeypatch.setenv("MONGO_ROOT", "ro=ot,")
        monkeypatch.setenv("SECRETS_DIRECTORY", str(tmp_path))
        (tmp_path / "root_password").write_text(f"{given}\n", encoding="utf-8")
        return front

    yield one
    for each in opened:
        each.shutdown()
        each.server_close()


def test_one_that_serves_is_ready(serve: Callable[..., Front]) -> None:
    serve()
    assert ready.main() == 0


def test_a_wrong_password_is_told_without_being_said(
    serve: Callable[..., Front], capsys: pytest.CaptureFixture[str]
) -> None:
    serve(given="open")
    assert ready.main() == 1
    said = capsys.readouterr().err
    assert "Authentication failed" in said
    assert "open" not in said


def test_a_front_alone_is_not_ready(
    serve: Callable[..., Front], capsys: pytest.CaptureFixture[str]
) -> None:
    serve(behind=False)
    assert ready.main() == 1
    assert "does not answer" in capsys.readouterr().err


def test_nobody_there_is_not_ready(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("SECRETS_DIRECTORY", str(tmp_path))
    assert ready.main() == 1
    assert "missing or empty" in capsys.readouterr().err
    (tmp_path / "root_password").write_text("x\n", encoding="utf-8")
    monkeypatch.setenv("MONGO_PORT", "1")
    assert ready.main() == 1
    assert "ConnectionRefused" in capsys.readouterr().err


def test_whoever_lets_in_without_knowing_the_password_is_not_believed(tmp_path: Path) -> None:
    users = Users(tmp_path / "users.json")
    users.keep("admin", "root", "sesame", {EVERYWHERE: "root"})
    session = Session(users)

    def ask(command: Any) -> Any:
        answer = session.answer({**command, "$db": "admin"}) or {"ok": 1.0}
        return {**answer, "payload": b"v=AAAA"} if "saslContinue" in command else answer

    with pytest.raises(ready.NotReadyError, match="does not know"):
        ready.look(ask, "root", "sesame")
