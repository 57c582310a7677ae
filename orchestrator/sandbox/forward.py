"""Pass connections on: the sandbox's entrance on this machine's own loopback.

    python -m orchestrator.sandbox.forward --listen 127.0.0.1:8443 --to 10.213.128.2:8443

Bytes go through untouched, so TLS ends where it should.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib

_CHUNK = 64 * 1024


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    with contextlib.suppress(OSError):
        if writer.can_write_eof():
            writer.write_eof()


async def _serve(listen: tuple[str, int], target: tuple[str, int]) -> None:
    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*target)
        except OSError:
            writer.close()
            return
        try:
            await asyncio.gather(_pass_on(reader, far_writer), _pass_on(far_reader, writer))
        finally:
            writer.close()
            far_writer.close()

    server = await asyncio.start_server(connected, *listen)
    async with server:
        await server.serve_forever()


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host, int(port)


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listen", type=_place, required=True)
    parser.add_argument("--to", type=_place, required=True)
    arguments = parser.parse_args()
    asyncio.run(_serve(arguments.listen, arguments.to))


if __name__ == "__main__":
    main()
