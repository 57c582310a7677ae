"""`python -m orchestrator.kubernetes_plugin`: print the port, serve until standard input ends."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from orchestrator.kubernetes_plugin.server import KubernetesProvider

_THREADS = 64  # every resource that is waited for holds one
_LARGEST_MESSAGE = 400 * 1024 * 1024
_GRACE_S = 2.0


def serve() -> None:
    """Serve on a loopback port of the system's choice."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s", level=logging.WARNING)
    options = [
        ("grpc.max_receive_message_length", _LARGEST_MESSAGE),
        ("grpc.max_send_message_length", _LARGEST_MESSAGE),
    ]
    calls = ThreadPoolExecutor(_THREADS)
    server = grpc.server(calls, options=options)
    provider = KubernetesProvider()
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    end = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: end.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's; the engine decides when we stop
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    threading.Thread(target=_await_end_of_input, args=(end,), daemon=True).start()
    end.wait()
    provider.stop()
    server.stop(_GRACE_S)
    calls.shutdown()
    # The server looks only once a second whether it is told to stop; the calls were what matters.
    logging.shutdown()
    os._exit(0)


def _await_end_of_input(end: threading.Event) -> None:
    """Whoever started us holds our standard input; its end is theirs."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    end.set()


if __name__ == "__main__":
    serve()
