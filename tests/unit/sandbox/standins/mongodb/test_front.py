"""The front before the database: who gets in, and how far; spoken in bytes of our own."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from orchestrator.sandbox.standins.mongodb import bson, main, wire
from orchestrator.sandbox.standins.mongodb.front import Front, exactly
from orchestrator.sandbox.standins.mongodb.users import (
    EVERYWHERE,
    UnknownRoleError,
    Users,
    rights_of,
)


class Behind(socketserver.BaseRequestHandler):
    """A database that tells what it was asked."""

    def handle(self) -> None:
        while (message := wire.read(exactly(self.request))) is not None:
            words: dict[str, Any] = {"passed": next(iter(message.command)), "ok": 1.0}
            if words["passed"] == "createIndexes":
                words = {"ok": 0, "errmsg": "constraint failed"}
            self.request.sendall(wire.answer(message, words))


class Client:
    """A connection that speaks commands."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.create_connection(address, timeout=5)

    def ask(self, command: Mapping[str, Any], database: str = "town") -> dict[str, Any]:
        return self.raw(wire.asked({**command, "$db": database}))

    def raw(self, data: bytes) -> dict[str, Any]:
        self._socket.sendall(data)
        found = wire.read(exactly(self._socket))
        if found is None:
            raise ConnectionError
        return found.command

    def log_in(self, name: str, password: str, database: str, *, skip: bool = True) -> bool:
        bare = f"n={name},r=abc"
        start = self.ask(
            {
                "saslStart": 1,
                "mechanism": "SCRAM-SHA-256",
                "payload": f"n,,{bare}".encode(),
                "options": {"skipEmptyExchange": skip},
            },
            database,
        )
        first = start["payload"].decode()
        fields = dict(each.split("=", 1) for each in first.split(","))
        salt, rounds = base64.b64decode(fields["s"]), int(fields["i"])
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, rounds)
        key = hmac.digest(salted, b"Client Key", "sha256")
        unproven = f"c=biws,r={fields['r']}"
        whole = f"{bare},{first},{unproven}".encode()
        signature = hmac.digest(hashlib.sha256(key).digest(), whole, "sha256")
        proof = base64.b64encode(bytes(a ^ b for a, b in zip(key, signature, strict=True)))
        payload = f"{unproven},p={proof.decode()}".encode()
        answer = self.ask({"saslContinue": 1, "conversationId": 1, "payload": payload}, database)
        if answer["ok"] != 1.0:
            return False
        server = hmac.digest(salted, b"Server Key", "sha256")
        assert answer["payload"] == b"v=" + base64.b64encode(hmac.digest(server, whole, "sha256"))
        if not skip:
            assert self.ask({"find": "x"}, database)["code"] == 13  # not before the last word
            answer = self.ask({"saslContinue": 1, "conversationId": 1, "payload": b""}, database)
        return bool(answer["done"])


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    behind = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Behind)
    behind.daemon_threads = True
    users = Users(tmp_path / "users.json")
    users.keep("town", "catalog", "pencil", {"town": "write"})
    users.keep("admin", "root", "sesame", {EVERYWHERE: "root"})
    users.keep("admin", "saver", "jar", rights_of(["backup"], "admin"))
    served = Front(("127.0.0.1", 0), users, ("127.0.0.1", behind.server_address[1]))
    for each in (behind, served):
        threading.Thread(target=each.serve_forever, args=(0.02,), daemon=True).start()
    yield served
    for each in (served, behind):
        each.shutdown()
        each.server_close()


@pytest.fixture
def connect(front: Front) -> Iterator[Callable[[], Client]]:
    with contextlib.ExitStack() as opened:

        def one() -> Client:
            found = Client(("127.0.0.1", front.server_address[1]))
            opened.callback(found._socket.close)
            return found

        yield one


@pytest.fixture
def client(connect: Callable[[], Client]) -> Client:
    return connect()


def test_nothing_but_the_greeting_without_a_login(client: Client) -> None:
    greeting = client.ask({"hello": 1, "saslSupportedMechs": "town.catalog"}, "admin")
    assert greeting["saslSupportedMechs"] == ["SCRAM-SHA-256"]
    assert "Stand-in" in greeting["standIn"]
    for command in ("find", "insert", "listDatabases", "createUser", "dropDatabase", "ping"):
        assert client.ask({command: "x"})["code"] == 13, command


def test_the_old_greeting_is_understood(client: Client) -> None:
    body = struct.pack("<I", 0) + b"admin.$cmd\0" + struct.pack("<ii", 0, -1)
    content = bson.encode({"isMaster": 1})
    head = struct.pack("<iiii", 16 + len(body) + len(content), 7, 0, wire.OP_QUERY)
    client._socket.sendall(head + body + content)
    found = wire.read(exactly(client._socket))
    assert found is not None
    assert found.operation == wire.OP_REPLY
    assert bson.decode(found.raw[36:])["ismaster"] is True


@pytest.mark.parametrize("skip", [True, False])
def test_a_user_uses_its_database_and_no_other(client: Client, *, skip: bool) -> None:
    assert client.log_in("catalog", "pencil", "town", skip=skip)
    assert client.ask({"find": "x"})["passed"] == "find"
    assert client.ask({"insert": "x"})["passed"] == "insert"
    for database in ("village", "admin", "local", ""):
        assert client.ask({"find": "x"}, database)["code"] == 13
    assert client.ask({"listDatabases": 1}, "admin")["code"] == 13
    assert client.ask({"renameCollection": "town.x", "to": "village.x"}, "town")["code"] == 13
    stage = {"aggregate": "x", "pipeline": [{"$out": {"db": "village", "coll": "x"}}]}
    assert client.ask(stage)["code"] == 13


@pytest.mark.parametrize(
    ("name", "password", "database"),
    [("catalog", "wrong", "town"), ("nobody", "pencil", "town"), ("catalog", "pencil", "admin")],
)
def test_a_wrong_login_lets_nobody_in(
    client: Client, name: str, password: str, database: str
) -> None:
    assert not client.log_in(name, password, database)
    assert client.ask({"find": "x"})["code"] == 13


def test_other_mechanisms_are_not_served(client: Client) -> None:
    answer = client.ask({"saslStart": 1, "mechanism": "PLAIN", "payload": b"\0catalog\0pencil"})
    assert answer["ok"] == 0.0


def test_a_failed_login_ends_the_one_before(client: Client) -> None:
    assert client.log_in("catalog", "pencil", "town")
    assert not client.log_in("catalog", "wrong", "town")
    assert client.ask({"find": "x"})["code"] == 13


def test_the_superuser_makes_users_and_they_last(
    client: Client, front: Front, connect: Callable[[], Client]
) -> None:
    assert client.log_in("root", "sesame", "admin")
    made = {"createUser": "storage", "pwd": "p", "roles": ["readWrite"]}
    assert client.ask(made, "media")["ok"] == 1.0
    assert client.ask(made, "media")["code"] == 51003
    assert client.ask({"createUser": "x", "pwd": "p", "roles": ["god"]}, "media")["code"] == 31
    other = connect()
    assert other.log_in("storage", "p", "media")
    assert other.ask({"createUser": "y", "pwd": "p", "roles": ["root"]}, "media")["code"] == 13
    again = Users(front.users._path)
    assert again.find("media", "storage") == front.users.find("media", "storage")
    assert "sesame" not in front.users._path.read_text(encoding="utf-8")
    assert front.users._path.stat().st_mode & 0o077 == 0
    assert client.ask({"dropUser": "storage"}, "media")["ok"] == 1.0
    assert other.ask({"find": "x"}, "media")["code"] == 13  # at once, not at the next login


def test_one_that_saves_reads_everything_and_writes_nothing(client: Client) -> None:
    assert client.log_in("saver", "jar", "admin")
    assert client.ask({"find": "x"}, "town")["passed"] == "find"
    assert client.ask({"insert": "x"}, "town")["code"] == 13
    assert client.ask({"aggregate": "x", "pipeline": [{"$out": "y"}]}, "town")["code"] == 13


def test_a_message_that_says_two_things_is_not_passed_on(client: Client) -> None:
    assert client.log_in("catalog", "pencil", "town")
    one, two = (bson.encode({"find": "x", "$db": each}) for each in ("town", "village"))
    body = struct.pack("<IB", 0, 0) + one + b"\0" + two
    with pytest.raises(ConnectionError):
        client.raw(struct.pack("<iiii", 16 + len(body), 1, 0, wire.OP_MSG) + body)
    twice = bson.encode({"find": "x"})[4:-1] + b"\x02$db\0" + struct.pack("<i", 5) + b"town\0"
    inner = twice + twice[8:]
    with pytest.raises(bson.BrokenError):
        bson.decode(struct.pack("<i", len(inner) + 5) + inner + b"\0")


def test_a_write_that_waits_for_no_answer_gets_none(client: Client) -> None:
    assert client.log_in("catalog", "pencil", "town")
    quiet = bytearray(wire.asked({"insert": "x", "$db": "town"}))
    quiet[16] = 2
    client._socket.sendall(bytes(quiet))
    assert client.ask({"find": "x"})["passed"] == "find"


def test_a_text_index_may_be_asked_for_again(client: Client) -> None:
    assert client.log_in("catalog", "pencil", "town")
    for kind, ok in (("text", 1.0), (1, 0)):
        command = {"createIndexes": "x", "indexes": [{"key": {"title": kind}, "name": "t"}]}
        assert client.ask(command)["ok"] == ok


def test_values_of_every_kind_are_stepped_over() -> None:
    number = struct.pack("<i", 3)
    inner = b"".join(
        [
            b"\x07a\0" + bytes(12),
            b"\x0bb\0x\0i\0",
            b"\x11c\0" + bytes(8),
            b"\x13d\0" + bytes(16),
            b"\x0de\0" + number + b"ab\0",
            b"\x0ff\0" + struct.pack("<i", 17) + number + b"ab\0" + b"\x05\0\0\0\0\0"[:6],
            b"\x02$db\0" + struct.pack("<i", 5) + b"town\0",
        ]
    )
    document = bson.decode(struct.pack("<i", len(inner) + 5) + inner + b"\0")
    assert document["$db"] == "town"
    for broken in (b"", b"\5\0\0\0", b"\xff\xff\xff\x7f\0", b"\x0a\0\0\0\x99a\0\0\0\0"):
        with pytest.raises(bson.BrokenError):
            bson.decode(broken)


def test_users_are_what_their_secrets_say_at_every_start(tmp_path: Path) -> None:
    users = Users(tmp_path / "users.json")
    environment = {"SECRETS_DIRECTORY": str(tmp_path), "MONGO_USERS": "catalog:town"}
    with pytest.raises(main.NotSetError):
        main.declare(users, environment)
    for name in ("root", "catalog"):
        (tmp_path / f"{name}_password").write_text("one\n", encoding="utf-8")
    main.declare(users, environment)
    before = users.find("town", "catalog")
    main.declare(users, environment)
    assert users.find("town", "catalog") == before  # an unchanged password keeps its salt
    (tmp_path / "catalog_password").write_text("two\n", encoding="utf-8")
    main.declare(users, environment)
    assert users.find("town", "catalog") != before
    with pytest.raises(UnknownRoleError):
        rights_of(["god"], "town")


def test_readers_read_what_they_name_and_write_nothing(tmp_path: Path) -> None:
    users = Users(tmp_path / "users.json")
    for name in ("root", "keeper"):
        (tmp_path / f"{name}_password").write_text("one\n", encoding="utf-8")
    environment = {"SECRETS_DIRECTORY": str(tmp_path), "MONGO_READERS": "keeper:town,media"}
    main.declare(users, environment)
    keeper = users.find("admin", "keeper")
    assert keeper is not None
    for database in ("town", "media"):
        assert keeper.may(database, "read")
        assert not keeper.may(database, "write")
    for database in ("admin", "other"):
        assert not keeper.may(database, "read")
