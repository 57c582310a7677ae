"""`node FILE`: the scripts we ship with the product, known by their names.

Node would read them; here the same is done in Python: a JSON object comes in on standard input,
one line of JSON goes out on standard output, everything else goes to standard error.
"""

from __future__ import annotations

import base64
import http.client
import json
import os
import socket
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from orchestrator.sandbox.standins.rudi.release import version_line
from orchestrator.sandbox.standins.rudi.store import Store

_SHARED = "answer.mjs"
_TIMEOUT_S = 30
_EVERY_S = 0.2
_SAID_AFTER = 25


class RefusedError(Exception):
    """A fault that the caller is told in our own words."""


def main(arguments: Sequence[str]) -> int:
    """Carry out the script of the first argument. Returns an exit status."""
    if not arguments or arguments[0] == "--version":
        print(version_line("node"))
        return 0
    path = Path(arguments[0])
    if not path.is_file():
        print(f"Error: Cannot find module '{path}'", file=sys.stderr)
        return 1
    if path.name == "reachable.mjs":
        return _reachable(arguments[1:])
    if path.name not in _BY_NAME:
        print(f"The stand-in does not know the script {path.name}.", file=sys.stderr)
        return 1
    if not path.with_name(_SHARED).is_file():
        print(f"Error: Cannot find module '{path.with_name(_SHARED)}'", file=sys.stderr)
        return 1
    return _answered(_BY_NAME[path.name])


def asked_all(asked: Mapping[str, Any]) -> dict[str, Any]:
    """`ask.mjs`: requests to modules of this pod, and their answers."""
    found = [_ask(one) for one in asked["requests"]]
    answers = [{"status": code, "body": base64.b64encode(body).decode()} for code, body in found]
    return {"changed": False, "answers": answers}


def ensured(asked: Mapping[str, Any]) -> dict[str, Any]:
    """`ensure.mjs`: look, and act where what is there is not what is wanted."""
    sign_in = asked.get("sign_in")
    token = _good(sign_in)["token"] if sign_in else asked.get("token", "")
    done = []
    for item in asked["items"]:
        if _holds(_good({**item["look"], "token": token}, 404), item["wanted"]):
            continue
        _good({**item["act"], "token": token})
        done.append(item["name"])
    return {"changed": bool(done), "done": done}


def purged(_: Mapping[str, Any]) -> dict[str, Any]:
    """`purge_events.mjs`: events that are older than they may be."""
    variables = os.environ
    store = Store(f"{variables['MONGODB']}/{variables['STORAGE_DB_NAME']}")
    kind, field = variables["EVENTS_COLLECTION"], variables["EVENTS_DATE"]
    limit = datetime.now(UTC) - timedelta(seconds=int(variables["EVENTS_KEPT_S"]))
    removed = store.remove(kind, **{field: {"$lt": limit}})
    left = len(store.all(kind, **{field: {"$lt": limit}}))
    return {"changed": removed > 0, "removed": removed, "left": left}


_BY_NAME: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "ask.mjs": asked_all,
    "ensure.mjs": ensured,
    "purge_events.mjs": purged,
}


def _answered(script: Callable[[Mapping[str, Any]], dict[str, Any]]) -> int:
    try:
        answer, status = script(json.loads(sys.stdin.read().strip() or "{}")), 0
    except RefusedError as fault:
        answer, status = {"error": "Refused", "reason": str(fault)}, 1
    except Exception as fault:  # noqa: BLE001 - every fault becomes the one line of the answer
        # The message of a foreign fault may repeat what was asked, and so a secret.
        name = type(fault).__name__
        answer, status = {"error": name, "reason": name}, 1
    print(json.dumps(answer, separators=(",", ":"), ensure_ascii=False), flush=True)
    return status


def _ask(one: Mapping[str, Any]) -> tuple[int, bytes]:
    parts = urlsplit(one["url"])
    if parts.hostname != "localhost":
        raise RefusedError("only the own pod is asked")
    headers = dict(one.get("headers") or {})
    body = base64.b64decode(one.get("bytes") or "")
    if "json" in one:
        body = json.dumps(one["json"]).encode()
        headers["Content-Type"] = "application/json"
    if one.get("token"):
        headers["Authorization"] = f"Bearer {one['token']}"
    headers["Content-Length"] = str(len(body))
    connection = http.client.HTTPConnection("127.0.0.1", parts.port or 80, timeout=_TIMEOUT_S)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(one["method"], path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def _good(request: Mapping[str, Any], *missing: int) -> Any:
    status, body = _ask(request)
    if status in missing:
        return None
    if status != 200:
        path = urlsplit(request["url"]).path
        words = f"{request['method']} {path} answers {status}"
        raise RefusedError(words)
    return json.loads(body)


def _holds(found: Any, wanted: Mapping[str, Any]) -> bool:
    if isinstance(found, list):
        return any(_holds(one, wanted) for one in found)
    return found is not None and all(found.get(key) == value for key, value in wanted.items())


def _reachable(places: Sequence[str]) -> int:
    for place in places:
        host, _, port = place.rpartition(":")
        attempt = 0
        while not _open(host, int(port)):
            attempt += 1
            if attempt % _SAID_AFTER == 0:
                print(f"{place} does not answer", file=sys.stderr, flush=True)
            time.sleep(_EVERY_S)
    return 0


def _open(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
