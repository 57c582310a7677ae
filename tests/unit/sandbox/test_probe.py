"""Only who answers is well: the kernel also accepts connections for a process that hangs."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest

from orchestrator.sandbox import probe

GREETING = b"220 sandbox\r\n"


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probe, "_TIMEOUT_S", 0.2)


@contextmanager
def serving(listener: socket.socket, said: bytes) -> Iterator[None]:
    """Answer one connection with these bytes."""

    def answer() -> None:
        connection, _ = listener.accept()
        with connection, suppress(ConnectionResetError):  # who asks may hear no more than a word
            connection.sendall(said)
            connection.recv(1024)

    thread = Thread(target=answer)
    thread.start()
    yield
    thread.join(10)


@pytest.fixture
def door() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "runtime.sock"


def port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])


def test_who_accepts_and_says_nothing_does_not_greet(door: socket.socket) -> None:
    assert probe.answers("127.0.0.1", port(door))
    assert not probe.greets("127.0.0.1", port(door))
    assert not probe.well("127.0.0.1", port(door), "/")


def test_who_speaks_first_greets(door: socket.socket) -> None:
    with serving(door, GREETING):
        assert probe.greets("127.0.0.1", port(door))


@pytest.mark.parametrize(("status", "well"), [("200 OK", True), ("503 Later", False)])
def test_only_a_good_answer_is_well(door: socket.socket, status: str, *, well: bool) -> None:
    with serving(door, f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode()):
        assert probe.well("127.0.0.1", port(door), "/") is well


def test_a_socket_file_without_anybody_answers_nothing(file: Path) -> None:
    assert not probe.answers_calls(file)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(file))
    assert not probe.answers_calls(file)


def test_a_runtime_that_hangs_is_seen_through(file: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(file))
        listener.listen()
        assert not probe.answers_calls(file)


def test_a_runtime_that_speaks_is_well(file: Path) -> None:
    settings = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(file))
        listener.listen()
        with serving(listener, settings):
            assert probe.answers_calls(file)


@pytest.mark.parametrize("ask", [probe.answers, probe.greets])
def test_nobody_there_is_no_fault(ask: Callable[[str, int], bool]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        left = port(listener)
    assert not ask("127.0.0.1", left)
