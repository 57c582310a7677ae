"""How the API server is asked: patient while it is away, and plain about what it refuses."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from orchestrator.engine import stop
from orchestrator.errors.cluster_objects import (
    ClusterAccessError,
    ClusterUnreachableError,
    RequestRefusedError,
)
from orchestrator.tools.private import private_folder

PATIENCE_S = 60.0
_EVERY_S = 1.0
_TIMEOUT_S = (5.0, 30.0)  # to connect, to answer
_AWAY = frozenset({0, 429, 500, 502, 503, 504})
_NOT_FOUND = 404


class KubernetesApi:
    """A signed-in way to one API server; answers are documents as the server writes them."""

    def __init__(self, kubeconfig: Path, patience_s: float = PATIENCE_S) -> None:
        self._kubeconfig = kubeconfig
        self._patience_s = patience_s
        self._client: Any = None

    def client(self) -> Any:
        """A client of our own: executing changes how a client sends its requests."""
        from kubernetes import config
        from kubernetes.client import ApiClient, Configuration
        from kubernetes.config.config_exception import ConfigException

        wanted: Any = Configuration()
        try:
            config.load_kube_config(  # type: ignore[no-untyped-call]
                config_file=str(self._kubeconfig),
                client_configuration=wanted,
                persist_config=False,
                temp_file_path=_keys_folder().name,
            )
        except (ConfigException, OSError, ValueError, KeyError, TypeError) as error:
            raise ClusterAccessError(str(self._kubeconfig), reason=str(error)) from error
        return ApiClient(wanted)

    def core(self) -> Any:
        """The core API, for what is read and written."""
        from kubernetes.client import CoreV1Api

        return CoreV1Api(self._shared())

    def apps(self) -> Any:
        """The API of workloads."""
        from kubernetes.client import AppsV1Api

        return AppsV1Api(self._shared())

    def ask(self, target: str, call: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """The document that a call answers, or None for 404.

        Asks again for a minute while nobody answers; so only for calls that can be repeated.
        Raises ClusterUnreachableError, RequestRefusedError.
        """
        from kubernetes.client.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        until = time.monotonic() + self._patience_s
        while True:
            try:
                answer = call(*args, **more, _preload_content=False, _request_timeout=_TIMEOUT_S)
                status, data, reason = int(answer.status), answer.data, str(answer.reason)
            except ApiException as error:
                status, data, reason = int(error.status or 0), error.body, str(error.reason)
            except (HTTPError, OSError) as error:
                status, data, reason = 0, b"", _words(error)
            if 200 <= status < 300:
                return json.loads(data)
            if status == _NOT_FOUND:
                return None
            if status not in _AWAY:
                raise RequestRefusedError(
                    target, status=status, reason=reason, message=_message(data)
                )
            if time.monotonic() >= until:
                server = str(self._shared().configuration.host)
                why = " ".join(f"{status or ''} {reason} {_message(data)}".split())
                raise ClusterUnreachableError(server, seconds=self._patience_s, reason=why[:300])
            stop.pause(min(_EVERY_S, self._patience_s))

    def _shared(self) -> Any:
        if self._client is None:
            self._client = self.client()
        return self._client


_MAKING = threading.Lock()


def _keys_folder() -> TemporaryDirectory[str]:
    """Where the library writes keys that a kubeconfig holds: by content, so once a process."""
    # Of two threads that made one each, one would use a folder that goes with the other's call.
    with _MAKING:
        return _made_once()


@lru_cache
def _made_once() -> TemporaryDirectory[str]:
    return private_folder("cluster")


def _message(data: Any) -> str:
    """What the server says in words, if it speaks as an API server does."""
    try:
        return str(json.loads(data or b"{}").get("message") or "")
    except (ValueError, AttributeError):
        return ""


def _words(error: Exception) -> str:
    """The fault itself, without the request that met it."""
    reason = getattr(error, "reason", None)
    return str(reason or error).rpartition(": ")[2] or type(error).__name__
