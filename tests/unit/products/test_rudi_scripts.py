"""The scripts that run inside the node do the same in Node and in the stand-in for it."""

from __future__ import annotations

import base64
import json
import shutil
import socket
import subprocess  # noqa: TID251 - the scripts under test
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
RUNNERS = ROOT / "orchestrator/products/rudi/runners"
STAND_IN = (sys.executable, "-P", "-m", "orchestrator.sandbox.standins.rudi.scripts")
NODE = shutil.which("node")
INTERPRETERS = {"stand-in": STAND_IN, **({"node": (NODE,)} if NODE else {})}


class Module(BaseHTTPRequestHandler):
    """A module with users, whom only a token shows."""

    server: Server

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}")
        self.server.asked.append((self.command, self.path, dict(self.headers)))
        status, said = self._said(body)
        text = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_POST = do_PUT = do_GET  # noqa: N815 - the names that the server calls

    def _said(self, body: Any) -> tuple[int, Any]:
        if self.path == "/login":
            return 200, {"token": "the-token"}
        if self.headers.get("Authorization") != "Bearer the-token":
            return 401, {}
        if self.command != "GET":
            self.server.users.append(body)
        return (200, self.server.users) if self.path == "/users" else (404, {})

    def log_message(self, *_: Any) -> None:
        """Nothing."""


class Server(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Module)
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.users: list[Any] = [{"username": "first"}]


@pytest.fixture
def module() -> Iterator[Server]:
    server = Server()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(params=INTERPRETERS)
def interpreter(request: pytest.FixtureRequest) -> tuple[str, ...]:
    return INTERPRETERS[request.param]


def run(
    interpreter: tuple[str, ...], script: str, asked: Any = None, *arguments: str
) -> tuple[int, dict[str, Any]]:
    done = subprocess.run(
        [*interpreter, str(RUNNERS / script), *arguments],
        input=json.dumps(asked or {}),
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        timeout=20,
        check=False,
    )
    lines = done.stdout.splitlines()
    assert len(lines) <= 1, done.stdout
    return done.returncode, json.loads(lines[0]) if lines else {}


def address(module: Server, path: str) -> str:
    return f"http://localhost:{module.server_port}{path}"


def test_answers_of_any_status_are_told(module: Server, interpreter: tuple[str, ...]) -> None:
    requests = [
        {"method": "POST", "url": address(module, "/login?a=1"), "json": {"a": 1}},
        {"method": "GET", "url": address(module, "/users")},
        {"method": "GET", "url": address(module, "/users"), "token": "the-token"},
    ]
    status, told = run(interpreter, "ask.mjs", {"requests": requests})
    assert status == 0
    assert told["changed"] is False
    assert [one["status"] for one in told["answers"]] == [401, 401, 200]
    found = json.loads(base64.b64decode(told["answers"][2]["body"]))
    assert found == [{"username": "first"}]
    headers = module.asked[0][2]
    assert "Transfer-Encoding" not in headers  # the product refuses a body without a length


def test_only_the_own_pod_is_asked(interpreter: tuple[str, ...]) -> None:
    asked = {"requests": [{"method": "GET", "url": "http://elsewhere.example/"}]}
    status, told = run(interpreter, "ask.mjs", asked)
    assert (status, told["reason"]) == (1, "only the own pod is asked")


def ensuring(module: Server, name: str) -> dict[str, Any]:
    users = address(module, "/users")
    return {
        "sign_in": {"method": "POST", "url": address(module, "/login"), "json": {}},
        "items": [
            {
                "name": name,
                "look": {"method": "GET", "url": users},
                "wanted": {"username": name},
                "act": {"method": "POST", "url": users, "json": {"username": name, "x": "y"}},
            }
        ],
    }


def test_what_is_missing_is_made_once(module: Server, interpreter: tuple[str, ...]) -> None:
    asked = ensuring(module, "second")
    assert run(interpreter, "ensure.mjs", asked) == (0, {"changed": True, "done": ["second"]})
    assert module.users[-1] == {"username": "second", "x": "y"}
    assert run(interpreter, "ensure.mjs", asked) == (0, {"changed": False, "done": []})
    assert len(module.users) == 2


def test_a_refusal_names_the_path_and_not_what_was_asked(
    module: Server, interpreter: tuple[str, ...]
) -> None:
    asked = {**ensuring(module, "third"), "sign_in": None, "token": "hidden-word"}
    status, told = run(interpreter, "ensure.mjs", asked)
    assert (status, told["reason"]) == (1, "GET /users answers 401")
    assert "hidden-word" not in json.dumps(told)
    assert len(module.users) == 1


def test_a_place_that_answers_ends_the_waiting(
    module: Server, interpreter: tuple[str, ...]
) -> None:
    place = f"localhost:{module.server_port}"
    assert run(interpreter, "reachable.mjs", None, place) == (0, {})


def test_a_place_that_does_not_is_waited_for(interpreter: tuple[str, ...]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens on it
        place = f"127.0.0.1:{taken.getsockname()[1]}"
        argv = [*interpreter, str(RUNNERS / "reachable.mjs"), place]
        environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
        with subprocess.Popen(argv, stderr=subprocess.PIPE, text=True, env=environment) as waiting:
            assert waiting.stderr is not None
            assert waiting.stderr.readline() == f"{place} does not answer\n"
            assert waiting.poll() is None
            waiting.kill()
