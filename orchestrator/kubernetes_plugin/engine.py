"""Telling the engine how a wait goes; it shows the line beside the resource."""

from __future__ import annotations

from collections.abc import Callable

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

_PATIENCE_S = 5.0


class Engine:
    """The engine that we answer to; silent until it has told its address."""

    def __init__(self) -> None:
        self._stub: engine_pb2_grpc.EngineStub | None = None

    def attach(self, address: str) -> None:
        """Speak to the engine at that address from now on."""
        self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address))

    def teller(self, urn: str) -> Callable[[str], None]:
        """What to call with the state of one resource."""

        def tell(text: str) -> None:
            if self._stub is None:
                return
            line = engine_pb2.LogRequest(
                severity=engine_pb2.INFO, message=text, urn=urn, ephemeral=True
            )
            try:
                self._stub.Log(line, timeout=_PATIENCE_S)
            except grpc.RpcError:
                self._stub = None  # an engine that has gone; the work goes on without an audience

        return tell
