"""What a cloud offers outside the cluster: secrets server, object store, mail relay."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from orchestrator.sandbox import probe
from orchestrator.sandbox.credentials import Credentials
from orchestrator.sandbox.files import written
from orchestrator.sandbox.layout import Layout
from orchestrator.sandbox.part import Part

VAULT = "vault"
ENTRANCE = "entrance"
SECRETS_PORT = 8200
OBJECTS_PORT = 8333
SECURE_OBJECTS_PORT = 8334
MAIL_PORT = 2525
INBOX_PORT = 8025
REGION = "sandbox"
_VOLUME_MB = 256
_VOLUMES = 1000
_OURS = Path(__file__).parent.parent  # programs of our own: a changed one is started anew


def secrets_server(layout: Layout, tools: Mapping[str, Path], credentials: Credentials) -> Part:
    """Vault on files, with TLS; initialised and unsealed by `vault.prepare`."""
    certificate, key = credentials.cloud_serving
    place = layout.cloud_address
    settings = {
        "storage": {"file": {"path": str(layout.path("vault", "data"))}},
        "listener": {
            "tcp": {
                "address": f"{place}:{SECRETS_PORT}",
                "tls_cert_file": str(certificate),
                "tls_key_file": str(key),
            }
        },
        "api_addr": f"https://{place}:{SECRETS_PORT}",
        "disable_mlock": True,  # swap is off, and a sandbox holds nobody's secrets
        "ui": False,
        "log_level": "warn",
    }
    file = written(layout.path("etc", "vault.json"), json.dumps(settings, indent=2))
    for folder in (layout.path("vault"), layout.path("vault", "data")):
        folder.mkdir(exist_ok=True, mode=0o700)
    whatever = "/v1/sys/health?standbyok=true&sealedcode=200&uninitcode=200"
    return Part(
        VAULT,
        (str(tools["vault"]), "server", f"-config={file}"),
        "cloud",
        f"https://{place}:{SECRETS_PORT}",
        lambda: probe.well(place, SECRETS_PORT, whatever, authority=credentials.authority),
        sources=(file, certificate),
    )


def object_store(layout: Layout, weed: Path, credentials: Credentials) -> Part:
    """SeaweedFS; the operator's key is random, every other identity is made through its API.

    It answers with TLS on a port of its own, too: pgBackRest speaks nothing else.
    """
    place = layout.cloud_address
    certificate, key = credentials.cloud_serving
    operator = operator_keys(layout)
    identity = {
        "name": "operator",
        "credentials": [{"accessKey": operator["access_key"], "secretKey": operator["secret_key"]}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    file = written(layout.path("etc", "s3.json"), json.dumps({"identities": [identity]}, indent=2))
    # Each bucket takes a volume of its own. Left to itself, the server counts how many of the
    # largest size would fit on the disk: on a small one none is left after some twenty buckets.
    # It names its sockets in /tmp after these ports, so they differ from sandbox to sandbox.
    base = 10_000 + layout.octet * 10
    return Part(
        "objects",
        (
            str(weed),
            "-v=0",
            "mini",
            f"-dir={layout.path('objects')}",
            f"-ip={place}",
            f"-ip.bind={place}",
            f"-master.port={base}",
            f"-master.volumeSizeLimitMB={_VOLUME_MB}",
            f"-volume.port={base + 1}",
            f"-volume.max={_VOLUMES}",
            f"-filer.port={base + 2}",
            f"-admin.port={base + 3}",
            f"-s3.port={OBJECTS_PORT}",
            f"-s3.port.https={SECURE_OBJECTS_PORT}",
            f"-s3.cert.file={certificate}",
            f"-s3.key.file={key}",
            f"-s3.port.grpc={base + 10_004}",
            "-s3.port.iceberg=0",
            "-s3.port.lance=0",
            f"-s3.config={file}",
            "-s3.iam.readOnly=false",
            "-s3.autoCreateBucket=false",
            "-admin.ui=false",
            "-webdav=false",
            "-master.telemetry=false",
        ),
        "cloud",
        f"http://{place}:{OBJECTS_PORT}",
        lambda: probe.well(place, OBJECTS_PORT, "/healthz"),
        sources=(file, certificate),
    )


def mail_sink(layout: Layout) -> Part:
    """Takes mail, delivers none, shows what was sent; refuses one domain, see `sandbox.mail`."""
    place = layout.cloud_address
    return Part(
        "mail",
        (
            *(sys.executable, "-m", "orchestrator.sandbox.mail"),
            *("--address", place, "--smtp", str(MAIL_PORT), "--inbox", str(INBOX_PORT)),
            *("--folder", str(layout.path("mail"))),
        ),
        "cloud",
        f"smtp://{place}:{MAIL_PORT}",
        lambda: probe.well(place, INBOX_PORT, "/") and probe.greets(place, MAIL_PORT),
        sources=(_OURS / "mail.py",),
    )


def forwarder(layout: Layout) -> Part:
    """The entrance on this machine's own loopback."""
    return Part(
        ENTRANCE,
        (
            *(sys.executable, "-m", "orchestrator.sandbox.forward"),
            *("--listen", f"127.0.0.1:{layout.port}"),
            *("--to", f"{layout.node_address}:{layout.port}"),
        ),
        "host",
        f"https://127.0.0.1:{layout.port}",
        lambda: probe.answers("127.0.0.1", layout.port),
        sources=(_OURS / "forward.py",),
    )


def operator_keys(layout: Layout) -> dict[str, str]:
    """The operator's S3 keys, random and kept in a file, 0600."""
    path = operator_keys_file(layout)
    if not path.exists():
        keys = {
            "access_key": f"OP{secrets.token_hex(8).upper()}",
            "secret_key": secrets.token_hex(24),
        }
        written(path, json.dumps(keys))
    keys = json.loads(path.read_text(encoding="utf-8"))
    return {"access_key": str(keys["access_key"]), "secret_key": str(keys["secret_key"])}


def operator_keys_file(layout: Layout) -> Path:
    """Where the operator's S3 keys lie."""
    return layout.path("etc", "s3-operator.json")
