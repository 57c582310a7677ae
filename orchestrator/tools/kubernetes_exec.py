"""A command inside a pod, by the API server's websocket: four channels and a status at the end."""

from __future__ import annotations

import contextlib
import json
import shlex
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from orchestrator.engine import stop
from orchestrator.errors.process import ToolFailedError, ToolTimedOutError
from orchestrator.model.secret import Secret
from orchestrator.tools.masking import mask

_CHUNK = 32 * 1024
_TAIL_LINES = 20
_LOOK_EVERY_S = 1.0
_BROKEN_OFF = 255
_STDIN, _STDOUT, _STDERR, _STATUS = range(4)
# Older servers cannot be told that the input has ended; this reads just as much as there is.
_COUNTED = 'head -c "$0" | "$@"'


@dataclass(frozen=True)
class Place:
    """Which container of which pod."""

    namespace: str
    pod: str
    container: str


def execute(
    client: Any, place: Place, command: Sequence[str], stdin: str | Secret | None, timeout_s: float
) -> str:
    """What the command writes to its standard output.

    Raises ToolFailedError for a status other than 0, with the end of what was said, masked;
    ToolTimedOutError after which the command may still run in the pod.
    """
    from kubernetes.client.exceptions import ApiException
    from websocket import WebSocketException

    text = stdin.reveal() if isinstance(stdin, Secret) else stdin
    secrets = (stdin,) if isinstance(stdin, Secret) else ()
    given = None if text is None else text.encode()
    shown = mask(shlex.join(command), secrets)
    try:
        stream = _opened(client, place, command, given)
        try:
            ended = _fed_and_followed(stream, given, timeout_s)
            said = {channel: _text(stream, channel) for channel in (_STDOUT, _STDERR, _STATUS)}
        finally:
            _hang_up(stream)
    except (ApiException, WebSocketException, OSError) as error:
        # The client adds all headers to what it could not open.
        said_of_it = str(getattr(error, "reason", None) or error).partition(" -+-+- ")[0]
        reason = mask(said_of_it, secrets)
        raise ToolFailedError(shown, status=_BROKEN_OFF, tail=(_one_line(reason),)) from error
    lines = mask(said[_STDERR] + said[_STDOUT], secrets).splitlines()
    tail = tuple(lines[-_TAIL_LINES:])
    if not ended:
        raise ToolTimedOutError(shown, seconds=timeout_s, tail=tail)
    status, reason = _status(said[_STATUS])
    if status:
        raise ToolFailedError(shown, status=status, tail=(*tail, reason) if reason else tail)
    return said[_STDOUT]


def _opened(client: Any, place: Place, command: Sequence[str], given: bytes | None) -> Any:
    from kubernetes.stream.ws_client import V5_CHANNEL_PROTOCOL

    stream = _connected(client, place, command, with_input=given is not None)
    if given is None or stream.subprotocol == V5_CHANNEL_PROTOCOL:
        return stream
    _hang_up(stream)
    counted = ["sh", "-c", _COUNTED, str(len(given)), *command]
    return _connected(client, place, counted, with_input=True)


def _connected(client: Any, place: Place, command: Sequence[str], *, with_input: bool) -> Any:
    from kubernetes.client import CoreV1Api
    from kubernetes.stream import stream

    return stream(
        CoreV1Api(client).connect_get_namespaced_pod_exec,
        place.pod,
        place.namespace,
        container=place.container,
        command=list(command),
        stdin=with_input,
        stdout=True,
        stderr=True,
        tty=False,
        binary=True,
        _preload_content=False,
    )


def _fed_and_followed(stream: Any, given: bytes | None, timeout_s: float) -> bool:
    """Hand the input over and wait; whether the command ended in time."""
    from websocket import WebSocketException

    until = time.monotonic() + timeout_s
    # A command need not want its input; how it ended says whether that matters.
    with contextlib.suppress(OSError, WebSocketException):
        for start in range(0, len(given or b""), _CHUNK):
            stream.write_channel(_STDIN, (given or b"")[start : start + _CHUNK])
        if given is not None:
            stream.close_channel(_STDIN)
    # A connection that breaks off leaves no status, unless the command had ended before.
    with contextlib.suppress(OSError, WebSocketException):
        while stream.is_open():
            stop.pause(0)
            left_s = until - time.monotonic()
            if left_s <= 0:
                return False
            stream.update(timeout=min(left_s, _LOOK_EVERY_S))
    return True


def _hang_up(stream: Any) -> None:
    """Say goodbye and let the socket go, which the client forgets when the server spoke first."""
    with contextlib.suppress(OSError):
        stream.close(timeout=1)
    stream.sock.shutdown()


def _text(stream: Any, channel: int) -> str:
    data: bytes = stream.read_channel(channel, timeout=0)
    return data.decode("utf-8", "replace")


def _status(text: str) -> tuple[int, str]:
    """The exit status, and the server's own words where it is not the command's."""
    try:
        told = json.loads(text)
    except ValueError:
        return _BROKEN_OFF, "the connection broke off before the command had ended"
    if told.get("status") == "Success":
        return 0, ""
    for cause in (told.get("details") or {}).get("causes") or ():
        if cause.get("reason") == "ExitCode" and str(cause.get("message")).isdigit():
            return int(cause["message"]), ""
    return _BROKEN_OFF, _one_line(str(told.get("message") or told.get("reason") or "no reason"))


def _one_line(text: str) -> str:
    return " ".join(text.split())[:300]
